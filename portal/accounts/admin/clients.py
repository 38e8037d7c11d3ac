"""Departmental systems, and what agencies were granted."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, ClassVar
from uuid import UUID

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from portal.accounts import clients, policy
from portal.accounts.admin.kept import KeptAdmin, Step, Text
from portal.accounts.forms import (
    SCOPES,
    GrantForm,
    KeysForm,
    NetworksForm,
    NewClientForm,
    NewGrantForm,
    OverlapForm,
    ScopesForm,
)
from portal.accounts.models import AgencyScopes, ApiClient, ClerkRole, UserKind
from portal.trail.actor import Actor, current


def _works(client: ApiClient) -> bool:
    return client.revoked_at is None


def _has_secret(client: ApiClient) -> bool:
    return _works(client) and not client.jwks


def _overlaps(client: ApiClient) -> bool:
    return _works(client) and client.has_former_secret(timezone.now())


def make_own(*, actor: Actor, at: datetime, **given: Any) -> tuple[ApiClient, str]:
    """A system of the actor's own agency."""
    agency_id = actor.agency_id or UUID(int=0)  # never by may_make
    return clients.create(agency_id, actor=actor, at=at, **given)


def grant(*, agency_id: UUID, scopes: str, actor: Actor, at: datetime) -> AgencyScopes:
    clients.grant_scopes(agency_id, scopes=scopes, actor=actor, at=at)
    return AgencyScopes.objects.get(pk=agency_id)


def grant_anew(row: AgencyScopes, *, scopes: str, actor: Actor, at: datetime) -> None:
    clients.grant_scopes(row.agency_id, scopes=scopes, actor=actor, at=at)


class ApiClientAdmin(KeptAdmin):
    """Registered by settings.OAUTH2_PROVIDER. The operator keeps all, an administrator their own agency's."""

    kinds = (UserKind.OPERATOR, UserKind.CLERK)
    roles = (ClerkRole.ADMINISTRATOR,)
    list_display: ClassVar = ("name", "agency", "client_id", "scopes", "created", "revoked_at")
    list_select_related: ClassVar = ("agency",)
    search_fields: ClassVar = ("name", "client_id")
    ordering = ("agency__code", "-created")
    new = Step(_("Register a system"), _("Registered."), make_own, NewClientForm)
    steps: ClassVar[Mapping[str, Step]] = {
        "rotate": Step(
            _("New secret"), _("The system has a new secret."), clients.rotate_secret, OverlapForm, possible=_has_secret
        ),
        "keys": Step(_("Set public keys"), _("The keys are set."), clients.set_keys, KeysForm, possible=_works),
        "drop": Step(
            _("End the former secret now"), _("The former secret is worth nothing."), clients.drop_former_secret,
            possible=_overlaps,
        ),
        "networks": Step(
            _("Set networks"), _("The networks are set."), clients.set_networks, NetworksForm, possible=_works
        ),
        "scopes": Step(_("Set scopes"), _("The scopes are set."), clients.set_scopes, ScopesForm, possible=_works),
        "revoke": Step(_("Revoke for good"), _("Revoked."), clients.revoke, possible=_works),
    }  # fmt: skip

    def may_make(self, request: HttpRequest) -> bool:
        return super().may_make(request) and current().agency_id is not None

    def get_queryset(self, request: HttpRequest) -> QuerySet[ApiClient]:
        """A clerk's own agency's, said here too: row-level security is the second wall."""
        rows: QuerySet[ApiClient] = super().get_queryset(request).select_related("agency")
        actor = current()
        return rows if actor.kind in policy.OPERATORS else rows.filter(agency_id=actor.agency_id)

    def facts(self, row: ApiClient) -> Sequence[tuple[Text, Any]]:
        proof = _("by its keys: %(names)s") % {"names": _names(row)} if row.jwks else _("by its secret")
        until = row.former_secret_until if row.has_former_secret(timezone.now()) else None
        return [
            (_("agency"), row.agency),
            (_("client id"), row.client_id),
            (_("scopes"), ", ".join(str(SCOPES.get(scope, scope)) for scope in row.scopes.split())),
            (_("proves itself"), proof),
            (_("former secret works until"), until),
            (_("networks it may call from"), ", ".join(row.networks) or _("anywhere")),
            (_("registered"), row.created),
            (_("revoked"), row.revoked_at),
        ]


def _names(row: ApiClient) -> str:
    return ", ".join(f"{jwk['kid']} ({jwk['alg']})" for jwk in (row.jwks or {"keys": []})["keys"])


@admin.register(AgencyScopes)
class AgencyScopesAdmin(KeptAdmin):
    """What the operator granted each agency."""

    kinds = (UserKind.OPERATOR,)
    list_display: ClassVar = ("agency", "scopes")
    list_select_related: ClassVar = ("agency",)
    ordering = ("agency__code",)
    new = Step(_("Grant scopes to an agency"), _("Granted."), grant, NewGrantForm)
    steps: ClassVar[Mapping[str, Step]] = {
        "grant": Step(_("Change what is granted"), _("Granted."), grant_anew, GrantForm),
    }

    def get_queryset(self, request: HttpRequest) -> QuerySet[AgencyScopes]:
        rows: QuerySet[AgencyScopes] = super().get_queryset(request)
        return rows.select_related("agency")

    def facts(self, row: AgencyScopes) -> Sequence[tuple[Text, Any]]:
        return [
            (_("agency"), row.agency),
            (_("scopes"), ", ".join(str(SCOPES.get(scope, scope)) for scope in row.scopes.split())),
        ]
