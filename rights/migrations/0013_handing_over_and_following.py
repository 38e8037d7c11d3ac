"""Parts are offered before they are handed over, follow what another agency did, and erasures are stated by two."""

import django.db.models.deletion
import pgtrigger.compiler
import pgtrigger.migrations
import portal.trail.fields
import portal.trail.ids
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("catalogue", "0004_published_as_decided"),
        ("rights", "0012_moving_walls"),
    ]

    operations = [
        migrations.CreateModel(
            name="Erasure",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=portal.trail.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("agency_id", models.UUIDField()),
                ("subject_key", portal.trail.fields.KeyField(max_length=16)),
                ("erased", models.TextField()),
                ("method", models.TextField()),
                ("erased_at", models.DateTimeField()),
                ("kept", models.TextField(blank=True, default="")),
                ("kept_until", models.DateField(null=True)),
                ("kept_article", models.CharField(blank=True, default="", max_length=80)),
                ("prepared_at", models.DateTimeField()),
                ("prepared_by", models.UUIDField(null=True)),
                ("prepared_by_client", models.CharField(blank=True, default="", max_length=100)),
                ("confirmed_at", models.DateTimeField(null=True)),
                ("confirmed_by", models.UUIDField(null=True)),
            ],
        ),
        migrations.CreateModel(
            name="Handover",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=portal.trail.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("agency_id", models.UUIDField()),
                ("recipient_id", models.UUIDField()),
                ("subject_key", portal.trail.fields.KeyField(max_length=16)),
                ("number", models.CharField(max_length=20, verbose_name="number")),
                ("kind", models.CharField(max_length=30, verbose_name="right")),
                ("due_at", models.DateTimeField(verbose_name="due")),
                ("reason", models.TextField()),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("offered", "offered"),
                            ("accepted", "accepted"),
                            ("declined", "declined"),
                            ("lapsed", "no longer needed"),
                        ],
                        default="offered",
                        max_length=10,
                        verbose_name="state",
                    ),
                ),
                ("offered_at", models.DateTimeField(verbose_name="offered on")),
                ("offered_by", models.UUIDField(null=True)),
                ("decided_at", models.DateTimeField(null=True)),
                ("decided_by", models.UUIDField(null=True)),
                ("decided_by_client", models.CharField(blank=True, default="", max_length=100)),
                ("answer", models.TextField(blank=True, default="")),
            ],
            options={
                "verbose_name": "offered part",
                "verbose_name_plural": "offered parts",
            },
        ),
        migrations.RemoveConstraint(
            model_name="part",
            name="rights_routed_once",
        ),
        migrations.AddField(
            model_name="part",
            name="propagated_from",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="propagated_to", to="rights.part"
            ),
        ),
        migrations.AddField(
            model_name="part",
            name="source_answered_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddConstraint(
            model_name="part",
            constraint=models.UniqueConstraint(
                fields=("request", "agency", "dataset", "transferred_from", "propagated_from", "source_answered_at"),
                name="rights_routed_once",
                nulls_distinct=False,
            ),
        ),
        migrations.AddField(
            model_name="erasure",
            name="part",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="erasures", to="rights.part"
            ),
        ),
        migrations.AddField(
            model_name="handover",
            name="dataset",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="catalogue.dataset"
            ),
        ),
        migrations.AddField(
            model_name="handover",
            name="part",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="offers", to="rights.part"
            ),
        ),
        migrations.AddConstraint(
            model_name="erasure",
            constraint=models.CheckConstraint(
                condition=models.Q(("prepared_by", models.F("confirmed_by")), _negated=True),
                name="rights_a_second_person_confirms_erasure",
            ),
        ),
        migrations.AddConstraint(
            model_name="erasure",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("confirmed_at", None), ("confirmed_by", None)),
                    models.Q(("confirmed_at__isnull", False), ("confirmed_by__isnull", False)),
                    _connector="OR",
                ),
                name="rights_confirmed_erasures_say_by_whom",
            ),
        ),
        migrations.AddConstraint(
            model_name="erasure",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("kept", ""), ("kept_article", ""), ("kept_until", None)),
                    models.Q(models.Q(("kept", ""), _negated=True), models.Q(("kept_article", ""), _negated=True)),
                    _connector="OR",
                ),
                name="rights_what_is_kept_has_its_provision",
            ),
        ),
        migrations.AddConstraint(
            model_name="erasure",
            constraint=models.UniqueConstraint(
                condition=models.Q(("confirmed_at", None)), fields=("part",), name="rights_one_open_statement_a_part"
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="erasure",
            trigger=pgtrigger.compiler.Trigger(
                name="statement_stands",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition='WHEN (OLD."confirmed_at" IS NOT NULL)',
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;",
                    hash="de42d65fa139f47b2d9172221c864d5178993106",
                    operation="UPDATE",
                    pgid="pgtrigger_statement_stands_ccba6",
                    table="rights_erasure",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="erasure",
            trigger=pgtrigger.compiler.Trigger(
                name="confirmed_is_kept",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition='WHEN (OLD."confirmed_at" IS NOT NULL)',
                    func="RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;",
                    hash="901ce126c8ae8d5ebb884fa9c44220820ebc419f",
                    operation="DELETE",
                    pgid="pgtrigger_confirmed_is_kept_378a7",
                    table="rights_erasure",
                    when="BEFORE",
                ),
            ),
        ),
        migrations.AddIndex(
            model_name="handover",
            index=models.Index(
                condition=models.Q(("state", "offered")),
                fields=["recipient_id", "due_at"],
                name="rights_offers_to_decide",
            ),
        ),
        migrations.AddConstraint(
            model_name="handover",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state", "offered")), fields=("part",), name="rights_one_open_offer_a_part"
            ),
        ),
        migrations.AddConstraint(
            model_name="handover",
            constraint=models.CheckConstraint(
                condition=models.Q(("agency_id", models.F("recipient_id")), _negated=True),
                name="rights_offered_to_another",
            ),
        ),
        migrations.AddConstraint(
            model_name="handover",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state", "declined"), _negated=True),
                    models.Q(("answer", ""), _negated=True),
                    _connector="OR",
                ),
                name="rights_declined_offers_say_why",
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="handover",
            trigger=pgtrigger.compiler.Trigger(
                name="never_removed",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;",
                    hash="10d24bc07381d73ac2b526647a3a3a2374345646",
                    operation="DELETE",
                    pgid="pgtrigger_never_removed_1211c",
                    table="rights_handover",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="handover",
            trigger=pgtrigger.compiler.Trigger(
                name="offer_stands",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition='WHEN (OLD."id" IS DISTINCT FROM (NEW."id") OR OLD."part_id" IS DISTINCT FROM (NEW."part_id") OR OLD."agency_id" IS DISTINCT FROM (NEW."agency_id") OR OLD."recipient_id" IS DISTINCT FROM (NEW."recipient_id") OR OLD."subject_key" IS DISTINCT FROM (NEW."subject_key") OR OLD."number" IS DISTINCT FROM (NEW."number") OR OLD."kind" IS DISTINCT FROM (NEW."kind") OR OLD."dataset_id" IS DISTINCT FROM (NEW."dataset_id") OR OLD."due_at" IS DISTINCT FROM (NEW."due_at") OR OLD."reason" IS DISTINCT FROM (NEW."reason") OR OLD."offered_at" IS DISTINCT FROM (NEW."offered_at") OR OLD."offered_by" IS DISTINCT FROM (NEW."offered_by"))',
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;",
                    hash="220aab0c012d34dd5b4da797112de74185a4fdef",
                    operation="UPDATE",
                    pgid="pgtrigger_offer_stands_2eb02",
                    table="rights_handover",
                    when="BEFORE",
                ),
            ),
        ),
    ]
