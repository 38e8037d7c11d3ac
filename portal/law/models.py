"""Days that the catalogue authority set by hand: for years that no library knows yet, and for local exceptions."""

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from portal.trail.ids import new_id


class DayOverride(models.Model):
    """One day that is, or is not, a working day in a jurisdiction, whatever the library says."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    jurisdiction = models.CharField(_("jurisdiction"), max_length=20)
    day = models.DateField(_("day"))
    working = models.BooleanField(_("working day"))
    note = models.CharField(_("note"), max_length=200, blank=True)
    source = models.CharField(_("source"), max_length=300, help_text=_("The notice that says so, with its number."))
    set_at = models.DateTimeField(_("set at"), editable=False)

    class Meta:
        verbose_name = _("day set by hand")
        verbose_name_plural = _("days set by hand")
        ordering: ClassVar = ["jurisdiction", "day"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["jurisdiction", "day"], name="law_a_day_is_set_once"),
            models.CheckConstraint(condition=~models.Q(source=""), name="law_a_set_day_names_its_source"),
        ]

    def __str__(self) -> str:
        return f"{self.jurisdiction} {self.day.isoformat()}"
