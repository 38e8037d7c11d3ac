"""Which dataset holds records about whom."""

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models

from portal.trail.append_only import APPEND_ONLY
from portal.trail.fields import BytesField, KeyField
from portal.trail.ids import new_id


class Holding(models.Model):
    """A dataset holds records about a subject, as last reported by its agency.

    `items` are codes of the dataset's items; none named means the dataset as a whole. `until` set means that the
    records are held no longer.
    """

    pk = models.CompositePrimaryKey("subject_key", "dataset_id")
    subject_key = KeyField()
    dataset = models.ForeignKey("catalogue.Dataset", on_delete=models.PROTECT, related_name="+", db_index=False)
    agency = models.ForeignKey("catalogue.Agency", on_delete=models.PROTECT, related_name="+", db_index=False)
    items = ArrayField(models.CharField(max_length=100), default=list, blank=True)
    since = models.DateField(null=True)
    until = models.DateField(null=True)
    updated_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(until=None) | models.Q(since=None) | models.Q(until__gte=models.F("since")),
                name="ledger_holding_ends_after_it_began",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.dataset_id}"


class HoldingChange(models.Model):
    """One reported state of a holding, kept for ever; the newest is the Holding itself."""

    pk = models.CompositePrimaryKey("subject_key", "id")
    subject_key = KeyField()
    id = models.UUIDField(default=new_id)
    dataset = models.ForeignKey(
        "catalogue.Dataset", on_delete=models.DO_NOTHING, related_name="+", db_constraint=False, db_index=False
    )
    agency = models.ForeignKey(
        "catalogue.Agency", on_delete=models.DO_NOTHING, related_name="+", db_constraint=False, db_index=False
    )
    items = ArrayField(models.CharField(max_length=100), default=list)
    since = models.DateField(null=True)
    until = models.DateField(null=True)
    recorded_at = models.DateTimeField()
    batch_id = models.UUIDField()
    salt = BytesField(max_length=16)
    leaf = BytesField(max_length=32)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["batch_id"], name="ledger_changes_of_batch")]
        triggers: ClassVar = APPEND_ONLY

    def __str__(self) -> str:
        return f"{self.id}"
