"""Who may receive what, for which purpose, and who agreed to it."""

from typing import ClassVar

import pgtrigger
from django.db import models
from django.utils.translation import gettext_lazy as _

from portal.catalogue.models.agencies import Agency, System
from portal.catalogue.models.bases import in_readers_language, valid_code
from portal.catalogue.models.datasets import DataItem, Dataset
from portal.catalogue.states import AgreementState
from portal.catalogue.words import Basis, Method
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
    valid_from = models.DateField(_("valid from"))
    valid_until = models.DateField(_("valid until"), null=True, blank=True)  # the last day it covers
    status = models.CharField(_("status"), max_length=16, choices=AgreementState, default=AgreementState.APPLIED)
    proposed_by = models.CharField(_("applied by"), max_length=120)
    proposed_at = models.DateTimeField(_("applied"))
    decided_by = models.CharField(_("decided by"), max_length=120, blank=True, default="")
    decided_at = models.DateTimeField(_("decided"), null=True, blank=True)
    reasons = models.TextField(_("reasons"), blank=True, default="")
    ended_at = models.DateTimeField(_("ended on"), null=True, blank=True)

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
                condition=Q(status=AgreementState.APPLIED, decided_by="", decided_at=None)
                | (~Q(status=AgreementState.APPLIED) & ~Q(decided_by="") & Q(decided_at__isnull=False)),
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
        ]
        triggers: ClassVar = [
            pgtrigger.Protect(name="never_removed", operation=pgtrigger.Delete),
            pgtrigger.ReadOnly(
                name="terms_stand",
                exclude=["status", "decided_by", "decided_at", "reasons", "ended_at"],
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
