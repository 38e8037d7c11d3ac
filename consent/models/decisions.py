"""The log of what departments asked before they used or released data, and what they were told."""

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import BrinIndex
from django.db import models
from django.utils.translation import gettext_lazy as _

from consent.models.purposes import Purpose
from portal.trail.append_only import APPEND_ONLY
from portal.trail.fields import KeyField
from portal.trail.ids import new_id


class Answer(models.TextChoices):
    PERMIT = "permit", _("permitted")
    DENY = "deny", _("denied")


class Reason(models.TextChoices):
    """Why. NO_CONSENT also answers for a person who is unknown: the two look the same to the caller."""

    CONSENT = "consent", _("you allow it")
    DUTY = "duty", _("a duty set by law, which an approved agreement cites")
    NO_DUTY = "no-duty", _("no approved agreement cites the duty")
    NO_CONSENT = "no-consent", _("no consent stands")
    NOT_ANSWERED = "not-answered", _("the question has not been answered")
    REFUSED = "refused", _("you did not allow it")
    PAUSED = "paused", _("the consent is paused")
    WITHDRAWN = "withdrawn", _("the consent was withdrawn")
    EXPIRED = "expired", _("the consent has ended")
    USED = "used", _("the consent was for a single use and was used")
    NOT_COVERED = "not-covered", _("the consent does not cover these items")
    NOT_RECIPIENT = "not-recipient", _("the consent does not name this recipient")
    PURPOSE_ENDED = "purpose-ended", _("the purpose has ended")


class Decision(models.Model):
    """One answer, append-only. `id` is the `jti` of its signed token.

    Without constraints of foreign keys: nothing that it names is ever removed (triggers), and a cohort adds a million
    rows at once.
    """

    pk = models.CompositePrimaryKey("subject_key", "id")
    subject_key = KeyField()
    id = models.UUIDField(default=new_id)
    caller = models.ForeignKey(
        "catalogue.Agency", on_delete=models.PROTECT, related_name="+", db_index=False, db_constraint=False
    )
    client = models.CharField(max_length=100, default="", blank=True)
    purpose = models.ForeignKey(
        Purpose, on_delete=models.PROTECT, related_name="+", db_index=False, db_constraint=False
    )
    dataset = models.ForeignKey(
        "catalogue.Dataset", on_delete=models.PROTECT, related_name="+", db_index=False, db_constraint=False
    )
    items = ArrayField(models.UUIDField(), default=list)
    recipient = models.ForeignKey(
        "catalogue.Agency", on_delete=models.PROTECT, related_name="+", db_index=False, db_constraint=False
    )
    answer = models.CharField(max_length=6, choices=Answer)
    reason = models.CharField(max_length=16, choices=Reason)
    consent_id = models.UUIDField(null=True)
    agreement = models.ForeignKey(
        "catalogue.Agreement",
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
        null=True,
        db_constraint=False,
    )  # that cites the duty, where no consent is needed
    shared_event = models.UUIDField(null=True)  # the release recorded with it
    decided_at = models.DateTimeField()

    class Meta:
        indexes: ClassVar = [BrinIndex(fields=["decided_at"], name="consent_decisions_by_time")]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(answer="deny")
                | models.Q(reason="consent", consent_id__isnull=False)
                | models.Q(reason="duty", agreement__isnull=False),
                name="consent_permits_name_what_they_rest_on",
            ),
        ]
        triggers: ClassVar = APPEND_ONLY

    def __str__(self) -> str:
        return f"{self.answer} {self.reason}"
