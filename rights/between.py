"""What goes up above an agency, and what passes between agencies."""

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from portal.trail.append_only import APPEND_ONLY
from portal.trail.fields import KeyField
from portal.trail.ids import new_id


class Rung(models.TextChoices):
    """Who is told that a part is late: first the agency's head, then the regulator."""

    HEAD = "head", _("the head of the agency")
    REGULATOR = "regulator", _("the regulator")


class Escalation(models.Model):
    """A late part went up one rung; once a rung and deadline, however often the watch runs."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    part = models.ForeignKey("rights.Part", on_delete=models.PROTECT, related_name="escalations")
    agency_id = models.UUIDField()
    subject_key = KeyField()
    rung = models.CharField(max_length=10, choices=Rung)
    due_at = models.DateTimeField()  # the deadline that was missed
    at = models.DateTimeField()

    class Meta:
        triggers: ClassVar = APPEND_ONLY
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["part", "rung", "due_at"], name="rights_escalated_once"),
        ]
