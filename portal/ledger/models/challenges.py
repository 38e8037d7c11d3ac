"""What a citizen asks of the agencies behind an event, and until when each must answer."""

from datetime import datetime
from typing import ClassVar
from uuid import UUID

from django.db import models
from django.utils.translation import gettext_lazy as _

from portal.ledger.ids import time_of
from portal.ledger.models.notes import NoteKind
from portal.trail.fields import KeyField
from portal.trail.ids import new_id

ASKED = (NoteKind.QUESTION, NoteKind.CHALLENGE)


class Challenge(models.Model):
    """One agency's share of a question or challenge: provider and recipient have one each.

    What was asked and answered are notes of the event; this says who owes an answer until when, and by what rule.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    subject_key = KeyField()
    event_id = models.UUIDField()
    note_id = models.UUIDField()  # with subject_key the key of what was asked
    agency = models.ForeignKey("catalogue.Agency", on_delete=models.PROTECT, related_name="+", verbose_name=_("agency"))
    kind = models.CharField(_("kind"), max_length=12, choices=[(kind.value, kind.label) for kind in ASKED])
    asked_at = models.DateTimeField(_("asked"))
    due_at = models.DateTimeField(_("due"))
    due_article = models.CharField(max_length=40)
    answered_at = models.DateTimeField(_("answered"), null=True)
    answer_id = models.UUIDField(null=True)  # of the note that answers

    class Meta:
        verbose_name = _("question about sharing")
        verbose_name_plural = _("questions about sharing")
        indexes: ClassVar = [
            models.Index(fields=["subject_key", "event_id"], name="ledger_challenges_of_event"),
            models.Index(fields=["agency", "due_at"], name="ledger_challenges_of_agency"),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["subject_key", "event_id", "agency"],
                condition=models.Q(answered_at=None),
                name="ledger_one_open_challenge",
            ),
            models.CheckConstraint(
                condition=models.Q(answered_at=None, answer_id=None)
                | models.Q(answered_at__isnull=False, answer_id__isnull=False),
                name="ledger_answered_by_an_answer",
            ),
            models.CheckConstraint(
                condition=models.Q(kind__in=[kind.value for kind in ASKED]), name="ledger_challenge_kind_is_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} · {self.happened_at:%Y-%m-%d}"

    @property
    def happened_at(self) -> datetime:
        """When the sharing took place that it is about."""
        return time_of(UUID(str(self.event_id)))

    @property
    def is_open(self) -> bool:
        return self.answered_at is None
