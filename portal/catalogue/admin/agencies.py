"""Agencies and systems in the staff's admin, to be read."""

from django.contrib import admin

from portal.accounts.staff_admin import StaffAdmin
from portal.catalogue.admin.deciding import READERS
from portal.catalogue.models import Agency, System


@admin.register(Agency)
class AgencyAdmin(StaffAdmin):
    kinds = READERS
    list_display = ("code", "name_zh", "name_en", "kind", "level", "channel", "reports_sharing", "active")
    list_filter = ("kind", "level", "channel", "reports_sharing", "active")
    search_fields = ("code", "name_zh", "name_en")
    ordering = ("code",)


@admin.register(System)
class SystemAdmin(StaffAdmin):
    kinds = READERS
    list_display = ("code", "name_zh", "name_en", "agency", "status", "contractor")
    list_filter = ("status",)
    list_select_related = ("agency",)
    search_fields = ("code", "name_zh", "name_en", "agency__name_zh", "agency__name_en")
    ordering = ("code",)
