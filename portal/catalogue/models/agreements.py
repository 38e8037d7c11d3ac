"""Who may receive what, for which purpose, and who agreed to it."""

from typing import ClassVar

import pgtrigger
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from portal.catalogue.models.agencies import Agency, System
from portal.catalogue.models.bases import in_readers_language, valid_code
from portal.catalogue.models.datasets import DataItem, Dataset
from portal.catalogue.states import UNDECIDED, AgreementState
from portal.catalogue.words import Basis, Force, Form, Method
from portal.trail.ids import new_id

Q = models.Q


class Agreement(models.Model):
    """An application to share, and what became of it (共享申请; Decree 809, Articles 20 and 21).

    `items` empty means every item of the dataset. `provider` repeats the dataset's agency, so that policies of the
    database need no join.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    code = models.CharField(_("code"), max_length=80, unique=True, validators=[valid_code])
    provider = models.ForeignKey(
        Agency, verbose_name=_("provider"), on_delete=models.PROTECT, related_name="agreements_given"
    )
    recipient = models.ForeignKey(
        Agency, verbose_name=_("recipient"), on_delete=models.PROTECT, related_name="agreements_received"
    )
    recipient_system = models.ForeignKey(
        System, verbose_name=_("recipient's system"), on_delete=models.PROTECT, related_name="+", null=True, blank=True
    )
    dataset = models.ForeignKey(Dataset, verbose_name=_("dataset"), on_delete=models.PROTECT, related_name="agreements")
    items = models.ManyToManyField(DataItem, verbose_name=_("items"), related_name="+", blank=True)
    purpose_zh = models.CharField(_("purpose in Chinese"), max_length=500)
    purpose_en = models.CharField(_("purpose in English"), max_length=500)
    scenario_zh = models.CharField(_("scenario in Chinese"), max_length=500, blank=True, default="")
    scenario_en = models.CharField(_("scenario in English"), max_length=500, blank=True, default="")
    legal_basis = models.CharField(_("legal basis"), max_length=20, choices=Basis, default=Basis.DUTY)
    citation_zh = models.CharField(_("provision in Chinese"), max_length=500, blank=True, default="")
    citation_en = models.CharField(_("provision in English"), max_length=500, blank=True, default="")
    method = models.CharField(_("method"), max_length=16, choices=Method, default=Method.INTERFACE)
    force = models.CharField(_("what the provision does"), max_length=16, choices=Force, default=Force.NOT_STATED)
    form = models.CharField(_("form"), max_length=20, choices=Form, default=Form.RAW)
    form_method = models.CharField(_("technique"), max_length=500, blank=True, default="")
    form_parameters = models.CharField(_("parameters of the technique"), max_length=500, blank=True, default="")
    form_until = models.DateField(_("technique holds until"), null=True, blank=True)  # the last day
    disposal_zh = models.CharField(_("disposal at the end, in Chinese"), max_length=500, blank=True, default="")
    disposal_en = models.CharField(_("disposal at the end, in English"), max_length=500, blank=True, default="")
    valid_from = models.DateField(_("valid from"))
    valid_until = models.DateField(_("valid until"), null=True, blank=True)  # the last day it covers
    status = models.CharField(_("status"), max_length=16, choices=AgreementState, default=AgreementState.APPLIED)
    proposed_by = models.CharField(_("applied by"), max_length=120)
    proposed_at = models.DateTimeField(_("applied"))
    decided_by = models.CharField(_("decided by"), max_length=120, blank=True, default="")
    decided_at = models.DateTimeField(_("decided"), null=True, blank=True)
    reasons = models.TextField(_("reasons"), blank=True, default="")
    ended_at = models.DateTimeField(_("ended on"), null=True, blank=True)

    due_at = models.DateTimeField(_("answer due"), null=True, blank=True)  # Decree 809, Article 21
    extended_at = models.DateTimeField(_("extended"), null=True, blank=True)
    extension_reasons = models.TextField(_("reasons of the extension"), blank=True, default="")
    overdue_noted_at = models.DateTimeField(_("found overdue"), null=True, blank=True)
    missing = ArrayField(models.CharField(max_length=300), verbose_name=_("what is missing"), default=list, blank=True)
    missing_told_at = models.DateTimeField(_("told what is missing"), null=True, blank=True)
    supplement = models.TextField(_("what was supplied"), blank=True, default="")
    supplied_at = models.DateTimeField(_("supplied"), null=True, blank=True)
    exception_reasons = models.TextField(_("why it may be shared as it is"), blank=True, default="")
    exception_until = models.DateField(_("may be shared as it is until"), null=True, blank=True)  # the last day
    exception_by = models.CharField(_("exception approved by"), max_length=120, blank=True, default="")
    deliver_due_at = models.DateTimeField(_("delivery due"), null=True, blank=True)  # Decree 809, Article 22
    delivered_at = models.DateTimeField(_("delivered"), null=True, blank=True)
    disposed_at = models.DateTimeField(_("disposed of"), null=True, blank=True)
    disposal_evidence = models.TextField(_("evidence of the disposal"), blank=True, default="")

    class Meta:
        verbose_name = _("sharing agreement")
        verbose_name_plural = _("sharing agreements")
        ordering = ("-proposed_at",)
        indexes: ClassVar = [
            models.Index(fields=["dataset", "recipient", "status"], name="catalogue_agreement_covering"),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=~Q(proposed_by=models.F("decided_by")), name="catalogue_a_second_person_decides_agreements"
            ),
            models.CheckConstraint(
                condition=~Q(provider=models.F("recipient")), name="catalogue_nobody_shares_with_itself"
            ),
            models.CheckConstraint(
                condition=Q(valid_until=None) | Q(valid_until__gte=models.F("valid_from")),
                name="catalogue_agreements_end_after_they_begin",
            ),
            models.CheckConstraint(
                condition=Q(status__in=UNDECIDED, decided_by="", decided_at=None)
                | (~Q(status__in=UNDECIDED) & ~Q(decided_by="") & Q(decided_at__isnull=False)),
                name="catalogue_decided_agreements_say_by_whom",
            ),
            models.CheckConstraint(
                condition=~Q(status=AgreementState.REFUSED, reasons=""), name="catalogue_refusals_say_why"
            ),
            models.CheckConstraint(
                condition=Q(status=AgreementState.ENDED, ended_at__isnull=False)
                | (~Q(status=AgreementState.ENDED) & Q(ended_at=None)),
                name="catalogue_ended_agreements_say_when",
            ),
            models.CheckConstraint(
                condition=~Q(force=Force.ENCOURAGES, status__in=[AgreementState.GRANTED, AgreementState.SUSPENDED])
                | Q(legal_basis=Basis.CONSENT),
                name="catalogue_encouragement_alone_grants_nothing",
            ),
            models.CheckConstraint(
                condition=Q(exception_until=None, exception_by="")
                | (Q(exception_until__isnull=False) & ~Q(exception_by="") & ~Q(exception_reasons="")),
                name="catalogue_exceptions_say_why_and_until_when",
            ),
            models.CheckConstraint(
                condition=~Q(exception_by=models.F("proposed_by")),
                name="catalogue_nobody_excepts_their_own_application",
            ),
            models.CheckConstraint(
                condition=~Q(status=AgreementState.INCOMPLETE) | Q(missing__len__gt=0),
                name="catalogue_incomplete_applications_say_what_is_missing",
            ),
        ]
        triggers: ClassVar = [
            pgtrigger.Protect(name="never_removed", operation=pgtrigger.Delete),
            pgtrigger.ReadOnly(
                name="terms_stand",
                exclude=[
                    "status",
                    "decided_by",
                    "decided_at",
                    "reasons",
                    "ended_at",
                    "due_at",
                    "extended_at",
                    "extension_reasons",
                    "overdue_noted_at",
                    "missing",
                    "missing_told_at",
                    "supplement",
                    "supplied_at",
                    "exception_reasons",
                    "exception_until",
                    "exception_by",
                    "deliver_due_at",
                    "delivered_at",
                    "disposed_at",
                    "disposal_evidence",
                ],
            ),
            pgtrigger.Protect(
                name="decision_stands",
                operation=pgtrigger.Update,
                condition=pgtrigger.Q(old__decided_at__isnull=False)
                & (
                    pgtrigger.Q(old__decided_by__df=pgtrigger.F("new__decided_by"))
                    | pgtrigger.Q(old__decided_at__df=pgtrigger.F("new__decided_at"))
                ),
            ),
        ]

    def __str__(self) -> str:
        return self.code

    @property
    def purpose(self) -> str:
        """The purpose in the reader's language; so with the properties below."""
        return in_readers_language(self.purpose_zh, self.purpose_en)

    @property
    def scenario(self) -> str:
        return in_readers_language(self.scenario_zh, self.scenario_en)

    @property
    def citation(self) -> str:
        return in_readers_language(self.citation_zh, self.citation_en)

    @property
    def disposal(self) -> str:
        return in_readers_language(self.disposal_zh, self.disposal_en)


class Suspension(models.Model):
    """A time in which an agreement covers nothing, because what it rests on has failed or run out."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    agreement = models.ForeignKey(Agreement, on_delete=models.PROTECT, related_name="suspensions")
    began_at = models.DateTimeField(_("began"))
    ended_at = models.DateTimeField(_("ended"), null=True, blank=True)
    reasons = models.TextField(_("reasons"))

    class Meta:
        verbose_name = _("suspension")
        verbose_name_plural = _("suspensions")
        ordering = ("-began_at",)
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["agreement"], condition=Q(ended_at=None), name="catalogue_one_open_suspension_an_agreement"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.agreement_id}: {self.began_at:%Y-%m-%d}"


class ReidentificationTest(models.Model):
    """Whether people could be told from what is shared without their names. Appended, never changed."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    agreement = models.ForeignKey(Agreement, on_delete=models.PROTECT, related_name="tests")
    tested_on = models.DateField(_("tested on"))
    passed = models.BooleanField(_("passed"))
    method = models.CharField(_("method"), max_length=500)
    report = models.CharField(_("report"), max_length=500, blank=True, default="")  # its reference
    recorded_by = models.CharField(max_length=120)
    recorded_at = models.DateTimeField(_("recorded"))

    class Meta:
        verbose_name = _("re-identification test")
        verbose_name_plural = _("re-identification tests")
        ordering = ("-recorded_at",)
        triggers: ClassVar = [pgtrigger.Protect(name="stands", operation=pgtrigger.Update | pgtrigger.Delete)]

    def __str__(self) -> str:
        return f"{self.agreement_id}: {self.tested_on}"
