"""What outlived its term and was dropped, and the holds that keep it."""

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from portal.trail.append_only import APPEND_ONLY
from portal.trail.fields import BytesField, KeyField
from portal.trail.ids import new_id


class LegalHold(models.Model):
    """While it stands, no partition is dropped that has an event of its agency, its dataset, or its case's person."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    agency = models.ForeignKey("catalogue.Agency", null=True, on_delete=models.PROTECT, related_name="+")
    dataset = models.ForeignKey("catalogue.Dataset", null=True, on_delete=models.PROTECT, related_name="+")
    subject_key = KeyField(null=True)
    case = models.CharField(_("case"), max_length=120, default="", blank=True)
    reason = models.CharField(_("reason"), max_length=500)
    set_by = models.UUIDField()
    set_at = models.DateTimeField()
    lifted_by = models.UUIDField(null=True)
    lifted_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(agency__isnull=False)
                | models.Q(dataset__isnull=False)
                | models.Q(subject_key__isnull=False),
                name="ledger_hold_holds_something",
            ),
            models.CheckConstraint(
                condition=models.Q(lifted_at=None, lifted_by=None)
                | models.Q(lifted_at__isnull=False, lifted_by__isnull=False),
                name="ledger_lifted_holds_say_by_whom",
            ),
        ]

    def __str__(self) -> str:
        return self.case or str(self.id)


class PartitionDrop(models.Model):
    """One partition that retention dropped. The batches' roots stay; `digest` covers how many rows each one lost."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    partition = models.CharField(max_length=63, unique=True)
    begins_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    rows = models.PositiveBigIntegerField()
    digest = BytesField(max_length=32)
    article = models.CharField(max_length=40)  # the provision whose term was over
    dropped_at = models.DateTimeField()
    salt = BytesField(max_length=16)
    leaf = BytesField(max_length=32)

    class Meta:
        triggers: ClassVar = APPEND_ONLY

    def __str__(self) -> str:
        return self.partition


class DroppedRows(models.Model):
    """How many of a batch's rows went with a partition."""

    drop = models.ForeignKey(PartitionDrop, on_delete=models.PROTECT, related_name="lost")
    batch_id = models.UUIDField()
    rows = models.PositiveIntegerField()

    class Meta:
        verbose_name_plural = "dropped rows"
        indexes: ClassVar = [models.Index(fields=["batch_id"], name="ledger_dropped_of_batch")]
        triggers: ClassVar = APPEND_ONLY

    def __str__(self) -> str:
        return f"{self.batch_id} {self.rows}"
