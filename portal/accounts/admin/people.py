from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from portal.accounts import actions
from portal.accounts.admin.kept import KeptAdmin, Step, Text
from portal.accounts.forms import RoleForm
from portal.accounts.models import User, UserKind


def _is_clerk(user: User) -> bool:
    return user.kind == UserKind.CLERK


@admin.register(User)
class UserAdmin(KeptAdmin):
    """Staff, for the operator. Citizens are left out: they are nobody's list."""

    kinds = (UserKind.OPERATOR,)
    list_display: ClassVar = ("username", "kind", "agency", "role", "is_active", "last_login")
    list_filter: ClassVar = ("kind", "role", "is_active")
    search_fields: ClassVar = ("username",)
    list_select_related: ClassVar = ("agency",)
    steps: ClassVar[Mapping[str, Step]] = {
        "role": Step(_("Set the role"), _("The role is set."), actions.set_role, RoleForm, possible=_is_clerk),
    }

    def get_queryset(self, request):  # type: ignore[no-untyped-def]  # unfold's base has no types
        return super().get_queryset(request).exclude(kind=UserKind.CITIZEN)

    def facts(self, row: User) -> Sequence[tuple[Text, Any]]:
        named = [*("username", "agency", "is_active", "last_login", "date_joined")]
        label = {name: User._meta.get_field(name).verbose_name for name in (*named, "kind", "role")}  # type: ignore[union-attr]  # plain fields
        role = [(label["role"], row.get_role_display())] if _is_clerk(row) else []
        return [(label["kind"], row.get_kind_display()), *role, *((label[name], getattr(row, name)) for name in named)]
