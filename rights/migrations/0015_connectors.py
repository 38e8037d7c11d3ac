"""Connectors to departments' databases, and the changes that they make there when two people approved."""

import django.db.models.deletion
import pgtrigger.compiler
import pgtrigger.migrations
import portal.trail.fields
import portal.trail.ids
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("catalogue", "0004_published_as_decided"),
        ("rights", "0014_handing_over_walls"),
    ]

    operations = [
        migrations.CreateModel(
            name="Connector",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=portal.trail.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("mapping", models.JSONField()),
                ("read_sealed", portal.trail.fields.BytesField()),
                ("write_sealed", portal.trail.fields.BytesField(null=True)),
                ("active", models.BooleanField(default=True, verbose_name="active")),
                ("registered_at", models.DateTimeField(verbose_name="registered")),
                ("registered_by", models.UUIDField(null=True)),
                (
                    "agency",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="connectors", to="catalogue.agency"
                    ),
                ),
                (
                    "dataset",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT, related_name="connector", to="catalogue.dataset"
                    ),
                ),
            ],
            options={
                "verbose_name": "connector",
                "verbose_name_plural": "connectors",
            },
        ),
        migrations.CreateModel(
            name="Execution",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=portal.trail.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("agency_id", models.UUIDField()),
                ("subject_key", portal.trail.fields.KeyField(max_length=16)),
                ("wanted_sealed", portal.trail.fields.BytesField()),
                ("plan_sealed", portal.trail.fields.BytesField(null=True)),
                ("plan_sha256", portal.trail.fields.BytesField(max_length=32, null=True)),
                ("changes", models.PositiveIntegerField(null=True)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("asked", "being planned"),
                            ("proposed", "waits for approval"),
                            ("approved", "approved"),
                            ("started", "being run"),
                            ("done", "done and read back"),
                            ("failed", "failed; nothing was changed"),
                            ("doubtful", "run, but reads back otherwise"),
                            ("declined", "declined"),
                        ],
                        default="asked",
                        max_length=12,
                    ),
                ),
                ("problem", models.CharField(blank=True, default="", max_length=40)),
                ("asked_at", models.DateTimeField()),
                ("asked_by", models.UUIDField()),
                ("first_approved_by", models.UUIDField(null=True)),
                ("second_approved_by", models.UUIDField(null=True)),
                ("approved_at", models.DateTimeField(null=True)),
                ("started_at", models.DateTimeField(null=True)),
                ("ended_at", models.DateTimeField(null=True)),
                (
                    "connector",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="executions", to="rights.connector"
                    ),
                ),
                (
                    "part",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="executions", to="rights.part"
                    ),
                ),
            ],
            options={
                "verbose_name": "change by a connector",
                "verbose_name_plural": "changes by connectors",
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("first_approved_by", models.F("second_approved_by")), _negated=True),
                        name="rights_two_people_approve_a_change",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("state__in", ("approved", "started", "done")), _negated=True),
                            models.Q(
                                ("first_approved_by__isnull", False),
                                ("plan_sha256__isnull", False),
                                ("second_approved_by__isnull", False),
                            ),
                            _connector="OR",
                        ),
                        name="rights_changes_run_only_when_approved",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("state__in", ("asked", "proposed", "approved", "started"))),
                        fields=("part",),
                        name="rights_one_change_at_a_time",
                    ),
                ],
            },
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="execution",
            trigger=pgtrigger.compiler.Trigger(
                name="never_removed",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;",
                    hash="69db1582e18f7f672bb27b57b00bd9e7026aa5b3",
                    operation="DELETE",
                    pgid="pgtrigger_never_removed_c082d",
                    table="rights_execution",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="execution",
            trigger=pgtrigger.compiler.Trigger(
                name="approved_plan_stands",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition='WHEN (OLD."approved_at" IS NOT NULL AND (OLD."plan_sha256" IS DISTINCT FROM (NEW."plan_sha256") OR OLD."first_approved_by" IS DISTINCT FROM (NEW."first_approved_by") OR OLD."second_approved_by" IS DISTINCT FROM (NEW."second_approved_by")))',
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;",
                    hash="c8e7e7530b584cd391e433e04c2c3ae043d98029",
                    operation="UPDATE",
                    pgid="pgtrigger_approved_plan_stands_b617f",
                    table="rights_execution",
                    when="BEFORE",
                ),
            ),
        ),
    ]
