"""What is counted of everybody's cases: exact figures for the regulator, protected ones for the public. No persons."""

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models

LONGEST = 60  # days; the last place of `days` counts all that took longer


class Answering(models.Model):
    """How one agency answered the parts of one kind that were filed in one month."""

    month = models.DateField()  # its first day, in the site's time zone
    agency = models.ForeignKey("catalogue.Agency", on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=30)  # rights.models.Kind
    in_time = models.PositiveIntegerField(default=0)
    late = models.PositiveIntegerField(default=0)
    overdue = models.PositiveIntegerField(default=0)  # open, and past its day
    running = models.PositiveIntegerField(default=0)  # open, and not past it
    refused = models.JSONField(default=dict)  # ground of the law -> how often
    days = ArrayField(models.PositiveIntegerField())  # place n: answered after n whole days

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["month", "agency", "kind"], name="oversight_counted_once"),
            models.CheckConstraint(
                condition=models.Q(days__len=LONGEST + 2), name="oversight_days_have_a_place_for_each_day"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.month:%Y-%m} {self.agency_id} {self.kind}"


class Publication(models.Model):
    """A figure as everybody may see it, small counts withheld before it is stored."""

    name = models.SlugField(primary_key=True, max_length=40)
    counted_at = models.DateTimeField()
    content = models.JSONField()

    def __str__(self) -> str:
        return self.name
