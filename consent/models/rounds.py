"""Asking many at once: a list that an agency uploads, looked at before anybody is asked."""

from typing import ClassVar

import pgtrigger
from django.db import models
from django.utils.translation import gettext_lazy as _

from consent.models.purposes import Purpose
from portal.trail.fields import BytesField, KeyField
from portal.trail.ids import new_id


class RoundState(models.TextChoices):
    UPLOADED = "uploaded", _("to be looked at")
    CONFIRMED = "confirmed", _("people are being asked")
    DONE = "done", _("everybody was asked")


class LineFault(models.TextChoices):
    """Why a line of the list asks nobody."""

    MALFORMED = "malformed", _("neither a number nor a key of yours")
    UNKNOWN = "unknown", _("we know nobody by it")
    TWICE = "twice", _("stands on the list already")


class LineOutcome(models.TextChoices):
    """What became of a line once people were asked."""

    ASKED = "asked", _("was asked")
    ALREADY_ASKED = "already-asked", _("was asked before and has not answered yet")
    ALREADY_GIVEN = "already-given", _("allows it already")
    COOLING_DOWN = "cooling-down", _("answered not long ago and is left alone")
    NOT_ASKABLE = "not-askable", _("the purpose has ended")


class AskingRound(models.Model):
    """One list for one purpose. The same list twice is the same round: nobody is asked twice by it."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    purpose = models.ForeignKey(Purpose, verbose_name=_("purpose"), on_delete=models.PROTECT, related_name="rounds")
    agency = models.ForeignKey("catalogue.Agency", verbose_name=_("agency"), on_delete=models.PROTECT, related_name="+")
    digest = BytesField(max_length=32)  # SHA-256 over the list's identifiers: no number is kept
    state = models.CharField(_("state"), max_length=10, choices=RoundState, default=RoundState.UPLOADED)
    uploaded_by = models.CharField(max_length=120)
    uploaded_at = models.DateTimeField(_("uploaded"))
    confirmed_at = models.DateTimeField(_("confirmed"), null=True, blank=True)
    done_at = models.DateTimeField(_("done"), null=True, blank=True)
    total = models.PositiveIntegerField(_("lines"))
    faulty = models.PositiveIntegerField(_("lines that ask nobody"))
    handled = models.PositiveIntegerField(_("lines handled so far"), default=0)

    class Meta:
        verbose_name = _("round of questions")
        verbose_name_plural = _("rounds of questions")
        ordering = ("-uploaded_at",)
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["purpose", "digest"], name="consent_a_list_is_one_round"),
            models.CheckConstraint(
                condition=models.Q(handled__lte=models.F("total")), name="consent_rounds_handle_their_lines"
            ),
        ]
        triggers: ClassVar = [
            pgtrigger.Protect(name="never_removed", operation=pgtrigger.Delete),
            pgtrigger.FSM(
                name="goes_forward", field="state", transitions=[("uploaded", "confirmed"), ("confirmed", "done")]
            ),
        ]

    def __str__(self) -> str:
        return f"{self.purpose_id} {self.uploaded_at:%Y-%m-%d}"


class RoundLine(models.Model):
    """One line: whom it names, until they were asked; then only what became of it."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    round = models.ForeignKey(AskingRound, on_delete=models.CASCADE, related_name="lines")
    position = models.PositiveIntegerField(_("line"))
    subject_key = KeyField(null=True)
    fault = models.CharField(_("fault"), max_length=10, choices=LineFault, default="", blank=True)
    outcome = models.CharField(_("outcome"), max_length=14, choices=LineOutcome, default="", blank=True)

    class Meta:
        ordering = ("round", "position")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["round", "position"], name="consent_lines_once_in_a_round"),
            models.CheckConstraint(
                condition=models.Q(fault="") | models.Q(subject_key=None, outcome=""),
                name="consent_faulty_lines_name_nobody",
            ),
            models.CheckConstraint(
                condition=models.Q(outcome="") | models.Q(subject_key=None), name="consent_handled_lines_name_nobody"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.position} {self.fault or self.outcome}"
