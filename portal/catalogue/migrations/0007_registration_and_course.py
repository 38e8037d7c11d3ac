"""What a registration records besides, and the course of an agreement. Entries from before may lack what is asked for
now: those constraints hold for what is written from here on."""

import django.contrib.postgres.fields
import django.db.models.deletion
import pgtrigger.compiler
import pgtrigger.migrations
import portal.trail.ids
from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("catalogue", "0006_listing_walls"),
    ]

    operations = [
        migrations.CreateModel(
            name="ReidentificationTest",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=portal.trail.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("tested_on", models.DateField(verbose_name="tested on")),
                ("passed", models.BooleanField(verbose_name="passed")),
                ("method", models.CharField(max_length=500, verbose_name="method")),
                ("report", models.CharField(blank=True, default="", max_length=500, verbose_name="report")),
                ("recorded_by", models.CharField(max_length=120)),
                ("recorded_at", models.DateTimeField(verbose_name="recorded")),
            ],
            options={
                "verbose_name": "re-identification test",
                "verbose_name_plural": "re-identification tests",
                "ordering": ("-recorded_at",),
            },
        ),
        migrations.CreateModel(
            name="Suspension",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=portal.trail.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("began_at", models.DateTimeField(verbose_name="began")),
                ("ended_at", models.DateTimeField(blank=True, null=True, verbose_name="ended")),
                ("reasons", models.TextField(verbose_name="reasons")),
            ],
            options={
                "verbose_name": "suspension",
                "verbose_name_plural": "suspensions",
                "ordering": ("-began_at",),
            },
        ),
        migrations.CreateModel(
            name="UpdateDuty",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=portal.trail.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("reason", models.TextField(verbose_name="what has changed")),
                ("noted_at", models.DateTimeField(verbose_name="noted")),
                ("due_at", models.DateTimeField(verbose_name="due")),
                ("extended_at", models.DateTimeField(blank=True, null=True, verbose_name="extended")),
                ("done_at", models.DateTimeField(blank=True, null=True, verbose_name="done")),
            ],
            options={
                "verbose_name": "duty to update",
                "verbose_name_plural": "duties to update",
                "ordering": ("due_at",),
            },
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name="agreement",
            name="terms_stand",
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name="datasetversion",
            name="content_stands",
        ),
        migrations.RemoveConstraint(
            model_name="agreement",
            name="catalogue_decided_agreements_say_by_whom",
        ),
        migrations.AddField(
            model_name="agreement",
            name="deliver_due_at",
            field=models.DateTimeField(blank=True, null=True, verbose_name="delivery due"),
        ),
        migrations.AddField(
            model_name="agreement",
            name="delivered_at",
            field=models.DateTimeField(blank=True, null=True, verbose_name="delivered"),
        ),
        migrations.AddField(
            model_name="agreement",
            name="disposal_en",
            field=models.CharField(
                blank=True, default="", max_length=500, verbose_name="disposal at the end, in English"
            ),
        ),
        migrations.AddField(
            model_name="agreement",
            name="disposal_evidence",
            field=models.TextField(blank=True, default="", verbose_name="evidence of the disposal"),
        ),
        migrations.AddField(
            model_name="agreement",
            name="disposal_zh",
            field=models.CharField(
                blank=True, default="", max_length=500, verbose_name="disposal at the end, in Chinese"
            ),
        ),
        migrations.AddField(
            model_name="agreement",
            name="disposed_at",
            field=models.DateTimeField(blank=True, null=True, verbose_name="disposed of"),
        ),
        migrations.AddField(
            model_name="agreement",
            name="due_at",
            field=models.DateTimeField(blank=True, null=True, verbose_name="answer due"),
        ),
        migrations.AddField(
            model_name="agreement",
            name="exception_by",
            field=models.CharField(blank=True, default="", max_length=120, verbose_name="exception approved by"),
        ),
        migrations.AddField(
            model_name="agreement",
            name="exception_reasons",
            field=models.TextField(blank=True, default="", verbose_name="why it may be shared as it is"),
        ),
        migrations.AddField(
            model_name="agreement",
            name="exception_until",
            field=models.DateField(blank=True, null=True, verbose_name="may be shared as it is until"),
        ),
        migrations.AddField(
            model_name="agreement",
            name="extended_at",
            field=models.DateTimeField(blank=True, null=True, verbose_name="extended"),
        ),
        migrations.AddField(
            model_name="agreement",
            name="extension_reasons",
            field=models.TextField(blank=True, default="", verbose_name="reasons of the extension"),
        ),
        migrations.AddField(
            model_name="agreement",
            name="force",
            field=models.CharField(
                choices=[
                    ("grants-power", "gives the power to"),
                    ("imposes-duty", "makes it a duty to"),
                    ("encourages", "merely encourages it"),
                    ("not-stated", "not stated"),
                ],
                default="not-stated",
                max_length=16,
                verbose_name="what the provision does",
            ),
        ),
        migrations.AddField(
            model_name="agreement",
            name="form",
            field=models.CharField(
                choices=[
                    ("raw", "as it is"),
                    ("pseudonymised", "pseudonymised"),
                    ("anonymised", "anonymised"),
                    ("aggregated", "aggregated"),
                    ("privacy-computed", "by privacy computing"),
                ],
                default="raw",
                max_length=20,
                verbose_name="form",
            ),
        ),
        migrations.AddField(
            model_name="agreement",
            name="form_method",
            field=models.CharField(blank=True, default="", max_length=500, verbose_name="technique"),
        ),
        migrations.AddField(
            model_name="agreement",
            name="form_parameters",
            field=models.CharField(blank=True, default="", max_length=500, verbose_name="parameters of the technique"),
        ),
        migrations.AddField(
            model_name="agreement",
            name="form_until",
            field=models.DateField(blank=True, null=True, verbose_name="technique holds until"),
        ),
        migrations.AddField(
            model_name="agreement",
            name="missing",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.CharField(max_length=300),
                blank=True,
                default=list,
                size=None,
                verbose_name="what is missing",
            ),
        ),
        migrations.AddField(
            model_name="agreement",
            name="missing_told_at",
            field=models.DateTimeField(blank=True, null=True, verbose_name="told what is missing"),
        ),
        migrations.AddField(
            model_name="agreement",
            name="overdue_noted_at",
            field=models.DateTimeField(blank=True, null=True, verbose_name="found overdue"),
        ),
        migrations.AddField(
            model_name="agreement",
            name="supplement",
            field=models.TextField(blank=True, default="", verbose_name="what was supplied"),
        ),
        migrations.AddField(
            model_name="agreement",
            name="supplied_at",
            field=models.DateTimeField(blank=True, null=True, verbose_name="supplied"),
        ),
        migrations.AddField(
            model_name="dataitem",
            name="code_list",
            field=models.CharField(blank=True, default="", max_length=200, verbose_name="code list"),
        ),
        migrations.AddField(
            model_name="dataitem",
            name="data_element",
            field=models.CharField(blank=True, default="", max_length=200, verbose_name="data element"),
        ),
        migrations.AddField(
            model_name="dataitem",
            name="no_standard",
            field=models.BooleanField(default=False, verbose_name="there is no standard for it"),
        ),
        migrations.AddField(
            model_name="dataset",
            name="assessed_on",
            field=models.DateField(blank=True, null=True, verbose_name="assessed on"),
        ),
        migrations.AddField(
            model_name="dataset",
            name="assessment",
            field=models.CharField(blank=True, default="", max_length=300, verbose_name="impact assessment"),
        ),
        migrations.AddField(
            model_name="dataset",
            name="collection_force",
            field=models.CharField(
                choices=[
                    ("grants-power", "gives the power to"),
                    ("imposes-duty", "makes it a duty to"),
                    ("encourages", "merely encourages it"),
                    ("not-stated", "not stated"),
                ],
                default="not-stated",
                max_length=16,
                verbose_name="what the provision does",
            ),
        ),
        migrations.AddField(
            model_name="dataset",
            name="head",
            field=models.CharField(blank=True, default="", max_length=120, verbose_name="head who approved it"),
        ),
        migrations.AddField(
            model_name="dataset",
            name="head_approved_on",
            field=models.DateField(blank=True, null=True, verbose_name="approved by the head on"),
        ),
        migrations.AddField(
            model_name="dataset",
            name="ownership",
            field=models.JSONField(blank=True, default=list, verbose_name="ownership split"),
        ),
        migrations.AddField(
            model_name="dataset",
            name="secrecy",
            field=models.CharField(
                choices=[("none", "no secrets in it"), ("trade-secret", "holds trade secrets")],
                default="none",
                max_length=16,
                verbose_name="secrets",
            ),
        ),
        migrations.AddField(
            model_name="dataset",
            name="secrecy_handling_en",
            field=models.CharField(
                blank=True, default="", max_length=500, verbose_name="how trade secrets are handled, in English"
            ),
        ),
        migrations.AddField(
            model_name="dataset",
            name="secrecy_handling_zh",
            field=models.CharField(
                blank=True, default="", max_length=500, verbose_name="how trade secrets are handled, in Chinese"
            ),
        ),
        migrations.AddField(
            model_name="datasetversion",
            name="review_due_at",
            field=models.DateTimeField(blank=True, null=True, verbose_name="review due"),
        ),
        migrations.AddField(
            model_name="system",
            name="contract_until",
            field=models.DateField(blank=True, null=True, verbose_name="contract until"),
        ),
        migrations.AlterField(
            model_name="agreement",
            name="status",
            field=models.CharField(
                choices=[
                    ("applied", "applied for"),
                    ("incomplete", "incomplete: the applicant was told what is missing"),
                    ("granted", "granted"),
                    ("suspended", "suspended"),
                    ("refused", "refused"),
                    ("ended", "ended"),
                ],
                default="applied",
                max_length=16,
                verbose_name="status",
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="agreement",
            trigger=pgtrigger.compiler.Trigger(
                name="terms_stand",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition='WHEN (OLD."id" IS DISTINCT FROM (NEW."id") OR OLD."code" IS DISTINCT FROM (NEW."code") OR OLD."provider_id" IS DISTINCT FROM (NEW."provider_id") OR OLD."recipient_id" IS DISTINCT FROM (NEW."recipient_id") OR OLD."recipient_system_id" IS DISTINCT FROM (NEW."recipient_system_id") OR OLD."dataset_id" IS DISTINCT FROM (NEW."dataset_id") OR OLD."purpose_zh" IS DISTINCT FROM (NEW."purpose_zh") OR OLD."purpose_en" IS DISTINCT FROM (NEW."purpose_en") OR OLD."scenario_zh" IS DISTINCT FROM (NEW."scenario_zh") OR OLD."scenario_en" IS DISTINCT FROM (NEW."scenario_en") OR OLD."legal_basis" IS DISTINCT FROM (NEW."legal_basis") OR OLD."citation_zh" IS DISTINCT FROM (NEW."citation_zh") OR OLD."citation_en" IS DISTINCT FROM (NEW."citation_en") OR OLD."method" IS DISTINCT FROM (NEW."method") OR OLD."force" IS DISTINCT FROM (NEW."force") OR OLD."form" IS DISTINCT FROM (NEW."form") OR OLD."form_method" IS DISTINCT FROM (NEW."form_method") OR OLD."form_parameters" IS DISTINCT FROM (NEW."form_parameters") OR OLD."form_until" IS DISTINCT FROM (NEW."form_until") OR OLD."disposal_zh" IS DISTINCT FROM (NEW."disposal_zh") OR OLD."disposal_en" IS DISTINCT FROM (NEW."disposal_en") OR OLD."valid_from" IS DISTINCT FROM (NEW."valid_from") OR OLD."valid_until" IS DISTINCT FROM (NEW."valid_until") OR OLD."proposed_by" IS DISTINCT FROM (NEW."proposed_by") OR OLD."proposed_at" IS DISTINCT FROM (NEW."proposed_at"))',
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;",
                    hash="1544531b91f73fae6473a5120583862c654dfa6e",
                    operation="UPDATE",
                    pgid="pgtrigger_terms_stand_24df4",
                    table="catalogue_agreement",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="datasetversion",
            trigger=pgtrigger.compiler.Trigger(
                name="content_stands",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition='WHEN (OLD."dataset_id" IS DISTINCT FROM (NEW."dataset_id") OR OLD."agency_id" IS DISTINCT FROM (NEW."agency_id") OR OLD."number" IS DISTINCT FROM (NEW."number") OR OLD."content" IS DISTINCT FROM (NEW."content") OR OLD."proposed_by" IS DISTINCT FROM (NEW."proposed_by") OR OLD."proposed_at" IS DISTINCT FROM (NEW."proposed_at") OR OLD."review_due_at" IS DISTINCT FROM (NEW."review_due_at"))',
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;",
                    hash="3ee9b68780c799c045debedf8df007ecabca7402",
                    operation="UPDATE",
                    pgid="pgtrigger_content_stands_aa4d4",
                    table="catalogue_datasetversion",
                    when="BEFORE",
                ),
            ),
        ),
        migrations.AddConstraint(
            model_name="agreement",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("decided_at", None), ("decided_by", ""), ("status__in", ("applied", "incomplete"))),
                    models.Q(
                        models.Q(("status__in", ("applied", "incomplete")), _negated=True),
                        models.Q(("decided_by", ""), _negated=True),
                        ("decided_at__isnull", False),
                    ),
                    _connector="OR",
                ),
                name="catalogue_decided_agreements_say_by_whom",
            ),
        ),
        migrations.AddConstraint(
            model_name="agreement",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("force", "encourages"), ("status__in", ["granted", "suspended"]), _negated=True),
                    ("legal_basis", "consent"),
                    _connector="OR",
                ),
                name="catalogue_encouragement_alone_grants_nothing",
            ),
        ),
        migrations.AddConstraint(
            model_name="agreement",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("exception_by", ""), ("exception_until", None)),
                    models.Q(
                        ("exception_until__isnull", False),
                        models.Q(("exception_by", ""), _negated=True),
                        models.Q(("exception_reasons", ""), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="catalogue_exceptions_say_why_and_until_when",
            ),
        ),
        migrations.AddConstraint(
            model_name="agreement",
            constraint=models.CheckConstraint(
                condition=models.Q(("exception_by", models.F("proposed_by")), _negated=True),
                name="catalogue_nobody_excepts_their_own_application",
            ),
        ),
        migrations.AddConstraint(
            model_name="agreement",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("status", "incomplete"), _negated=True), ("missing__len__gt", 0), _connector="OR"
                ),
                name="catalogue_incomplete_applications_say_what_is_missing",
            ),
        ),
        migrations.AddConstraint(
            model_name="dataitem",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("no_standard", False), models.Q(("code_list", ""), ("data_element", "")), _connector="OR"
                ),
                name="catalogue_an_item_has_a_standard_or_has_none",
            ),
        ),
        migrations.AddConstraint(
            model_name="dataset",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("secrecy", "trade-secret"), _negated=True),
                    models.Q(("secrecy_handling_en", ""), ("secrecy_handling_zh", ""), _negated=True),
                    _connector="OR",
                ),
                name="catalogue_trade_secrets_say_how_they_are_handled",
            ),
        ),
        AddConstraintNotValid(
            model_name="dataset",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("origin", ""), _negated=True),
                    models.Q(
                        ("assessed_on__isnull", False),
                        ("head_approved_on__isnull", False),
                        models.Q(("head", ""), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="catalogue_registered_as_assessed_and_approved",
            ),
        ),
        AddConstraintNotValid(
            model_name="system",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("contractor", ""),
                    ("contract_until__isnull", False),
                    models.Q(("origin", ""), _negated=True),
                    _connector="OR",
                ),
                name="catalogue_contractors_have_a_term",
            ),
        ),
        migrations.AddField(
            model_name="reidentificationtest",
            name="agreement",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="tests", to="catalogue.agreement"
            ),
        ),
        migrations.AddField(
            model_name="suspension",
            name="agreement",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="suspensions", to="catalogue.agreement"
            ),
        ),
        migrations.AddField(
            model_name="updateduty",
            name="agency",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="catalogue.agency",
                verbose_name="agency",
            ),
        ),
        migrations.AddField(
            model_name="updateduty",
            name="dataset",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="duties",
                to="catalogue.dataset",
                verbose_name="dataset",
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="reidentificationtest",
            trigger=pgtrigger.compiler.Trigger(
                name="stands",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="77c7072d4dce2a12791a8ae82ca45b72ac519efd",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_stands_020d2",
                    table="catalogue_reidentificationtest",
                    when="BEFORE",
                ),
            ),
        ),
        migrations.AddConstraint(
            model_name="suspension",
            constraint=models.UniqueConstraint(
                condition=models.Q(("ended_at", None)),
                fields=("agreement",),
                name="catalogue_one_open_suspension_an_agreement",
            ),
        ),
        migrations.AddConstraint(
            model_name="updateduty",
            constraint=models.UniqueConstraint(
                condition=models.Q(("done_at", None)), fields=("dataset",), name="catalogue_one_open_duty_a_dataset"
            ),
        ),
    ]
