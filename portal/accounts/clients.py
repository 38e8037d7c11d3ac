"""Every change to departmental systems: made, given new secrets or keys, revoked; by their agency's administrator."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from ipaddress import ip_network
from secrets import token_urlsafe
from typing import Any, Final
from uuid import UUID

from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.db import transaction
from oauth2_provider.models import AccessToken

from portal.accounts import assertions, policy
from portal.accounts.errors import NetworkRefused, ProvesItselfByKeys, Revoked, ScopeNotGranted, UnknownScope
from portal.accounts.models import AgencyScopes, ApiClient
from portal.trail import actions as trail
from portal.trail.actor import Actor
from portal.trail.errors import NotFound

OVERLAP: Final = timedelta(days=7)  # how long a former secret works on, unless somebody says otherwise
MOST_NETWORKS: Final = 50


@transaction.atomic
def create(
    agency_id: UUID, name: str, scopes: str, *, actor: Actor, at: datetime, secret: str | None = None, jwks: str = "",
    networks: Iterable[str] = (),
) -> tuple[ApiClient, str]:  # fmt: skip
    """A departmental system that may call in its agency's name, and its secret, which is told this once.

    One that brings public keys (`jwks`) has no secret. `scopes` are separated by spaces. The operator grants the
    agency what it gives the system; an administrator gives no more than was granted. Raises UnknownScope,
    ScopeNotGranted, KeysRefused, NetworkRefused.
    """
    policy.require(actor, "accounts.keep_clients", agency_id)
    wanted = _known_scopes(scopes)
    granted = _granted(agency_id)
    if actor.kind not in policy.OPERATORS and not wanted <= granted:
        raise ScopeNotGranted(field="scopes")
    keys = assertions.checked_keys(jwks) if jwks else None
    secret = "" if keys else secret or token_urlsafe(40)
    client = ApiClient(
        name=name,
        agency_id=agency_id,
        scopes=scopes,
        client_type=ApiClient.CLIENT_CONFIDENTIAL,
        authorization_grant_type=ApiClient.GRANT_CLIENT_CREDENTIALS,
        client_secret=secret or make_password(None),
        hash_client_secret=not keys,
        jwks=keys,
        networks=_checked_networks(networks),
    )
    client.save(force_insert=True)
    if not wanted <= granted:
        _set_granted(agency_id, granted | wanted)
    trail.record(
        "accounts.client.created", actor=actor, at=at, agency=agency_id, client=client.client_id, scopes=scopes
    )
    return client, secret


@transaction.atomic
def rotate_secret(client: ApiClient, *, actor: Actor, at: datetime, overlap: timedelta = OVERLAP) -> str:
    """A new secret, told this once; the one before it works on for `overlap`, the one before that no more."""
    client = _locked(client, actor)
    if client.jwks:
        raise ProvesItselfByKeys
    secret = token_urlsafe(40)
    client.former_secret, client.former_secret_until = client.client_secret, at + overlap
    client.client_secret = secret
    client.save(update_fields=["client_secret", "former_secret", "former_secret_until", "updated"])
    _record("accounts.client.secret_rotated", client, actor, at, until=client.former_secret_until)
    return secret


@transaction.atomic
def drop_former_secret(client: ApiClient, *, actor: Actor, at: datetime) -> None:
    """End the overlap now: the system uses its new secret or key, or the former one leaked."""
    client = _locked(client, actor)
    client.former_secret, client.former_secret_until = "", None
    client.save(update_fields=["former_secret", "former_secret_until", "updated"])
    _record("accounts.client.former_secret_dropped", client, actor, at)


@transaction.atomic
def set_keys(client: ApiClient, *, jwks: str, actor: Actor, at: datetime) -> None:
    """The public keys by which the system proves itself from now on; a secret that it had works on for OVERLAP."""
    keys = assertions.checked_keys(jwks)
    client = _locked(client, actor)
    if not client.jwks:
        client.former_secret, client.former_secret_until = client.client_secret, at + OVERLAP
        client.client_secret = make_password(None)  # nobody's
    client.jwks = keys
    client.save(update_fields=["jwks", "client_secret", "former_secret", "former_secret_until", "updated"])
    _record("accounts.client.keys_set", client, actor, at, keys=[key["kid"] for key in keys["keys"]])


@transaction.atomic
def set_networks(client: ApiClient, *, networks: Iterable[str], actor: Actor, at: datetime) -> None:
    """From which networks (CIDR) the system may call; none named: from anywhere. Tokens it has fall under it too."""
    found = _checked_networks(networks)
    client = _locked(client, actor)
    client.networks = found
    client.save(update_fields=["networks", "updated"])
    _record("accounts.client.networks_set", client, actor, at, networks=found)


@transaction.atomic
def set_scopes(client: ApiClient, *, scopes: str, actor: Actor, at: datetime) -> None:
    """What the system may ask for, within what its agency was granted. Its tokens end, so that none says more."""
    client = _locked(client, actor)
    if not _known_scopes(scopes) <= _granted(_agency_of(client)):
        raise ScopeNotGranted(field="scopes")
    client.scopes = scopes
    client.save(update_fields=["scopes", "updated"])
    _end_tokens(client)
    _record("accounts.client.scopes_set", client, actor, at, scopes=scopes)


@transaction.atomic
def revoke(client: ApiClient, *, actor: Actor, at: datetime) -> None:
    """The system gets no token any more, and those it has are worth nothing. Not undone: make a new one."""
    client = _locked(client, actor)
    client.revoked_at = at
    client.save(update_fields=["revoked_at", "updated"])
    _end_tokens(client)
    _record("accounts.client.revoked", client, actor, at)


@transaction.atomic
def grant_scopes(agency_id: UUID, *, scopes: str, actor: Actor, at: datetime) -> None:
    """What the agency's systems may be given. Those that have more lose it at once, with their tokens."""
    policy.require(actor, "accounts.grant_scopes", agency_id)
    granted = _known_scopes(scopes)
    _set_granted(agency_id, granted)
    for client in ApiClient.objects.select_for_update().filter(agency_id=agency_id, revoked_at=None):
        kept = [scope for scope in client.scopes.split() if scope in granted]
        if kept != client.scopes.split():
            client.scopes = " ".join(kept)
            client.save(update_fields=["scopes", "updated"])
            _end_tokens(client)
    trail.record("accounts.agency.scopes_granted", actor=actor, at=at, agency=agency_id, scopes=scopes)


# ------------------------------------------------------------------ what they share
def _locked(client: ApiClient, actor: Actor) -> ApiClient:
    """The row, locked; raises NotFound for another agency's, NotPermitted, and Revoked for one that is no more."""
    found: ApiClient | None = ApiClient.objects.select_for_update(of=("self",)).filter(pk=client.pk).first()
    if found is None:
        raise NotFound
    policy.require(actor, "accounts.keep_clients", found.agency_id)
    if found.revoked_at:
        raise Revoked
    return found


def _record(event: str, client: ApiClient, actor: Actor, at: datetime, **facts: Any) -> None:
    trail.record(event, actor=actor, at=at, agency=_agency_of(client), client=client.client_id, **facts)


def _agency_of(client: ApiClient) -> UUID:
    found: UUID = client.agency_id
    return found


def _end_tokens(client: ApiClient) -> None:
    AccessToken.objects.filter(application=client).delete()


def _known_scopes(scopes: str) -> set[str]:
    wanted = set(scopes.split())
    if unknown := wanted - set(settings.OAUTH2_PROVIDER["SCOPES"]):
        raise UnknownScope(field="scopes", code=f"unknown-scope {sorted(unknown)}")
    return wanted


def _granted(agency_id: UUID) -> set[str]:
    row = AgencyScopes.objects.filter(pk=agency_id).first()
    return set(row.scopes.split()) if row else set()


def _set_granted(agency_id: UUID, scopes: set[str]) -> None:
    AgencyScopes.objects.update_or_create(pk=agency_id, defaults={"scopes": " ".join(sorted(scopes))})


def _checked_networks(networks: Iterable[str]) -> list[str]:
    try:
        found = [str(ip_network(text.strip())) for text in networks if text.strip()]
    except ValueError as error:
        raise NetworkRefused(field="networks") from error
    if len(found) > MOST_NETWORKS:
        raise NetworkRefused(field="networks")
    return list(dict.fromkeys(found))
