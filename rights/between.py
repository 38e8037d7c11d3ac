"""What goes up above an agency, and what passes between agencies."""

from typing import ClassVar

import pgtrigger
from django.db import models
from django.utils.translation import gettext_lazy as _

from portal.trail.append_only import APPEND_ONLY
from portal.trail.fields import KeyField
from portal.trail.ids import new_id
from rights.states import HANDOVER_MOVES, HandoverState
from rights.stepping import Moving


class Rung(models.TextChoices):
    """Who is told that a part is late: first the agency's head, then the regulator."""

    HEAD = "head", _("the head of the agency")
    REGULATOR = "regulator", _("the regulator")


class Escalation(models.Model):
    """A late part went up one rung; once a rung and deadline, however often the watch runs."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    part = models.ForeignKey("rights.Part", on_delete=models.PROTECT, related_name="escalations")
    agency_id = models.UUIDField()
    subject_key = KeyField()
    rung = models.CharField(max_length=10, choices=Rung)
    due_at = models.DateTimeField()  # the deadline that was missed
    at = models.DateTimeField()

    class Meta:
        triggers: ClassVar = APPEND_ONLY
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["part", "rung", "due_at"], name="rights_escalated_once"),
        ]


class Handover(Moving):
    """A part is offered to the agency that holds the data, which takes it or not. Until then it stays where it is."""

    moves = HANDOVER_MOVES
    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    part = models.ForeignKey("rights.Part", on_delete=models.PROTECT, related_name="offers")
    agency_id = models.UUIDField()  # who offers it
    recipient_id = models.UUIDField()  # to whom
    subject_key = KeyField()
    number = models.CharField(_("number"), max_length=20)  # what the other agency may know before it takes the part
    kind = models.CharField(_("right"), max_length=30)
    dataset = models.ForeignKey("catalogue.Dataset", null=True, on_delete=models.PROTECT, related_name="+")
    due_at = models.DateTimeField(_("due"))
    reason = models.TextField()
    state = models.CharField(_("state"), max_length=10, choices=HandoverState, default=HandoverState.OFFERED)
    offered_at = models.DateTimeField(_("offered on"))
    offered_by = models.UUIDField(null=True)
    decided_at = models.DateTimeField(null=True)
    decided_by = models.UUIDField(null=True)
    decided_by_client = models.CharField(max_length=100, default="", blank=True)
    answer = models.TextField(default="", blank=True)

    class Meta:
        verbose_name = _("offered part")
        verbose_name_plural = _("offered parts")
        indexes: ClassVar = [
            models.Index(
                fields=["recipient_id", "due_at"], condition=models.Q(state="offered"), name="rights_offers_to_decide"
            ),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["part"], condition=models.Q(state="offered"), name="rights_one_open_offer_a_part"
            ),
            models.CheckConstraint(
                condition=~models.Q(agency_id=models.F("recipient_id")), name="rights_offered_to_another"
            ),
            models.CheckConstraint(
                condition=~models.Q(state="declined") | ~models.Q(answer=""), name="rights_declined_offers_say_why"
            ),
        ]
        triggers: ClassVar = [
            pgtrigger.Protect(name="never_removed", operation=pgtrigger.Delete),
            pgtrigger.ReadOnly(
                name="offer_stands", exclude=["state", "decided_at", "decided_by", "decided_by_client", "answer"]
            ),
        ]
