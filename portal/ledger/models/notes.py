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
    CHALLENGE = "challenge", _("challenge")
    ANSWER = "answer", _("answer")
    UNLAWFUL = "unlawful", _("found unlawful")


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
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["subject_key", "event_id"],
                condition=models.Q(kind="uncovered"),
                name="ledger_event_is_uncovered_once",
            ),
            models.CheckConstraint(condition=models.Q(kind__in=NoteKind.values), name="ledger_note_kind_is_known"),
        ]
        triggers: ClassVar = APPEND_ONLY

    def __str__(self) -> str:
        return f"{self.kind} {self.event_id}"
