"""What every call of the departments' API shares (to be filled: token, scope, actor, problems)."""

from rest_framework.authentication import BaseAuthentication
from rest_framework.permissions import BasePermission


class ClientAuthentication(BaseAuthentication):
    pass


class HasScope(BasePermission):
    pass
