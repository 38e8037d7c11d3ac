"""Accounts in the admin: staff and scopes for the operator, systems and endpoints for an agency's administrator."""

from portal.accounts.admin.clients import AgencyScopesAdmin, ApiClientAdmin
from portal.accounts.admin.endpoints import EndpointAdmin
from portal.accounts.admin.people import UserAdmin

__all__ = ["AgencyScopesAdmin", "ApiClientAdmin", "EndpointAdmin", "UserAdmin"]
