"""A receiving agency doubts what it got; the provider checks it (Decree 809, 26)."""

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from portal.trail.fields import KeyField
from portal.trail.ids import new_id


class Finding(models.TextChoices):
    """What the provider found."""

    RIGHT = "right", _("the data is right")
    CORRECTED = "corrected", _("the data was wrong and is corrected")
    REMOVED = "removed", _("the data was wrong and is removed")


class Verification(models.Model):
    """One doubt about what one event brought, and what came of it. Every other recipient is told of the outcome."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    subject_key = KeyField()
    event_id = models.UUIDField()
    dataset = models.ForeignKey("catalogue.Dataset", on_delete=models.PROTECT, related_name="+")
    items = ArrayField(models.CharField(max_length=100), default=list, blank=True)  # codes; none: the whole dataset
    provider = models.ForeignKey("catalogue.Agency", on_delete=models.PROTECT, related_name="+")
    doubter = models.ForeignKey("catalogue.Agency", on_delete=models.PROTECT, related_name="+")
    doubt = models.TextField(_("doubt"), max_length=2000)
    asked_at = models.DateTimeField(_("asked"))
    due_at = models.DateTimeField(_("due"))
    due_article = models.CharField(max_length=40)
    finding = models.CharField(_("finding"), max_length=10, choices=Finding.choices, default="", blank=True)
    report = models.TextField(_("report"), max_length=2000, default="", blank=True)
    answered_at = models.DateTimeField(_("answered"), null=True)
    told = ArrayField(models.UUIDField(), default=list, blank=True)  # agencies that heard of the outcome

    class Meta:
        verbose_name = _("doubt about data")
        verbose_name_plural = _("doubts about data")
        indexes: ClassVar = [
            models.Index(fields=["subject_key", "-asked_at"], name="ledger_doubts_of_person"),
            models.Index(fields=["provider", "due_at"], name="ledger_doubts_of_provider"),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["subject_key", "event_id", "doubter"],
                condition=models.Q(answered_at=None),
                name="ledger_one_open_doubt",
            ),
            models.CheckConstraint(
                condition=models.Q(answered_at=None, finding="")
                | (models.Q(answered_at__isnull=False) & models.Q(finding__in=Finding.values)),
                name="ledger_doubts_are_answered_by_a_finding",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.dataset_id} · {self.asked_at:%Y-%m-%d}"

    @property
    def is_open(self) -> bool:
        return self.answered_at is None
