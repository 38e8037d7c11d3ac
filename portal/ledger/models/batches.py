"""Each ingest call is a batch, and each batch a leaf of the tree; and the public figures drawn from batches."""

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from portal.trail.append_only import APPEND_ONLY
from portal.trail.fields import BytesField
from portal.trail.ids import new_id


class BatchKind(models.TextChoices):
    EVENTS = "events", _("sharing events")
    HOLDINGS = "holdings", _("holdings")
    NOTES = "notes", _("notes")


class Batch(models.Model):
    """What one call reported and what became of it; `root` is the Merkle root of its accepted rows' leaves."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    kind = models.CharField(max_length=10, choices=BatchKind.choices)
    agency = models.ForeignKey(
        "catalogue.Agency", null=True, on_delete=models.PROTECT, related_name="+"
    )  # null: portal
    client = models.CharField(max_length=100, default="", blank=True)
    received_at = models.DateTimeField()
    size = models.PositiveIntegerField()
    accepted = models.PositiveIntegerField()
    duplicates = models.PositiveIntegerField()
    rejected = models.JSONField(default=list)  # [{index, pointer, code, detail}], never a person's data
    root = BytesField(max_length=32)
    salt = BytesField(max_length=16)
    leaf = BytesField(max_length=32)

    class Meta:
        verbose_name_plural = "batches"
        indexes: ClassVar = [models.Index(fields=["agency", "-received_at"], name="ledger_batches_of_agency")]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(size__gte=models.F("accepted") + models.F("duplicates")),
                name="ledger_batch_counts_each_row_once",
            ),
        ]
        triggers: ClassVar = APPEND_ONLY

    def __str__(self) -> str:
        return f"{self.kind} {self.id}"


class PublicFlow(models.Model):
    """How often one agency shared with one recipient in a month, for everybody to see: counts, no persons."""

    month = models.DateField()  # its first day, in the site's time zone
    provider = models.ForeignKey("catalogue.Agency", on_delete=models.PROTECT, related_name="+")
    recipient = models.ForeignKey("catalogue.Agency", null=True, on_delete=models.PROTECT, related_name="+")
    sent = models.PositiveBigIntegerField(default=0)
    denied = models.PositiveBigIntegerField(default=0)
    uncovered = models.PositiveBigIntegerField(default=0)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["month", "provider", "recipient"], nulls_distinct=False, name="ledger_one_flow_a_month"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.month:%Y-%m} {self.provider_id} {self.recipient_id}"


class ReportingMonth(models.Model):
    """What an agency reported in a month, and how late: seconds from the sharing to its report."""

    month = models.DateField()  # its first day, in the site's time zone, of the report
    agency = models.ForeignKey("catalogue.Agency", on_delete=models.PROTECT, related_name="+")
    events = models.PositiveBigIntegerField()
    last_at = models.DateTimeField()
    lag_total = models.PositiveBigIntegerField()
    lag_most = models.PositiveBigIntegerField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["month", "agency"], name="ledger_one_reporting_month"),
            models.CheckConstraint(condition=models.Q(events__gt=0), name="ledger_reporting_month_has_events"),
        ]

    def __str__(self) -> str:
        return f"{self.month:%Y-%m} {self.agency_id}"


class StatedCount(models.Model):
    """How often an agency says it shared in a month, by its own books. The newest statement of a month holds."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    agency = models.ForeignKey("catalogue.Agency", on_delete=models.PROTECT, related_name="+")
    month = models.DateField()  # its first day, in the site's time zone
    sent = models.PositiveBigIntegerField()
    denied = models.PositiveBigIntegerField()
    stated_at = models.DateTimeField()

    class Meta:
        indexes: ClassVar = [models.Index(fields=["agency", "-month", "-id"], name="ledger_counts_of_agency")]
        constraints: ClassVar = [
            models.CheckConstraint(condition=models.Q(month__day=1), name="ledger_stated_months_begin_on_the_first"),
        ]
        triggers: ClassVar = APPEND_ONLY

    def __str__(self) -> str:
        return f"{self.month:%Y-%m} {self.agency_id}"
