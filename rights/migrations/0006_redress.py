"""Appeals, what they decided, complaints, mediation, and late parts that went up."""

import django.db.models.deletion
import pgtrigger.compiler
import pgtrigger.migrations
import portal.trail.fields
import portal.trail.ids
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("rights", "0005_mandates"),
    ]

    operations = [
        migrations.AddField(
            model_name="part",
            name="departure",
            field=models.TextField(blank=True, default=""),
        ),
        migrations.AddField(
            model_name="part",
            name="reopened_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.CreateModel(
            name="Appeal",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=portal.trail.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("agency_id", models.UUIDField()),
                ("subject_key", portal.trail.fields.KeyField(max_length=16)),
                ("filed_by", models.UUIDField(null=True)),
                (
                    "level",
                    models.CharField(
                        choices=[("agency", "internal review"), ("regulator", "review by the regulator")],
                        max_length=10,
                        verbose_name="level",
                    ),
                ),
                (
                    "against",
                    models.CharField(
                        choices=[
                            ("refusal", "a refusal"),
                            ("answer", "an answer that is wrong or incomplete"),
                            ("silence", "no answer in time"),
                        ],
                        max_length=10,
                        verbose_name="against",
                    ),
                ),
                ("kind", models.CharField(max_length=30, verbose_name="right")),
                ("outcome", models.CharField(blank=True, default="", max_length=12)),
                ("ground", models.CharField(blank=True, default="", max_length=60)),
                ("reply", models.TextField(blank=True, default="")),
                ("answered_at", models.DateTimeField(null=True)),
                ("answered_by", models.UUIDField(null=True)),
                ("words", models.TextField()),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("filed", "filed"),
                            ("under_review", "under review"),
                            ("granted", "you were right"),
                            ("dismissed", "the answer stands"),
                            ("withdrawn", "taken back"),
                            ("lapsed", "passed to the regulator"),
                        ],
                        default="filed",
                        max_length=12,
                        verbose_name="state",
                    ),
                ),
                ("filed_at", models.DateTimeField(verbose_name="filed on")),
                ("due_at", models.DateTimeField(verbose_name="due")),
                ("due_article", models.CharField(max_length=80)),
                ("taken_at", models.DateTimeField(null=True)),
                ("taken_by", models.UUIDField(null=True)),
                ("overdue_at", models.DateTimeField(null=True)),
                ("decided_at", models.DateTimeField(null=True)),
                ("decided_by", models.UUIDField(null=True)),
                ("decision", models.TextField(blank=True, default="")),
                (
                    "part",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="appeals", to="rights.part"
                    ),
                ),
                (
                    "previous",
                    models.OneToOneField(
                        null=True, on_delete=django.db.models.deletion.PROTECT, related_name="next", to="rights.appeal"
                    ),
                ),
            ],
            options={
                "verbose_name": "appeal",
                "verbose_name_plural": "appeals",
            },
        ),
        migrations.CreateModel(
            name="Complaint",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=portal.trail.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("number", models.CharField(max_length=20, unique=True, verbose_name="number")),
                ("subject_key", portal.trail.fields.KeyField(max_length=16)),
                ("filed_by", models.UUIDField(null=True)),
                ("agency_id", models.UUIDField(null=True)),
                ("words", models.TextField()),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("filed", "filed"),
                            ("in_hand", "being looked into"),
                            ("upheld", "found justified"),
                            ("not_upheld", "not found justified"),
                            ("withdrawn", "taken back"),
                        ],
                        default="filed",
                        max_length=12,
                    ),
                ),
                ("filed_at", models.DateTimeField()),
                ("due_at", models.DateTimeField()),
                ("due_article", models.CharField(max_length=80)),
                ("assigned_to", models.UUIDField(null=True)),
                ("assigned_at", models.DateTimeField(null=True)),
                ("overdue_at", models.DateTimeField(null=True)),
                ("decided_at", models.DateTimeField(null=True)),
                ("decided_by", models.UUIDField(null=True)),
                ("result", models.TextField(blank=True, default="")),
                (
                    "part",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="complaints",
                        to="rights.part",
                    ),
                ),
            ],
            options={
                "verbose_name": "complaint",
                "verbose_name_plural": "complaints",
            },
        ),
        migrations.CreateModel(
            name="Escalation",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=portal.trail.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("agency_id", models.UUIDField()),
                ("subject_key", portal.trail.fields.KeyField(max_length=16)),
                (
                    "rung",
                    models.CharField(
                        choices=[("head", "the head of the agency"), ("regulator", "the regulator")], max_length=10
                    ),
                ),
                ("due_at", models.DateTimeField()),
                ("at", models.DateTimeField()),
                (
                    "part",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="escalations", to="rights.part"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Mediation",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=portal.trail.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("agency_id", models.UUIDField()),
                ("subject_key", portal.trail.fields.KeyField(max_length=16)),
                ("organisation", models.CharField(max_length=40)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("asked", "asked for"),
                            ("under_way", "under way"),
                            ("proposed", "a settlement is proposed"),
                            ("settled", "settled"),
                            ("failed", "without agreement"),
                            ("declined", "declined by the agency"),
                            ("withdrawn", "taken back"),
                        ],
                        default="asked",
                        max_length=12,
                    ),
                ),
                ("asked_at", models.DateTimeField()),
                ("settlement", models.TextField(blank=True, default="")),
                ("proposed_by_agency", models.BooleanField(null=True)),
                ("agreed_by_person_at", models.DateTimeField(null=True)),
                ("agreed_by_agency_at", models.DateTimeField(null=True)),
                ("ended_at", models.DateTimeField(null=True)),
                (
                    "part",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="mediations", to="rights.part"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="MediationStep",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=portal.trail.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("agency_id", models.UUIDField()),
                ("subject_key", portal.trail.fields.KeyField(max_length=16)),
                ("is_from_agency", models.BooleanField()),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("asked", "asked for"),
                            ("under_way", "under way"),
                            ("proposed", "a settlement is proposed"),
                            ("settled", "settled"),
                            ("failed", "without agreement"),
                            ("declined", "declined by the agency"),
                            ("withdrawn", "taken back"),
                        ],
                        max_length=12,
                    ),
                ),
                ("text", models.TextField(blank=True, default="")),
                ("at", models.DateTimeField()),
                (
                    "mediation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="steps", to="rights.mediation"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Precedent",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=portal.trail.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("appeal_id", models.UUIDField(unique=True)),
                ("agency_id", models.UUIDField()),
                ("kind", models.CharField(max_length=30)),
                ("ground", models.CharField(blank=True, default="", max_length=60)),
                ("article", models.CharField(max_length=80)),
                (
                    "level",
                    models.CharField(
                        choices=[("agency", "internal review"), ("regulator", "review by the regulator")], max_length=10
                    ),
                ),
                (
                    "against",
                    models.CharField(
                        choices=[
                            ("refusal", "a refusal"),
                            ("answer", "an answer that is wrong or incomplete"),
                            ("silence", "no answer in time"),
                        ],
                        max_length=10,
                    ),
                ),
                ("granted", models.BooleanField()),
                ("text", models.TextField()),
                ("decided_on", models.DateField()),
            ],
            options={
                "indexes": [
                    models.Index(fields=["kind", "ground", "-decided_on"], name="rights_precedents_of_a_ground")
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("text", ""), _negated=True), name="rights_precedents_say_why"
                    )
                ],
            },
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="precedent",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="544c5fd70b8078aaf5b531e6d5665bf9c4009f73",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_append_only_2fc22",
                    table="rights_precedent",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="precedent",
            trigger=pgtrigger.compiler.Trigger(
                name="no_truncate",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: % is append-only', TG_TABLE_NAME;",
                    hash="89654212fa37ac4979ec3e5e2a8865dba3f02060",
                    level="STATEMENT",
                    operation="TRUNCATE",
                    pgid="pgtrigger_no_truncate_86d0b",
                    table="rights_precedent",
                    when="BEFORE",
                ),
            ),
        ),
        migrations.AddIndex(
            model_name="appeal",
            index=models.Index(
                condition=models.Q(("state__in", ("filed", "under_review"))),
                fields=["agency_id", "due_at"],
                name="rights_appeals_to_do",
            ),
        ),
        migrations.AddIndex(
            model_name="appeal",
            index=models.Index(fields=["subject_key", "-filed_at"], name="rights_appeals_of_a_person"),
        ),
        migrations.AddConstraint(
            model_name="appeal",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("decided_by", models.F("answered_by")), _negated=True),
                    models.Q(("taken_by", models.F("answered_by")), _negated=True),
                ),
                name="rights_another_person_reviews",
            ),
        ),
        migrations.AddConstraint(
            model_name="appeal",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("decided_at__isnull", False),
                        ("decided_by__isnull", False),
                        ("state__in", ("granted", "dismissed")),
                        models.Q(("decision", ""), _negated=True),
                    ),
                    models.Q(
                        models.Q(("state__in", ("granted", "dismissed")), _negated=True),
                        ("decided_at", None),
                        ("decided_by", None),
                        ("decision", ""),
                    ),
                    _connector="OR",
                ),
                name="rights_decided_appeals_say_by_whom_and_why",
            ),
        ),
        migrations.AddConstraint(
            model_name="appeal",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("level", "agency"), ("previous", None)),
                    models.Q(("level", "regulator"), ("previous__isnull", False)),
                    _connector="OR",
                ),
                name="rights_the_agency_reviews_first",
            ),
        ),
        migrations.AddConstraint(
            model_name="appeal",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state__in", ("filed", "under_review"))),
                fields=("part",),
                name="rights_one_open_appeal_a_part",
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="appeal",
            trigger=pgtrigger.compiler.Trigger(
                name="never_removed",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;",
                    hash="2922527dab9d12999f517a6ba86ad01f4056af3f",
                    operation="DELETE",
                    pgid="pgtrigger_never_removed_08cee",
                    table="rights_appeal",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="appeal",
            trigger=pgtrigger.compiler.Trigger(
                name="what_was_filed_stands",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition='WHEN (OLD."part_id" IS DISTINCT FROM (NEW."part_id") OR OLD."agency_id" IS DISTINCT FROM (NEW."agency_id") OR OLD."subject_key" IS DISTINCT FROM (NEW."subject_key") OR OLD."filed_by" IS DISTINCT FROM (NEW."filed_by") OR OLD."level" IS DISTINCT FROM (NEW."level") OR OLD."previous_id" IS DISTINCT FROM (NEW."previous_id") OR OLD."against" IS DISTINCT FROM (NEW."against") OR OLD."kind" IS DISTINCT FROM (NEW."kind") OR OLD."outcome" IS DISTINCT FROM (NEW."outcome") OR OLD."ground" IS DISTINCT FROM (NEW."ground") OR OLD."reply" IS DISTINCT FROM (NEW."reply") OR OLD."answered_at" IS DISTINCT FROM (NEW."answered_at") OR OLD."answered_by" IS DISTINCT FROM (NEW."answered_by") OR OLD."words" IS DISTINCT FROM (NEW."words") OR OLD."filed_at" IS DISTINCT FROM (NEW."filed_at"))',
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;",
                    hash="1e23e7de60bd60292e3b2d630b651cd6499bcc2f",
                    operation="UPDATE",
                    pgid="pgtrigger_what_was_filed_stands_d34e0",
                    table="rights_appeal",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="appeal",
            trigger=pgtrigger.compiler.Trigger(
                name="decision_stands",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition='WHEN (OLD."decided_at" IS NOT NULL)',
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;",
                    hash="91826596624797ff0adbf644801bfe8c176ce153",
                    operation="UPDATE",
                    pgid="pgtrigger_decision_stands_9f554",
                    table="rights_appeal",
                    when="BEFORE",
                ),
            ),
        ),
        migrations.AddIndex(
            model_name="complaint",
            index=models.Index(
                condition=models.Q(("state__in", ("filed", "in_hand"))),
                fields=["due_at"],
                name="rights_complaints_to_do",
            ),
        ),
        migrations.AddIndex(
            model_name="complaint",
            index=models.Index(fields=["subject_key", "-filed_at"], name="rights_complaints_of_a_person"),
        ),
        migrations.AddConstraint(
            model_name="complaint",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("decided_at__isnull", False),
                        ("decided_by__isnull", False),
                        ("state__in", ("upheld", "not_upheld")),
                        models.Q(("result", ""), _negated=True),
                    ),
                    models.Q(
                        models.Q(("state__in", ("upheld", "not_upheld")), _negated=True),
                        ("decided_at", None),
                        ("decided_by", None),
                        ("result", ""),
                    ),
                    _connector="OR",
                ),
                name="rights_decided_complaints_tell_the_result",
            ),
        ),
        migrations.AddConstraint(
            model_name="complaint",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state", "in_hand"), _negated=True),
                    models.Q(("assigned_at__isnull", False), ("assigned_to__isnull", False)),
                    _connector="OR",
                ),
                name="rights_somebody_has_the_complaint",
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="complaint",
            trigger=pgtrigger.compiler.Trigger(
                name="never_removed",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;",
                    hash="94f922fb5be63db6c2def4b0a28d9edcc7d4836d",
                    operation="DELETE",
                    pgid="pgtrigger_never_removed_03468",
                    table="rights_complaint",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="complaint",
            trigger=pgtrigger.compiler.Trigger(
                name="what_was_filed_stands",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition='WHEN (OLD."number" IS DISTINCT FROM (NEW."number") OR OLD."subject_key" IS DISTINCT FROM (NEW."subject_key") OR OLD."filed_by" IS DISTINCT FROM (NEW."filed_by") OR OLD."part_id" IS DISTINCT FROM (NEW."part_id") OR OLD."agency_id" IS DISTINCT FROM (NEW."agency_id") OR OLD."words" IS DISTINCT FROM (NEW."words") OR OLD."filed_at" IS DISTINCT FROM (NEW."filed_at"))',
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;",
                    hash="ca7c5ba1d23baa4126cdfa5a0b256eb34fd34619",
                    operation="UPDATE",
                    pgid="pgtrigger_what_was_filed_stands_0e958",
                    table="rights_complaint",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="complaint",
            trigger=pgtrigger.compiler.Trigger(
                name="decision_stands",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition='WHEN (OLD."decided_at" IS NOT NULL)',
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;",
                    hash="8cc4120adc4df6c7048029f53afeea31f8f1b21b",
                    operation="UPDATE",
                    pgid="pgtrigger_decision_stands_ed079",
                    table="rights_complaint",
                    when="BEFORE",
                ),
            ),
        ),
        migrations.AddConstraint(
            model_name="escalation",
            constraint=models.UniqueConstraint(fields=("part", "rung", "due_at"), name="rights_escalated_once"),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="escalation",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="2b1a1b61e17ab8461d5bc314e7fca0f242499016",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_append_only_4a177",
                    table="rights_escalation",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="escalation",
            trigger=pgtrigger.compiler.Trigger(
                name="no_truncate",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: % is append-only', TG_TABLE_NAME;",
                    hash="af93fe6302ed127ddd87887c7b533ca1b24d2eae",
                    level="STATEMENT",
                    operation="TRUNCATE",
                    pgid="pgtrigger_no_truncate_76101",
                    table="rights_escalation",
                    when="BEFORE",
                ),
            ),
        ),
        migrations.AddConstraint(
            model_name="mediation",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state__in", ("asked", "under_way", "proposed"))),
                fields=("part",),
                name="rights_one_mediation_a_part",
            ),
        ),
        migrations.AddConstraint(
            model_name="mediation",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state", "settled"), _negated=True),
                    models.Q(
                        ("agreed_by_agency_at__isnull", False),
                        ("agreed_by_person_at__isnull", False),
                        models.Q(("settlement", ""), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="rights_both_agree_to_a_settlement",
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="mediation",
            trigger=pgtrigger.compiler.Trigger(
                name="never_removed",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;",
                    hash="ee8fe207ea0f2fcdd9af6e7190541aabeae46182",
                    operation="DELETE",
                    pgid="pgtrigger_never_removed_035b6",
                    table="rights_mediation",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="mediation",
            trigger=pgtrigger.compiler.Trigger(
                name="end_stands",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition='WHEN (OLD."ended_at" IS NOT NULL)',
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;",
                    hash="296b8d5cc44c3416b3451d05fd08b42959e5293f",
                    operation="UPDATE",
                    pgid="pgtrigger_end_stands_5dcc9",
                    table="rights_mediation",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="mediationstep",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="6192a58529549835b8bec0fa8271e6c42205ada5",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_append_only_b6218",
                    table="rights_mediationstep",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="mediationstep",
            trigger=pgtrigger.compiler.Trigger(
                name="no_truncate",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: % is append-only', TG_TABLE_NAME;",
                    hash="ac1c4274e882a2672dccad2992651421ebf22cc9",
                    level="STATEMENT",
                    operation="TRUNCATE",
                    pgid="pgtrigger_no_truncate_51f3f",
                    table="rights_mediationstep",
                    when="BEFORE",
                ),
            ),
        ),
    ]
