"""The calendar in the admin: the catalogue authority sets days, and nothing is ever deleted."""

from typing import Any, ClassVar

from django.contrib import admin
from django.http import HttpRequest
from django.utils import timezone
from unfold.admin import ModelAdmin

from portal.law import actions, policy
from portal.law.forms import DayForm
from portal.law.models import DayOverride
from portal.trail import actor


@admin.register(DayOverride)
class DayOverrideAdmin(ModelAdmin):  # type: ignore[misc]  # unfold has no annotations
    """Lists the days set by hand; saving calls the action, which checks and writes the trail."""

    form = DayForm
    list_display: ClassVar = ["day", "jurisdiction", "working", "note", "source"]
    list_filter: ClassVar = ["jurisdiction", "working"]
    date_hierarchy = "day"
    fields: ClassVar = ["jurisdiction", "day", "working", "source", "note"]

    def get_readonly_fields(self, request: HttpRequest, obj: DayOverride | None = None) -> list[str]:
        """A day once set keeps its date and jurisdiction: another day is another row."""
        return ["jurisdiction", "day"] if obj else []

    def has_module_permission(self, request: HttpRequest) -> bool:
        return _may_set_days()

    def has_view_permission(self, request: HttpRequest, obj: DayOverride | None = None) -> bool:
        return _may_set_days()

    def has_add_permission(self, request: HttpRequest) -> bool:
        return _may_set_days()

    def has_change_permission(self, request: HttpRequest, obj: DayOverride | None = None) -> bool:
        return _may_set_days()

    def has_delete_permission(self, request: HttpRequest, obj: DayOverride | None = None) -> bool:
        return False

    def save_model(self, request: HttpRequest, obj: DayOverride, form: Any, change: bool) -> None:
        """Let the action write; the form only carried the values."""
        wanted: dict[str, Any] = {"working": obj.working, "source": obj.source, "note": obj.note}
        stored = actions.set_day(obj.jurisdiction, obj.day, **wanted, actor=actor.current(), at=timezone.now())
        obj.pk, obj.set_at = stored.pk, stored.set_at


def _may_set_days() -> bool:
    return policy.permits(actor.current(), "law.set_day")
