"""A minor's part says so, who may see the minor is approved by a second person, and refusals say why."""

import django.db.models.deletion
import pgtrigger.compiler
import pgtrigger.migrations
import portal.trail.fields
import portal.trail.ids
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("catalogue", "0004_published_as_decided"),
        ("rights", "0002_walls"),
    ]

    operations = [
        migrations.CreateModel(
            name="Approval",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=portal.trail.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("agency_id", models.UUIDField()),
                ("subject_key", portal.trail.fields.KeyField(max_length=16)),
                ("asked_by", models.UUIDField(null=True)),
                ("asked_by_client", models.CharField(blank=True, default="", max_length=100)),
                ("asked_at", models.DateTimeField()),
                ("why", models.TextField()),
                ("decided_by", models.UUIDField(null=True)),
                ("decided_at", models.DateTimeField(null=True)),
                ("granted", models.BooleanField(null=True)),
                ("reason", models.TextField(blank=True, default="")),
            ],
        ),
        migrations.AddField(
            model_name="part",
            name="of_minor",
            field=models.BooleanField(default=False, verbose_name="about a minor"),
        ),
        migrations.AddConstraint(
            model_name="part",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("outcome__in", ("refused", "partly")), _negated=True),
                    models.Q(("reply", ""), _negated=True),
                    _connector="OR",
                ),
                name="rights_refusals_say_why",
            ),
        ),
        migrations.AddField(
            model_name="approval",
            name="part",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="approvals", to="rights.part"
            ),
        ),
        migrations.AddConstraint(
            model_name="approval",
            constraint=models.CheckConstraint(
                condition=models.Q(("asked_by", models.F("decided_by")), _negated=True),
                name="rights_a_second_person_approves",
            ),
        ),
        migrations.AddConstraint(
            model_name="approval",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("asked_by__isnull", False), ("asked_by_client", "")),
                    models.Q(("asked_by", None), models.Q(("asked_by_client", ""), _negated=True)),
                    _connector="OR",
                ),
                name="rights_approvals_say_who_asks",
            ),
        ),
        migrations.AddConstraint(
            model_name="approval",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("decided_at", None), ("decided_by", None), ("granted", None), ("reason", "")),
                    models.Q(
                        ("decided_at__isnull", False),
                        ("decided_by__isnull", False),
                        ("granted__isnull", False),
                        models.Q(("reason", ""), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="rights_decided_approvals_say_by_whom_and_why",
            ),
        ),
        migrations.AddConstraint(
            model_name="approval",
            constraint=models.UniqueConstraint(
                condition=models.Q(("granted", None), ("granted", True), _connector="OR"),
                fields=("part", "asked_by", "asked_by_client"),
                name="rights_one_standing_approval_an_asker",
                nulls_distinct=False,
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="approval",
            trigger=pgtrigger.compiler.Trigger(
                name="never_removed",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;",
                    hash="3030e25ad9c8a7218de517f9129fef311d927137",
                    operation="DELETE",
                    pgid="pgtrigger_never_removed_c96df",
                    table="rights_approval",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="approval",
            trigger=pgtrigger.compiler.Trigger(
                name="question_stands",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition='WHEN (OLD."id" IS DISTINCT FROM (NEW."id") OR OLD."part_id" IS DISTINCT FROM (NEW."part_id") OR OLD."agency_id" IS DISTINCT FROM (NEW."agency_id") OR OLD."subject_key" IS DISTINCT FROM (NEW."subject_key") OR OLD."asked_by" IS DISTINCT FROM (NEW."asked_by") OR OLD."asked_by_client" IS DISTINCT FROM (NEW."asked_by_client") OR OLD."asked_at" IS DISTINCT FROM (NEW."asked_at") OR OLD."why" IS DISTINCT FROM (NEW."why"))',
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;",
                    hash="30dfff92d5badac6773e987651bf6e574c176e65",
                    operation="UPDATE",
                    pgid="pgtrigger_question_stands_3b082",
                    table="rights_approval",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="approval",
            trigger=pgtrigger.compiler.Trigger(
                name="decision_stands",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition='WHEN (OLD."decided_at" IS NOT NULL)',
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;",
                    hash="c131a9639d259d9855f2e4f3424518fac2bf207d",
                    operation="UPDATE",
                    pgid="pgtrigger_decision_stands_65790",
                    table="rights_approval",
                    when="BEFORE",
                ),
            ),
        ),
    ]
