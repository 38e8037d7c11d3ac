"""The base of every admin class: read-only, open to the named kinds of staff, closed to everybody else.

Lists and pages show what row-level security lets their reader see; buttons call actions.
"""

from typing import Any, ClassVar

from django.db import models
from django.http import Http404, HttpRequest
from unfold.admin import ModelAdmin

from portal.accounts.models import User, UserKind


class StaffAdmin(ModelAdmin):  # type: ignore[misc]  # untyped in unfold
    """`kinds` may look; nobody adds, changes or deletes but through an action."""

    kinds: ClassVar[tuple[UserKind, ...]] = ()
    actions: ClassVar[Any] = ()

    def _may_look(self, request: HttpRequest) -> bool:
        user = request.user
        return isinstance(user, User) and user.is_active and user.is_staff and user.kind in self.kinds

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Any:
        """What is not there for this reader is 404, as everywhere; the admin would lead them to its first page."""
        row = super().get_object(request, object_id, from_field)
        if row is None:
            raise Http404
        return row

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self._may_look(request)

    def has_view_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return self._may_look(request)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return False
