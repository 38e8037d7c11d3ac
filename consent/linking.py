"""Consent in the middle of a service: who may be sent here, for which purposes, and what the service is told after.

A link asks; it never answers. Whoever leaves without deciding has decided nothing, and the service is told so.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit
from uuid import UUID

from django.conf import settings
from django.core import signing
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.crypto import constant_time_compare, salted_hmac

from consent import actions, policy, queries
from consent.errors import (
    AddressNotRegistered,
    AddressTaken,
    AddressUnusable,
    AllValid,
    LacksCapacity,
    LinkOfAnother,
    LinkOver,
    LinkUnknown,
    MayNotAct,
    NotAskable,
)
from consent.models import Consent, ConsentLink, Kind, Purpose, ReturnAddress
from consent.states import STANDING, ConsentState, PurposeState
from portal.accounts import queries as accounts
from portal.catalogue import queries as catalogue
from portal.law import queries as law
from portal.representation import queries as representation
from portal.trail import actions as trail
from portal.trail import keys
from portal.trail.actor import Actor, acting_as
from portal.trail.canonical import plain
from portal.trail.errors import Refusal

SALT: Final = "consent.link"
RESULT_LIFE: Final = timedelta(minutes=5)
LOOPBACK: Final = ("localhost", "127.0.0.1", "[::1]")


@dataclass(frozen=True)
class Wanted:
    """What a service asks for, in codes. `subject` signs in; `on_behalf_of`, if any, is whose data it is about."""

    subject: str
    purposes: Sequence[str]
    return_url: str
    state: str = ""
    on_behalf_of: str | None = None


@dataclass(frozen=True)
class Made:
    """A link with its token, which is told this once; `left_out` are the purposes that stand already."""

    link: ConsentLink
    token: str
    asks: list[str]
    left_out: list[str]


# ------------------------------------------------------------------ asked by a service
@transaction.atomic
def make_link(wanted: Wanted, *, actor: Actor, at: datetime) -> Made:
    """A one-time way for one person to decide on what the service lacks.

    Raises AddressNotRegistered, UnknownSubject, UnknownPurpose, NotAskable, LacksCapacity, MayNotAct, AllValid,
    CoolingDown, NotPermitted. Nothing is then asked of anybody.
    """
    agency = policy.deciding_agency(actor)
    if not ReturnAddress.objects.filter(agency=agency, url=wanted.return_url, ended_at=None).exists():
        raise AddressNotRegistered
    holder, subject = _people(wanted, agency)
    purposes = [_in_force(code, actor) for code in dict.fromkeys(wanted.purposes)]
    _require_capacity(holder, subject, purposes, agency=agency, at=at)
    lacking, left_out = _sorted(subject, purposes, at=at)
    if not lacking:
        raise AllValid
    link = ConsentLink(
        agency_id=agency,
        client=actor.client_id or "",
        subject_key=subject,
        holder_key=holder,
        consents=[_question(subject, purpose, actor=actor, at=at) for purpose in lacking],
        return_url=wanted.return_url,
        state=wanted.state,
        made_at=at,
        expires_at=at + policy.LINKS_LAST,
    )
    link.save(force_insert=True)
    asks = [purpose.code for purpose in lacking]
    trail.record("consent.link.made", actor=actor, at=at, about=link, subject=subject, agency=agency, purposes=asks)
    return Made(link, _token(link), asks, [purpose.code for purpose in left_out])


def _people(wanted: Wanted, agency: UUID) -> tuple[bytes, bytes]:
    """Who signs in, and whose data it is."""
    holder = accounts.subject_key_of(wanted.subject, agency_id=agency)
    if wanted.on_behalf_of is None:
        return holder, holder
    return holder, accounts.subject_key_of(wanted.on_behalf_of, agency_id=agency)


def _in_force(code: str, actor: Actor) -> Purpose:
    purpose = queries.purpose(code)
    policy.require(actor, "consent.ask", purpose)
    if purpose.state != PurposeState.APPROVED:
        raise NotAskable
    return purpose


def _require_capacity(
    holder: bytes, subject: bytes, purposes: Sequence[Purpose], *, agency: UUID, at: datetime
) -> None:
    """Who decides: the person, if they can; else whoever represents them, as far as that goes."""
    if holder != subject:
        if not representation.may_consent_for(holder, subject, agency):
            raise MayNotAct
        return
    if any(purpose.kind == Kind.GUARDIAN for purpose in purposes) or representation.is_under_guardianship(subject):
        raise LacksCapacity
    with acting_as(replace(Actor.gate(), subject_key=subject)):  # who reads one person's number, and nothing else
        born_on = accounts.identity_of(subject).born_on
    if law.age(born_on, timezone.localdate(at)) < law.jurisdiction().ages.guardian_below:
        raise LacksCapacity


def _sorted(subject: bytes, purposes: Sequence[Purpose], *, at: datetime) -> tuple[list[Purpose], list[Purpose]]:
    """The purposes that are lacking, and those that the person has decided to allow already (paused ones too)."""
    rows = Consent.objects.filter(subject_key=subject, purpose__in=purposes, state__in=STANDING, valid_until__gt=at)
    standing = set(rows.values_list("purpose_id", flat=True))
    lacking = [purpose for purpose in purposes if purpose.pk not in standing]
    return lacking, [purpose for purpose in purposes if purpose.pk in standing]


def _question(subject: bytes, purpose: Purpose, *, actor: Actor, at: datetime) -> UUID:
    """The question that waits for an answer already, or a new one."""
    notice = queries.current_notice(purpose.pk)
    waiting = Consent.objects.filter(
        subject_key=subject, purpose=purpose, notice=notice, state=ConsentState.REQUESTED, answer_by__gt=at
    ).first()
    return waiting.id if waiting else actions.ask(subject, purpose, actor=actor, at=at, in_service=True).id


# ------------------------------------------------------------------ the token in the address
def _mark(link_id: UUID, holder_key: bytes) -> str:
    """Says of a link for whom it is, to whoever is that person and to nobody else."""
    return salted_hmac(SALT, link_id.hex + holder_key.hex(), algorithm="sha256").hexdigest()[:32]


def _token(link: ConsentLink) -> str:
    return signing.dumps([link.id.hex, _mark(link.id, link.holder_key)], salt=SALT)


def opened(token: str, *, own_key: bytes, at: datetime) -> ConsentLink:
    """The link behind a token, for the person who signed in with `own_key`.

    Raises LinkUnknown, LinkOfAnother (who learns nothing of it), LinkOver.
    """
    try:
        identifier, mark = signing.loads(token, salt=SALT)
        link_id = UUID(hex=identifier)
    except (signing.BadSignature, TypeError, ValueError) as error:
        raise LinkUnknown from error
    if not constant_time_compare(mark, _mark(link_id, own_key)):
        raise LinkOfAnother
    link = ConsentLink.objects.select_related("agency").filter(pk=link_id).first()
    if link is None:
        raise LinkUnknown
    if link.used_at is not None or link.expires_at <= at:
        raise LinkOver
    return link


def questions(link: ConsentLink) -> list[Consent]:
    """What the link asks, in its order, as it stands now; for whoever acts for its person."""
    rows = Consent.objects.filter(subject_key=link.subject_key, id__in=link.consents)
    found = {consent.id: consent for consent in rows.select_related("purpose__agency", "notice")}
    return [found[identifier] for identifier in link.consents if identifier in found]


@transaction.atomic
def note_refusal(refusal: Refusal, *, actor: Actor, at: datetime) -> None:
    """A link that was used twice, too late or by another leaves a line in the trail of whoever tried."""
    trail.record("consent.link.refused", actor=actor, at=at, subject=actor.subject_key, code=refusal.code)


# ------------------------------------------------------------------ back to the service
@transaction.atomic
def go_back(link: ConsentLink, *, actor: Actor, at: datetime) -> str:
    """Use the link up; the address to go to, with the service's `state` and a signed result. Raises LinkOver."""
    held = ConsentLink.objects.select_for_update(of=("self",)).select_related("agency").get(pk=link.pk)
    if held.used_at is not None or held.expires_at <= at:
        raise LinkOver
    held.used_at = at
    held.save(update_fields=["used_at"])
    trail.record("consent.link.used", actor=actor, at=at, about=held, subject=held.subject_key, agency=held.agency_id)
    parts = urlsplit(held.return_url)
    query = [*parse_qsl(parts.query, keep_blank_values=True), ("state", held.state), ("result", _result(held, at=at))]
    return urlunsplit(parts._replace(query=urlencode(query)))


def _result(link: ConsentLink, *, at: datetime) -> str:
    """What came of each question, signed for the system that asked: `sub` is its own key of the person."""
    facts = {
        "iss": settings.SITE_URL,
        "aud": link.client,
        "sub": accounts.pairwise_key(link.subject_key, agency_id=link.agency_id),
        "jti": link.id,
        "iat": int(at.timestamp()),
        "exp": int((at + RESULT_LIFE).timestamp()),
        "state": link.state,
        "results": [_outcome(consent) for consent in questions(link)],
    }
    return keys.sign(plain(facts), use="decisions")


def _outcome(consent: Consent) -> dict[str, Any]:
    names = {wish.item_id: wish.item.code for wish in queries.items_of(consent.purpose_id)}
    is_open = consent.state == ConsentState.REQUESTED
    return {
        "purpose": consent.purpose.code,
        "consent": consent.id,
        "outcome": "undecided" if is_open else consent.state,
        "items": [names[item] for item in consent.items if item in names],
        "notice_version": consent.notice.version,
        "valid_until": consent.valid_until,
    }


# ------------------------------------------------------------------ return addresses
@transaction.atomic
def register_address(agency_id: UUID, *, url: str, actor: Actor, at: datetime) -> ReturnAddress:
    """Let an agency's services have people sent back to `url`. Raises AddressUnusable, AddressTaken, NotPermitted."""
    policy.require(actor, "consent.keep_addresses", agency_id)
    row = ReturnAddress(agency_id=agency_id, url=_usable(url), registered_by=policy.signature(actor), registered_at=at)
    try:
        with transaction.atomic():
            row.save(force_insert=True)
    except IntegrityError as error:
        raise AddressTaken from error
    trail.record("consent.return_address.registered", actor=actor, at=at, about=row, agency=agency_id, url=row.url)
    return row


@transaction.atomic
def end_address(row: ReturnAddress, *, actor: Actor, at: datetime) -> None:
    """Take no new link that leads there."""
    policy.require(actor, "consent.keep_addresses", row.agency_id)
    row.ended_at = at
    row.save(update_fields=["ended_at"])
    trail.record("consent.return_address.ended", actor=actor, at=at, about=row, agency=row.agency_id)


def _usable(url: str) -> str:
    url = url.strip()
    try:
        parts = urlsplit(url)
        parts.port  # noqa: B018  # raises where it is none
    except ValueError as error:
        raise AddressUnusable from error
    is_local = settings.PORTAL_DEMO and parts.scheme == "http" and parts.hostname in LOOPBACK
    whole = parts.hostname and not (parts.fragment or "#" in url or parts.username or parts.password)
    if not whole or not (parts.scheme == "https" or is_local) or not url.isascii() or not url.isprintable():
        raise AddressUnusable
    if len(url) > 500 or " " in url:
        raise AddressUnusable
    return url


def addresses_of(agency_id: UUID) -> Any:
    """An agency's return addresses, the newest first."""
    return ReturnAddress.objects.filter(agency=agency_id).select_related("agency").order_by("-registered_at")


def agency_name(link: ConsentLink) -> str:
    """The name of whose service sent the person here, in the reader's language."""
    return catalogue.names_of_agencies([link.agency_id]).get(link.agency_id, "")
