"""Why something was blacked out in a file of an answer."""

import django.db.models.deletion
import pgtrigger.compiler
import pgtrigger.migrations
import portal.trail.fields
import portal.trail.ids
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("rights", "0016_connectors_walls"),
    ]

    operations = [
        migrations.CreateModel(
            name="Blackout",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=portal.trail.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("agency_id", models.UUIDField()),
                ("subject_key", portal.trail.fields.KeyField(max_length=16)),
                ("file", models.CharField(max_length=120)),
                ("places", models.PositiveIntegerField()),
                ("reason", models.TextField()),
                ("at", models.DateTimeField()),
                ("by", models.UUIDField(null=True)),
                (
                    "part",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="blackouts", to="rights.part"
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("reason", ""), _negated=True), name="rights_blackouts_say_why"
                    )
                ],
            },
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="blackout",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="043bbb3acad4cae9f4f3cf0ddf2f478a5c2dc719",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_append_only_3991d",
                    table="rights_blackout",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="blackout",
            trigger=pgtrigger.compiler.Trigger(
                name="no_truncate",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: % is append-only', TG_TABLE_NAME;",
                    hash="89bab22532c1ed65f8e57928c11063615e459f54",
                    level="STATEMENT",
                    operation="TRUNCATE",
                    pgid="pgtrigger_no_truncate_d4984",
                    table="rights_blackout",
                    when="BEFORE",
                ),
            ),
        ),
    ]
