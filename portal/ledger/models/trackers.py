"""Departments that keep their own log of use and answer for it (Estonia's Data Tracker protocol)."""

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from portal.trail.fields import BytesField
from portal.trail.ids import new_id


class Tracker(models.Model):
    """Where an agency's own log answers, and the token that shows it that it is we who ask. One in use an agency."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    agency = models.ForeignKey("catalogue.Agency", on_delete=models.PROTECT, related_name="trackers")
    url = models.URLField(_("address"), max_length=500)  # of the folder in which v2/findUsage lies
    token_sealed = BytesField()  # encrypted at rest; see portal.trail.vault
    registered_at = models.DateTimeField(_("registered"))
    ended_at = models.DateTimeField(_("switched off"), null=True)

    class Meta:
        verbose_name = _("log of its own")
        verbose_name_plural = _("logs of their own")
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["agency"], condition=models.Q(ended_at=None), name="ledger_one_tracker_in_use"
            ),
        ]

    def __str__(self) -> str:
        return self.url
