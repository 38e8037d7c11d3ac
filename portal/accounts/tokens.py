"""Who calls the API, by their token. Apart from api.py: DRF's views import what the settings name."""

from typing import TYPE_CHECKING, Any

from django.http import HttpRequest
from oauth2_provider.models import AccessToken
from oauth2_provider.oauth2_backends import get_oauthlib_core
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from portal.accounts import callers
from portal.accounts.errors import ForeignNetwork
from portal.accounts.models import ApiClient
from portal.trail.actor import Actor, become

if TYPE_CHECKING:
    from rest_framework.views import APIView


class ClientAuthentication(BaseAuthentication):
    """A bearer token of /oauth/token (RFC 6750); from here on the transaction's actor is the calling system."""

    def authenticate(self, request: Request) -> tuple[None, Any]:
        plain: HttpRequest = request._request
        valid, checked = get_oauthlib_core().verify_request(plain, scopes=[])
        client = checked.client if valid else None
        if not isinstance(client, ApiClient) or client.agency_id is None:
            raise AuthenticationFailed
        if not callers.may_call(client.networks, plain.META):
            raise ForeignNetwork
        become(Actor.client(client.client_id, client.agency_id))
        return None, checked.access_token

    def authenticate_header(self, request: Request) -> str:
        return 'Bearer realm="my-data-rights"'


class HasScope(BasePermission):
    """The token must carry the scope that the view names for the method; a view that names none is closed."""

    def has_permission(self, request: Request, view: "APIView") -> bool:
        scope = getattr(view, "required_scope", None)
        return bool(scope) and isinstance(request.auth, AccessToken) and request.auth.is_valid([scope])
