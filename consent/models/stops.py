"""A withdrawal at each recipient, open until that recipient says that it stopped, and erased where that was asked."""

from datetime import datetime
from typing import ClassVar

import pgtrigger
from django.db import models
from django.utils.translation import gettext_lazy as _

from consent.models.purposes import Purpose
from portal.trail.fields import KeyField

Q = models.Q


class Stop(models.Model):
    """One recipient must stop a use. `id` is that of the change in its feed.

    `due_at` is the portal's own target: the law has the use end at once (PIPL 15). `erase_due_at` is the term of the
    law for erasure (PIPL 47), where the person asked for it with the withdrawal.
    """

    id = models.UUIDField(primary_key=True, editable=False)
    agency = models.ForeignKey(
        "catalogue.Agency", verbose_name=_("agency"), on_delete=models.PROTECT, related_name="+", db_index=False
    )
    subject_key = KeyField()
    consent_id = models.UUIDField()
    purpose = models.ForeignKey(
        Purpose, verbose_name=_("purpose"), on_delete=models.PROTECT, related_name="+", db_index=False
    )
    withdrawn_at = models.DateTimeField(_("withdrawn on"))
    due_at = models.DateTimeField(_("to be stopped by"))
    erase_due_at = models.DateTimeField(_("to be erased by"), null=True, blank=True)
    stopped_at = models.DateTimeField(_("stopped on"), null=True, blank=True)
    erased_at = models.DateTimeField(_("erased on"), null=True, blank=True)
    acknowledged_by = models.CharField(_("acknowledged by"), max_length=120, default="", blank=True)

    class Meta:
        verbose_name = _("withdrawal to obey")
        verbose_name_plural = _("withdrawals to obey")
        ordering = ("due_at", "id")
        indexes: ClassVar = [
            models.Index(fields=["subject_key", "consent_id"], name="consent_stops_of_a_consent"),
            models.Index(fields=["agency", "due_at"], name="consent_stops_of_an_agency"),
            models.Index(
                fields=["due_at"],
                condition=Q(stopped_at=None) | Q(erase_due_at__isnull=False, erased_at=None),
                name="consent_stops_open",
            ),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(erased_at=None) | Q(stopped_at__isnull=False), name="consent_stopped_before_it_is_erased"
            ),
            models.CheckConstraint(
                condition=Q(stopped_at=None) | ~Q(acknowledged_by=""), name="consent_stops_say_who_acknowledged"
            ),
        ]
        triggers: ClassVar = [
            pgtrigger.Protect(name="never_removed", operation=pgtrigger.Delete),
            pgtrigger.ReadOnly(name="stop_stands", exclude=["stopped_at", "erased_at", "acknowledged_by"]),
            pgtrigger.Protect(
                name="acknowledged_once",
                operation=pgtrigger.Update,
                condition=pgtrigger.Q(old__stopped_at__isnull=False)
                & pgtrigger.Q(old__stopped_at__df=pgtrigger.F("new__stopped_at")),
            ),
            pgtrigger.Protect(
                name="erased_once",
                operation=pgtrigger.Update,
                condition=pgtrigger.Q(old__erased_at__isnull=False)
                & pgtrigger.Q(old__erased_at__df=pgtrigger.F("new__erased_at")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.purpose_id} {self.withdrawn_at:%Y-%m-%d}"

    @property
    def is_open(self) -> bool:
        """Whether something of it is still to be acknowledged."""
        return self.stopped_at is None or (self.erase_due_at is not None and self.erased_at is None)

    def is_late(self, at: datetime) -> bool:
        """Whether something is still to be acknowledged whose time has passed."""
        late_to_stop = self.stopped_at is None and self.due_at <= at
        return late_to_stop or (self.erase_due_at is not None and self.erased_at is None and self.erase_due_at <= at)
