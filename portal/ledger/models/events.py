"""Sharing events: who sent what about whom to whom, when, why and on what basis."""

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import get_language, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from portal.trail.append_only import APPEND_ONLY
from portal.trail.fields import BytesField, KeyField


class Depth(models.TextChoices):
    SEARCHED = "searched", _("searched")
    VIEWED = "viewed", _("viewed")
    COPIED = "copied", _("copied")
    SUBSCRIBED = "subscribed", _("subscribed")
    VERIFIED_ONLY = "verified_only", _("verified only")


class Form(models.TextChoices):
    RAW = "raw", _("as it is")
    PSEUDONYMISED = "pseudonymised", _("pseudonymised")
    ANONYMISED = "anonymised", _("anonymised")
    AGGREGATED = "aggregated", _("aggregated")
    PRIVACY_COMPUTED = "privacy_computed", _("by private computation")


class Outcome(models.TextChoices):
    SENT = "sent", _("sent")
    DENIED = "denied", pgettext_lazy("sharing", "denied")


class SharingEvent(models.Model):
    """One sharing of one person's data, as its provider reported it. Never changed: what is said later is a note.

    Partitioned by range of `id`, that is of time (migration 0002). References outward carry no database
    constraint: what was shared stays on record whatever becomes of the register.
    """

    pk = models.CompositePrimaryKey("subject_key", "id")
    subject_key = KeyField()
    id = models.UUIDField()  # portal.ledger.ids.event_id
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
    recipient_name = models.CharField(max_length=200, default="")  # of a body that is not in the register
    recipient_system = models.CharField(max_length=200, default="")
    provider_activity = models.CharField(max_length=300, default="")
    recipient_activity = models.CharField(max_length=300, default="")
    dataset = models.ForeignKey(
        "catalogue.Dataset", on_delete=models.DO_NOTHING, related_name="+", db_constraint=False, db_index=False
    )
    items = ArrayField(models.CharField(max_length=100), default=list)  # codes; none named: the whole dataset
    subject_role = models.CharField(max_length=100, default="")  # as what the person appears: applicant, child, owner
    occurred_at = models.DateTimeField()
    recorded_at = models.DateTimeField()
    depth = models.CharField(max_length=16, choices=Depth.choices)
    form = models.CharField(max_length=16, choices=Form.choices)
    method = models.CharField(max_length=100, default="")
    purpose_zh = models.CharField(max_length=500, default="")
    purpose_en = models.CharField(max_length=500, default="")
    legal_basis = models.CharField(max_length=40, default="")  # code of a basis of the jurisdiction
    citation = models.CharField(max_length=300, default="")
    agreement = models.ForeignKey(
        "catalogue.Agreement",
        null=True,
        on_delete=models.DO_NOTHING,
        related_name="+",
        db_constraint=False,
        db_index=False,
    )
    consent_id = models.UUIDField(null=True)  # with subject_key the key of a consent
    parent_id = models.UUIDField(null=True)  # onward sharing: the event that brought the data here
    outcome = models.CharField(max_length=8, choices=Outcome.choices)
    is_automated = models.BooleanField()
    contractor = models.CharField(max_length=200, default="")
    use_until = models.DateField(null=True)
    reference = models.CharField(max_length=200)  # the provider's own
    batch_id = models.UUIDField()
    salt = BytesField(max_length=16)
    leaf = BytesField(max_length=32)

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["provider", "-id"], name="ledger_events_of_provider"),
            models.Index(fields=["recipient", "-id"], name="ledger_events_of_recipient"),
            models.Index(fields=["batch_id"], name="ledger_events_of_batch"),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=(models.Q(recipient=None) & ~models.Q(recipient_name=""))
                | (models.Q(recipient__isnull=False) & models.Q(recipient_name="")),
                name="ledger_event_has_one_recipient",
            ),
            models.CheckConstraint(
                condition=~models.Q(purpose_zh="") | ~models.Q(purpose_en=""), name="ledger_event_says_why"
            ),
            models.CheckConstraint(condition=models.Q(depth__in=Depth.values), name="ledger_event_depth_is_known"),
            models.CheckConstraint(condition=models.Q(form__in=Form.values), name="ledger_event_form_is_known"),
            models.CheckConstraint(
                condition=models.Q(outcome__in=Outcome.values), name="ledger_event_outcome_is_known"
            ),
        ]
        triggers: ClassVar = APPEND_ONLY

    def __str__(self) -> str:
        return f"{self.id}"

    @property
    def purpose(self) -> str:
        """Why, in the reader's language, or else in the one it was said in."""
        english = (get_language() or "").startswith("en")
        first, second = (self.purpose_en, self.purpose_zh) if english else (self.purpose_zh, self.purpose_en)
        return first or second

    @property
    def to_whom(self) -> str:
        """The recipient's name, in the register or not."""
        return self.recipient.name if self.recipient else self.recipient_name
