from typing import ClassVar

from django.contrib import admin

from portal.accounts.models import User, UserKind
from portal.accounts.staff_admin import StaffAdmin


@admin.register(User)
class UserAdmin(StaffAdmin):
    """Staff, for the operator. Citizens are left out: they are nobody's list."""

    kinds = (UserKind.OPERATOR,)
    list_display: ClassVar = ("username", "kind", "agency", "is_active", "last_login")
    list_filter: ClassVar = ("kind", "is_active")
    search_fields: ClassVar = ("username",)
    list_select_related: ClassVar = ("agency",)
    fields: ClassVar = ("username", "kind", "agency", "language", "is_active", "last_login", "date_joined")

    def get_queryset(self, request):  # type: ignore[no-untyped-def]  # unfold's base has no types
        return super().get_queryset(request).exclude(kind=UserKind.CITIZEN)


class ApiClientAdmin(StaffAdmin):
    """Departmental systems and their scopes, for the operator (registered by settings.OAUTH2_PROVIDER)."""

    kinds = (UserKind.OPERATOR,)
    list_display: ClassVar = ("name", "agency", "client_id", "scopes", "created")
    list_select_related: ClassVar = ("agency",)
    fields: ClassVar = ("name", "agency", "client_id", "scopes", "created")
