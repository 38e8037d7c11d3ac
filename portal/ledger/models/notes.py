"""What is later said of a sharing event."""

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from portal.trail.append_only import APPEND_ONLY
from portal.trail.fields import BytesField, KeyField
from portal.trail.ids import new_id


class NoteKind(models.TextChoices):
    DISPOSAL = "disposal", _("disposal")  # the recipient destroyed or returned what it got
    CORRECTION = "correction", _("correction by the provider")
    UNCOVERED = "uncovered", _("no agreement covers this")
    EMBARGO = "embargo", _("not told for now")
    REVIEW = "review", _("embargo reviewed")
    LIFTED = "lifted", _("embargo lifted")
    QUESTION = "question", _("asked why")  # by the citizen, as is a challenge
    CHALLENGE = "challenge", _("challenge")
    ANSWER = "answer", _("answer")
    UNLAWFUL = "unlawful", _("found unlawful")
    REUSED = "reused", _("the reference of another event")


class FaceFault(models.TextChoices):
    """In what an event is unlawful on its face: the text of an UNCOVERED note, several with a space between."""

    NONE = "none", _("No agreement covers it.")
    DATASET = "dataset", _("The agreement named is about another dataset.")
    RECIPIENT = "recipient", _("The agreement is with another recipient.")
    ITEMS = "items", _("The agreement does not cover these items.")
    PURPOSE = "purpose", _("The agreement rests on another legal basis.")
    DATE = "date", _("The agreement was not in force on that day.")
    CONSENT = "consent", _("No consent allowed it then.")


FLAGS = (NoteKind.UNCOVERED, NoteKind.UNLAWFUL, NoteKind.REUSED)
_FLAGGED = models.Q(kind__in=[kind.value for kind in FLAGS])


class SharingNote(models.Model):
    """One statement about an event, signed by who made it. An event's embargo is its newest embargo or lifted note."""

    pk = models.CompositePrimaryKey("subject_key", "id")
    subject_key = KeyField()
    id = models.UUIDField(default=new_id)
    event_id = models.UUIDField()
    provider = models.ForeignKey(
        "catalogue.Agency", on_delete=models.DO_NOTHING, related_name="+", db_constraint=False, db_index=False
    )
    recipient = models.ForeignKey(
        "catalogue.Agency",
        null=True,
        on_delete=models.DO_NOTHING,
        related_name="+",
        db_constraint=False,
        db_index=False,
    )
    kind = models.CharField(max_length=12, choices=NoteKind.choices)
    author = models.ForeignKey(
        "catalogue.Agency",
        null=True,
        on_delete=models.DO_NOTHING,
        related_name="+",
        db_constraint=False,
        db_index=False,
    )  # null: the portal, the regulator or the citizen, see author_kind
    author_kind = models.CharField(max_length=16)  # portal.trail.actor.ActorKind
    at = models.DateTimeField()
    text = models.TextField(default="", max_length=2000)
    evidence = models.CharField(max_length=500, default="")  # where the proof of a disposal lies
    batch_id = models.UUIDField()
    salt = BytesField(max_length=16)
    leaf = BytesField(max_length=32)

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["subject_key", "event_id"], name="ledger_notes_of_event"),
            models.Index(fields=["batch_id"], name="ledger_notes_of_batch"),
            models.Index(fields=["-id"], condition=_FLAGGED, name="ledger_flags_newest"),
            models.Index(fields=["provider", "-id"], condition=_FLAGGED, name="ledger_flags_of_provider"),
            models.Index(fields=["recipient", "-id"], condition=_FLAGGED, name="ledger_flags_of_recipient"),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["subject_key", "event_id"],
                condition=models.Q(kind="uncovered"),
                name="ledger_event_is_uncovered_once",
            ),
            models.UniqueConstraint(
                fields=["subject_key", "event_id"],
                condition=models.Q(kind="reused"),
                name="ledger_event_is_reused_once",
            ),
            models.CheckConstraint(condition=models.Q(kind__in=NoteKind.values), name="ledger_note_kind_is_known"),
        ]
        triggers: ClassVar = APPEND_ONLY

    def __str__(self) -> str:
        return f"{self.kind} {self.event_id}"

    @property
    def said(self) -> str:
        """The note's words; of a flag of the portal's own, in the reader's language."""
        if self.kind != NoteKind.UNCOVERED:
            return self.text
        known = [code for code in self.text.split() if code in FaceFault.values]
        return " ".join(str(FaceFault(code).label) for code in known)
