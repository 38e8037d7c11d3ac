"""Of which sharing a person wants to be told."""

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models

from portal.ledger.models.events import Depth
from portal.trail.fields import KeyField


class AlertChoice(models.Model):
    """What a person wants to hear of; without a row the defaults hold. When mail goes out is the inbox's business."""

    subject_key = KeyField(primary_key=True)
    new_recipient = models.BooleanField(default=True)  # somebody gets data about them for the first time
    sensitive = models.BooleanField(default=True)  # of datasets that are sensitive by law
    flagged = models.BooleanField(default=True)  # what is unlawful on its face
    depths = ArrayField(models.CharField(max_length=16), default=list, blank=True)
    agencies = ArrayField(models.UUIDField(), default=list, blank=True)  # as provider or recipient
    purpose = models.CharField(max_length=100, default="", blank=True)  # words within the stated purpose
    changed_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(depths__contained_by=Depth.values), name="ledger_alert_depths_are_known"
            ),
        ]

    def __str__(self) -> str:
        return "alerts"
