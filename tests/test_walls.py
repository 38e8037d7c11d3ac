"""Who gets in where: a line for every address of the site (walls round tables: tests/test_rows.py).

A new address fails here until it has its line. `ADDRESSES` names the route as the resolver tells it
(a line that ends in `*` covers what lies below it); `OBJECTS` makes a citizen's own thing for the routes that show
one, tried with every role by tests/test_objects.py.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from http.cookies import SimpleCookie
from typing import Any
from uuid import uuid4

import pytest
from django.apps import apps
from django.contrib.auth.models import AnonymousUser
from django.db import transaction
from django.test import Client
from django.urls import get_resolver
from django.utils import timezone

from portal.accounts.levels import Level
from portal.accounts.models import ClerkRole, User, UserKind
from portal.inbox import actions as inbox
from portal.trail.actor import Actor, acting_as
from rights.states import Outcome
from tests import people
from tests.consent import factories as consents
from tests.ledger import factories as ledger
from tests.representation import factories as representations
from tests.rights import factories as rights

pytestmark = pytest.mark.django_db
BACKEND = "django.contrib.auth.backends.ModelBackend"
STAFF = (UserKind.CLERK, UserKind.AUTHORITY, UserKind.REGULATOR, UserKind.OPERATOR)
OPERATOR = UserKind.OPERATOR
ADMINISTRATOR = ClerkRole.ADMINISTRATOR.value  # a clerk with more to do
READERS = (UserKind.CLERK, UserKind.AUTHORITY, UserKind.REGULATOR)


@dataclass(frozen=True)
class Open:
    """To whom an address is open: to all, to citizens, to systems with a scope, or to kinds of staff."""

    to: str
    scope: str = ""
    kinds: tuple[str, ...] = ()
    method: str = "get"


EVERYBODY = Open("everybody")
ALIKE = Open("alike")  # the same for all, whatever it is
EVERYBODY_POSTS = Open("everybody", method="post")
CITIZENS = Open("citizens")
CITIZENS_POST = Open("citizens", method="post")


def systems(scope: str, method: str = "get") -> Open:
    """Open to a token with this scope, or with any of these."""
    return Open("systems", scope=scope, method=method)


def staff(*kinds: str) -> Open:
    """Open to these kinds; where clerks get in, their agency's administrator does."""
    return Open("staff", kinds=(*kinds, ADMINISTRATOR) if UserKind.CLERK in kinds else kinds)


ADDRESSES: dict[str, Open] = {
    # pages
    "": EVERYBODY,
    "sign-in/": EVERYBODY,
    "sign-out/": EVERYBODY_POSTS,
    "language/": EVERYBODY_POSTS,
    "settings/": CITIZENS,
    "settings/contact/": CITIZENS,
    "settings/contact/confirm/": CITIZENS,  # 410 without the link that was mailed to them
    "settings/contact/remove/": CITIZENS_POST,
    "settings/mail/": CITIZENS,
    "settings/sharing/": CITIZENS,
    "settings/copy/": CITIZENS,
    "settings/close/": CITIZENS,
    "settings/devices/": CITIZENS,
    "settings/devices/end/": CITIZENS_POST,
    "settings/devices/end-others/": CITIZENS_POST,
    "help/": EVERYBODY,
    "verify/": EVERYBODY,
    "transparency/": EVERYBODY,
    "transparency/withheld/": EVERYBODY,
    "transparency/coverage/": EVERYBODY,
    "transparency/heads": EVERYBODY,
    "transparency/heads.json": EVERYBODY,
    "transparency/heads/consistency.json": EVERYBODY,
    "healthz": EVERYBODY,
    "readyz": ALIKE,
    "metrics": EVERYBODY,  # to the networks that settings.PORTAL_METRICS_NETWORKS names; a test of its own
    # accounts
    "oauth/token": EVERYBODY_POSTS,
    ".well-known/jwks.json": EVERYBODY,
    "problems/<slug:code>/": EVERYBODY,
    "sign-in/confirm/": CITIZENS,
    "accounts/*": ALIKE,  # the way through the identity provider, and to a second factor
    "i18n/setlang/": EVERYBODY_POSTS,
    # ledger
    "data/": CITIZENS,
    "data/checks/<uuid:identifier>/": CITIZENS,
    "sharing/": CITIZENS,
    "sharing/export.csv": CITIZENS,
    "sharing/export.json": CITIZENS,
    "sharing/export.pdf": CITIZENS,
    "sharing/live/": CITIZENS,
    "sharing/<uuid:identifier>/": CITIZENS,
    "sharing/<uuid:identifier>/ask/": CITIZENS,
    "sharing/<uuid:identifier>/proof.json": CITIZENS,
    # inbox
    "mail/stop/": EVERYBODY,  # 404 without a digest's token; the mail program that posts it has no session
    "inbox/": CITIZENS,
    "inbox/read/": CITIZENS_POST,
    "inbox/<uuid:identifier>/": CITIZENS,
    # representation
    "representation/": CITIZENS,
    "representation/ask/": CITIZENS,
    "representation/grant/": CITIZENS,
    "representation/arrangement/": CITIZENS,
    "representation/stop/": EVERYBODY_POSTS,  # a citizen's and a clerk's alike; without a representation it goes home
    "representation/assist/": staff(UserKind.CLERK),
    "representation/assist/<uuid:identifier>/": staff(UserKind.CLERK),
    "representation/<uuid:identifier>/": CITIZENS,
    "representation/<uuid:identifier>/act/": CITIZENS_POST,
    "representation/<uuid:identifier>/accept/": CITIZENS_POST,
    "representation/<uuid:identifier>/refuse/": CITIZENS_POST,
    "representation/<uuid:identifier>/end/": CITIZENS_POST,
    "representation/<uuid:identifier>/documents/": CITIZENS_POST,
    # consent
    "purposes/": EVERYBODY,
    "purposes/<slug:code>/": EVERYBODY,
    "consents/": CITIZENS,
    "consents/<uuid:identifier>/": CITIZENS,
    "consents/links/<str:token>/": CITIZENS,  # 404 without a link that was made for them
    "consents/links/<str:token>/back/": CITIZENS_POST,
    "consents/<uuid:identifier>/give/": CITIZENS_POST,
    "consents/<uuid:identifier>/refuse/": CITIZENS_POST,
    "consents/<uuid:identifier>/withdraw/": CITIZENS,
    "consents/<uuid:identifier>/pause/": CITIZENS_POST,
    "consents/<uuid:identifier>/resume/": CITIZENS_POST,
    "consents/<uuid:identifier>/shorten/": CITIZENS,
    "consents/<uuid:identifier>/extend/": CITIZENS,
    "consents/<uuid:identifier>/receipt/": CITIZENS,
    "consents/stop/": CITIZENS,
    "consents/stop/mail/": EVERYBODY,  # 410 without the link that was mailed
    "consents/shown/<uuid:identifier>/": CITIZENS,
    "consents/receipts/<uuid:identifier>/": CITIZENS,
    "consents/receipts/<uuid:identifier>/receipt.jws": CITIZENS,
    "consents/receipts/<uuid:identifier>/receipt.json": CITIZENS,
    "consents/receipts/<uuid:identifier>/receipt.jsonld": CITIZENS,
    "consents/receipts/<uuid:identifier>/receipt.pdf": CITIZENS,
    # rights
    "requests/": CITIZENS,
    "requests/new/": CITIZENS,
    "requests/<uuid:identifier>/": CITIZENS,
    "requests/<uuid:identifier>/ask/<slug:name>/": CITIZENS,
    "requests/<uuid:identifier>/check/": CITIZENS,
    "requests/<uuid:identifier>/discard/": CITIZENS_POST,
    "requests/<uuid:identifier>/confirmation/": CITIZENS,
    "requests/<uuid:identifier>/withdraw/": CITIZENS_POST,
    "requests/<uuid:identifier>/package/": CITIZENS_POST,  # 409 without the ticket of a link
    "requests/<uuid:identifier>/package/ask/": CITIZENS_POST,
    "requests/parts/<uuid:identifier>/answer/": CITIZENS_POST,
    "requests/files/<uuid:identifier>/": CITIZENS,
    "appeals/": CITIZENS,
    "appeals/outcomes/": EVERYBODY,
    "appeals/help/": EVERYBODY,
    "appeals/parts/<uuid:identifier>/": CITIZENS,
    "appeals/parts/<uuid:identifier>/mediation/": CITIZENS,
    "appeals/complaints/new/": CITIZENS,
    "appeals/complaints/<uuid:identifier>/": CITIZENS,
    "appeals/complaints/<uuid:identifier>/withdraw/": CITIZENS_POST,
    "appeals/mediations/<uuid:identifier>/": CITIZENS,
    "appeals/mediations/<uuid:identifier>/step/": CITIZENS_POST,
    "appeals/<uuid:identifier>/": CITIZENS,
    "appeals/<uuid:identifier>/withdraw/": CITIZENS_POST,
    "requests/evidence/<uuid:identifier>/": CITIZENS,
    # oversight
    "oversight/cases/": staff(UserKind.REGULATOR),
    "oversight/appeals/<uuid:identifier>/": staff(UserKind.REGULATOR),
    "oversight/appeals/<uuid:identifier>/take/": Open("staff", kinds=(UserKind.REGULATOR,), method="post"),
    "oversight/complaints/<uuid:identifier>/": staff(UserKind.REGULATOR),
    "oversight/complaints/<uuid:identifier>/take/": Open("staff", kinds=(UserKind.REGULATOR,), method="post"),
    "oversight/": staff(UserKind.REGULATOR),
    "oversight/consents/": staff(UserKind.REGULATOR),
    "oversight/timeliness/": staff(UserKind.REGULATOR),
    "transparency/agencies/": EVERYBODY,
    "transparency/agencies.json": EVERYBODY,
    "transparency/agencies.csv": EVERYBODY,
    "oversight/flagged/": staff(UserKind.REGULATOR),
    "oversight/holds/": staff(UserKind.REGULATOR),
    "oversight/holds/<uuid:identifier>/lift/": Open("staff", kinds=(UserKind.REGULATOR,), method="post"),
    # catalogue
    "catalogue/": EVERYBODY,
    "catalogue/agencies/<str:code>/": EVERYBODY,
    "catalogue/<str:code>/": EVERYBODY,
    "catalogue/<str:code>/versions/": EVERYBODY,
    "catalogue.ttl": EVERYBODY,
    "catalogue.jsonld": EVERYBODY,
    # admin
    "admin/": staff(*STAFF),
    "admin/login/": EVERYBODY,
    "admin/logout/": EVERYBODY_POSTS,
    "admin/accounts/agencyscopes/*": staff(OPERATOR),
    "admin/accounts/apiclient/*": staff(OPERATOR, ADMINISTRATOR),
    "admin/outbox/endpoint/*": staff(ADMINISTRATOR),
    "admin/ledger/tracker/*": staff(ADMINISTRATOR),
    "admin/accounts/user/*": staff(OPERATOR),
    "admin/catalogue/agency/*": staff(*READERS),
    "admin/catalogue/agreement/*": staff(*READERS),
    "admin/catalogue/dataitem/*": staff(UserKind.AUTHORITY, UserKind.REGULATOR),
    "admin/catalogue/dataset/*": staff(*READERS),
    "admin/catalogue/system/*": staff(*READERS),
    "admin/catalogue/updateduty/*": staff(*READERS),
    "admin/consent/purpose/*": staff(*READERS),
    "admin/consent/returnaddress/*": staff(ADMINISTRATOR),
    "admin/consent/stop/*": staff(UserKind.CLERK, UserKind.REGULATOR),
    "admin/consent/askinground/*": staff(UserKind.CLERK),
    "admin/rights/appeal/*": staff(UserKind.CLERK),
    "admin/rights/execution/*": staff(UserKind.CLERK),
    "admin/rights/handover/*": staff(UserKind.CLERK),
    "admin/ledger/challenge/*": staff(UserKind.CLERK, UserKind.REGULATOR),
    "admin/ledger/embargo/*": staff(UserKind.CLERK, UserKind.REGULATOR),
    "admin/ledger/verification/*": staff(UserKind.CLERK, UserKind.REGULATOR),
    "admin/rights/part/*": staff(UserKind.CLERK),
    "admin/representation/representation/*": staff(UserKind.CLERK),
    "admin/law/dayoverride/*": staff(UserKind.AUTHORITY, OPERATOR),
    "admin/auth/*": staff(),
    "admin/account/*": staff(),
    "admin/mfa/*": staff(),
    "admin/socialaccount/*": staff(),
    "admin/oauth2_provider/*": staff(),
    "admin/search/": staff(*STAFF),
    "admin/password_change/": staff(*STAFF),
    "admin/password_change/done/": staff(*STAFF),
    "admin/autocomplete/": staff(),
    "admin/jsi18n/": staff(*STAFF),
    "admin/r/<path:rest>": ALIKE,
    "admin/r/<path:content_type_id>/<path:object_id>/": ALIKE,  # shadowed by the line above
    "admin/^*": staff(),  # the models of one app
    "admin/(?P<url>.*)$": staff(),  # whatever is nothing
    # departments
    "api/v1/openapi.json": EVERYBODY,
    "api/v1/docs": EVERYBODY,
    "api/v1/subjects/keys": systems("holdings sharing consent.request consent.decide rights", "post"),
    "api/v1/catalogue/datasets/<str:code>": systems("catalogue", "put"),
    "api/v1/holdings": systems("holdings", "post"),
    "api/v1/sharing-events": systems("sharing", "post"),
    "api/v1/sharing-events/flagged": systems("sharing"),
    "api/v1/sharing-counts/<str:month>": systems("sharing", "put"),
    "api/v1/sharing-events/<uuid:identifier>/notes": systems("sharing", "post"),
    "api/v1/sharing-events/<uuid:identifier>/doubts": systems("sharing", "post"),
    "api/v1/verifications/<uuid:identifier>": systems("sharing"),
    "api/v1/sharing-events/<uuid:identifier>/proof": systems("sharing"),
    "api/v1/batches/<uuid:identifier>": systems("sharing holdings"),
    "api/v1/consents/requests": systems("consent.request", "post"),
    "api/v1/consents/requests/<uuid:identifier>": systems("consent.request"),
    "api/v1/consents/decisions": systems("consent.decide", "post"),
    "api/v1/consents/decisions/cohort": systems("consent.decide", "post"),
    "api/v1/consents/links": systems("consent.request", "post"),
    "api/v1/consents/changes/<uuid:identifier>/acknowledge": systems("consent.decide", "post"),
    "api/v1/consents/changes": systems("consent.decide"),
    "api/v1/rights/receiver": systems("rights", "put"),
    "api/v1/rights/transfers": systems("rights"),
    "api/v1/rights/transfers/<uuid:identifier>": systems("rights"),
    "api/v1/rights/transfers/<uuid:identifier>/receipt": systems("rights", "post"),
    "api/v1/rights/parts": systems("rights"),
    "api/v1/rights/parts/<uuid:identifier>": systems("rights"),
    "api/v1/rights/parts/<uuid:identifier>/acknowledge": systems("rights", "post"),
    "api/v1/rights/parts/<uuid:identifier>/ask": systems("rights", "post"),
    "api/v1/rights/parts/<uuid:identifier>/extend": systems("rights", "post"),
    "api/v1/rights/parts/<uuid:identifier>/transfer": systems("rights", "post"),
    "api/v1/rights/parts/<uuid:identifier>/reply": systems("rights", "post"),
    "api/v1/rights/parts/<uuid:identifier>/erasure": systems("rights", "post"),
    "api/v1/rights/offers": systems("rights"),
    "api/v1/rights/offers/<uuid:identifier>/accept": systems("rights", "post"),
    "api/v1/rights/offers/<uuid:identifier>/decline": systems("rights", "post"),
    "api/v1/rights/parts/<uuid:identifier>/evidence/<uuid:evidence>": systems("rights"),
    "api/v1/rights/parts/<uuid:identifier>/files/<str:name>": systems("rights", "put"),
    "datatracker/v2/findUsage": systems("sharing"),
    "datatracker/v2/usagePeriod": systems("sharing"),
    "datatracker/v2/heartbeat": systems("sharing"),
    "^api/(?P<rest>.*)$": EVERYBODY,
}


def _event() -> tuple[Actor, str]:
    dataset, _ = ledger.town()
    ledger.report(dataset.agency, ledger.event_row())
    return ledger.as_person(), str(ledger.events_of()[0].id)


def _check() -> tuple[Actor, str]:
    return ledger.as_person(), str(ledger.doubted().pk)


def _consent(make: Callable[[], Any]) -> Callable[[], tuple[Actor, str]]:
    def made() -> tuple[Actor, str]:
        consent = make()
        return consents.citizen_of(consent), str(consent.id)

    return made


def _step() -> tuple[Actor, str]:
    consent = consents.given()
    return consents.citizen_of(consent), str(consents.last_step(consent).id)


def _letter() -> tuple[Actor, str]:
    reader = people.as_citizen(people.citizen())
    facts: dict[str, Any] = {
        "agency_zh": "卫健委",
        "agency_en": "Health",
        "purpose_zh": "研究",
        "purpose_en": "a study",
    }
    with acting_as(Actor.portal()):
        inbox.tell(bytes(reader.subject_key or b""), "consent_asked", at=timezone.now(), **facts)
    with acting_as(reader):
        (letter,) = apps.get_model("inbox.Letter").objects.all()
    return reader, str(letter.pk)


def _representation() -> tuple[Actor, str]:
    proxy = representations.person()
    row = representations.granted(representations.person(), proxy)
    return people.as_citizen(proxy), str(row.pk)


def _request() -> tuple[Actor, str]:
    request = rights.routed()
    return rights.owner_of(request), str(request.pk)


def _draft() -> tuple[Actor, str]:
    draft = rights.begun()
    return rights.owner_of(draft), str(draft.pk)


def _evidence() -> tuple[Actor, str]:
    draft = rights.begun()
    return rights.owner_of(draft), str(rights.shown_by(draft).pk)


def _package() -> tuple[Actor, str]:
    request = rights.routed(rights.person(held=False))  # nothing is held: answered at once, with a package
    return rights.owner_of(request), str(request.pk)


def _part() -> tuple[Actor, str]:
    request = rights.routed()
    part = rights.part(request)
    rights.act("ask", part, text="Which year?")
    return rights.owner_of(request), str(part.pk)


def _file() -> tuple[Actor, str]:
    request = rights.routed()
    rights.replied(rights.part(request))
    with acting_as(Actor.portal()):
        return rights.owner_of(request), str(apps.get_model("rights.PartFile").objects.get().pk)


def _answered_part() -> tuple[Actor, str]:
    part = rights.replied(rights.part(), Outcome.REFUSED)
    return rights.owner_of(part.request), str(part.pk)


def _appeal() -> tuple[Actor, str]:
    part = rights.replied(rights.part(), Outcome.REFUSED)
    return rights.owner_of(part.request), str(rights.appealed(part).pk)


def _complaint() -> tuple[Actor, str]:
    user = rights.person()
    return people.as_citizen(user), str(rights.complained(user).pk)


def _mediation() -> tuple[Actor, str]:
    part = rights.replied(rights.part(), Outcome.REFUSED)
    return rights.owner_of(part.request), str(rights.mediated(part).pk)


# A route that shows one thing of one person -> what makes one: whose it is, and its identifier.
OBJECTS: dict[str, Callable[[], tuple[Actor, str]]] = {
    "data/checks/<uuid:identifier>/": _check,
    "sharing/<uuid:identifier>/": _event,
    "sharing/<uuid:identifier>/ask/": _event,
    "sharing/<uuid:identifier>/proof.json": _event,
    "inbox/<uuid:identifier>/": _letter,
    "representation/<uuid:identifier>/": _representation,
    "representation/<uuid:identifier>/act/": _representation,
    "representation/<uuid:identifier>/accept/": _representation,
    "representation/<uuid:identifier>/refuse/": _representation,
    "representation/<uuid:identifier>/end/": _representation,
    "representation/<uuid:identifier>/documents/": _representation,
    "requests/<uuid:identifier>/": _request,
    "requests/<uuid:identifier>/ask/<slug:name>/": _draft,
    "requests/<uuid:identifier>/check/": _draft,
    "requests/<uuid:identifier>/discard/": _draft,
    "requests/<uuid:identifier>/confirmation/": _request,
    "requests/evidence/<uuid:identifier>/": _evidence,
    "requests/<uuid:identifier>/withdraw/": _request,
    "requests/<uuid:identifier>/package/": _package,
    "requests/<uuid:identifier>/package/ask/": _package,
    "requests/parts/<uuid:identifier>/answer/": _part,
    "requests/files/<uuid:identifier>/": _file,
    "appeals/parts/<uuid:identifier>/": _answered_part,
    "appeals/parts/<uuid:identifier>/mediation/": _answered_part,
    "appeals/<uuid:identifier>/": _appeal,
    "appeals/<uuid:identifier>/withdraw/": _appeal,
    "appeals/complaints/<uuid:identifier>/": _complaint,
    "appeals/complaints/<uuid:identifier>/withdraw/": _complaint,
    "appeals/mediations/<uuid:identifier>/": _mediation,
    "appeals/mediations/<uuid:identifier>/step/": _mediation,
    "consents/<uuid:identifier>/": _consent(consents.asked),
    "consents/<uuid:identifier>/give/": _consent(consents.asked),
    "consents/<uuid:identifier>/refuse/": _consent(consents.asked),
    "consents/<uuid:identifier>/withdraw/": _consent(consents.given),
    "consents/<uuid:identifier>/pause/": _consent(consents.given),
    "consents/<uuid:identifier>/resume/": _consent(consents.given),
    "consents/<uuid:identifier>/shorten/": _consent(consents.given),
    "consents/<uuid:identifier>/extend/": _consent(lambda: consents.given(purpose=consents.approved(extendable=True))),
    "consents/<uuid:identifier>/receipt/": _consent(consents.given),
    "consents/shown/<uuid:identifier>/": _step,
    "consents/receipts/<uuid:identifier>/": _step,
    "consents/receipts/<uuid:identifier>/receipt.jws": _step,
    "consents/receipts/<uuid:identifier>/receipt.json": _step,
    "consents/receipts/<uuid:identifier>/receipt.jsonld": _step,
    "consents/receipts/<uuid:identifier>/receipt.pdf": _step,
}

# What takes more than a plain sign-in, beside allowing a use of high risk (tests/consent/test_pages.py).
SURELY = frozenset(
    {
        "requests/new/",
        "requests/<uuid:identifier>/ask/<slug:name>/",
        "requests/<uuid:identifier>/check/",
        "requests/<uuid:identifier>/package/",
        "requests/<uuid:identifier>/package/ask/",
        "requests/files/<uuid:identifier>/",
        "requests/evidence/<uuid:identifier>/",
        "appeals/parts/<uuid:identifier>/",
        "appeals/parts/<uuid:identifier>/mediation/",
        "appeals/complaints/new/",
        "sharing/export.json",
        "sharing/export.pdf",
        "representation/ask/",
        "representation/grant/",
        "representation/arrangement/",
        "representation/<uuid:identifier>/act/",
        "representation/<uuid:identifier>/accept/",
        "settings/contact/",
        "settings/copy/",
        "settings/close/",
        "sharing/export.csv",
    }
)

# Our own tables without row-level security, and why (read by tests/test_rows.py).
UNWALLED: dict[str, str] = {
    "accounts_user": "the session's user is read before anybody is known to act; holds no name and no number",
    "accounts_session": "read before anybody is known to act; its contents are signed, names in it are the provider's",
    "accounts_user_groups": "always empty: kinds, not groups, say who may do what",
    "accounts_user_user_permissions": "always empty: kinds, not permissions, say who may do what",
    "accounts_keyversion": "names and fingerprints of the portal's keys; nobody's data",
    "outbox_heartbeat": "when a process last lived; nobody's data",
    "trail_pending": "places of rows that wait for their leaf; web and worker may only add",
    "trail_leaf": "hashes; the tree is public",
    "trail_node": "hashes; the tree is public",
    "trail_head": "signed heads; published",
}


# ------------------------------------------------------------------ addresses
def _routes(resolver: Any, base: str = "") -> Iterator[str]:
    for pattern in resolver.url_patterns:
        route = base + str(pattern.pattern)
        if hasattr(pattern, "url_patterns"):
            yield from _routes(pattern, route)
        else:
            yield route


ROUTES = tuple(dict.fromkeys(_routes(get_resolver())))


def _line(route: str) -> str | None:
    """The line of the table that a route falls under: its own, else the longest that covers it."""
    if route in ADDRESSES:
        return route
    covering = [line for line in ADDRESSES if line.endswith("*") and route.startswith(line[:-1])]
    return max(covering, key=len, default=None)


def _path(route: str, identifier: str | None = None) -> str:
    named = re.sub(r"<(uuid|path|slug|str|int):\w+>", lambda kind: identifier or _sample(kind[1]), route)
    return "/" + re.sub(r"\(\?P<\w+>[^)]*\)", "identity", named).replace("^", "").replace("$", "")


def _sample(kind: str) -> str:
    return {"slug": "not-found", "str": "nothing", "int": "1"}.get(kind, str(uuid4()))


def _asked(browser: Client, path: str, method: str, **extra: Any) -> tuple[int, str]:
    """Status and target of one request, which leaves nothing behind."""
    browser.cookies, kept = SimpleCookie(browser.cookies.output(header="", sep=";")), browser.cookies
    try:
        with transaction.atomic():
            given = {"content_type": "application/json", "data": "{}"} if path.startswith("/api/") else {}
            response = getattr(browser, method)(path, **{**given, **extra} if method != "get" else extra)
            transaction.set_rollback(True)
    finally:
        browser.cookies = kept
    return response.status_code, response.headers.get("Location", "")


def _expected(rule: Open, kind: str, route: str, status: int, target: str) -> bool:
    """Whether an answer is the one that the table promises to somebody of this kind."""
    sent_to_sign_in = status == 302 and ("/sign-in/" in target or "/admin/login/" in target)
    let_in = status < 500 and status not in (401, 403) and not sent_to_sign_in
    match rule.to:
        case "everybody":
            return let_in
        case "alike":
            return status != 500
        case "citizens":
            return {"visitor": sent_to_sign_in, "citizen": let_in}.get(kind, status == 404)
        case "systems":
            return status == 401  # a session is no token
        case "staff" if kind in rule.kinds:
            return let_in if _line(route) == route or route + "*" in ADDRESSES else status < 500
    sent_away = status == 302 and target.startswith("/admin/")
    return sent_away or status in (301, 403, 404)


def somebody(kind: str) -> Client:
    """A browser in which somebody of this kind is signed in."""
    browser = Client(raise_request_exception=False)
    if kind == "visitor":
        return browser
    user: User | AnonymousUser
    if kind == UserKind.CITIZEN:
        user = people.citizen()
    else:
        user = User(username=f"some {kind}", kind=kind, is_staff=True)
        if kind == ADMINISTRATOR:
            user.kind, user.role = UserKind.CLERK, ClerkRole.ADMINISTRATOR
        user.agency = people.agency() if user.kind == UserKind.CLERK else None
        user.save()
    browser.force_login(user, BACKEND)
    return browser


def test_every_address_has_its_line_and_every_line_an_address() -> None:
    lines = {_line(route) for route in ROUTES}
    assert [route for route in ROUTES if _line(route) is None] == []
    assert sorted(set(ADDRESSES) - lines) == []


def test_every_address_that_shows_one_thing_of_one_person_is_tried_with_anothers() -> None:
    own = {route for route in ROUTES if "<uuid:" in route and ADDRESSES.get(route) in (CITIZENS, CITIZENS_POST)}
    assert own == set(OBJECTS)


@pytest.mark.parametrize("kind", ["visitor", *UserKind.values, ADMINISTRATOR])
def test_each_kind_of_reader_gets_in_where_the_table_says_and_nowhere_else(kind: str) -> None:
    browser, wrong = somebody(kind), []
    for route in ROUTES:
        rule = ADDRESSES[_line(route) or ""]
        status, target = _asked(browser, _path(route), rule.method)
        if not _expected(rule, kind, route, status, target):
            wrong.append((rule.method, _path(route), status, target))
    assert not wrong, "\n".join(map(str, wrong))


@pytest.mark.parametrize("route", [route for route in ROUTES if ADDRESSES.get(route, EVERYBODY).to == "systems"])
def test_a_system_gets_in_with_the_scope_of_the_call_and_with_no_other(route: str) -> None:
    rule, caller = ADDRESSES[route], Client(raise_request_exception=False)
    every = {scope for line in ADDRESSES.values() for scope in line.scope.split()} | {"rights"}
    wanted = set(rule.scope.split())
    tries = [(scope, True) for scope in sorted(wanted)] + [(" ".join(sorted(every - wanted)), False)]
    for scope, let_in in tries:
        system, secret = people.api_client(people.agency("tax"), scope)
        form = {"grant_type": "client_credentials", "client_id": system.client_id, "client_secret": secret}
        token = caller.post("/oauth/token", form).json()["access_token"]
        status, _ = _asked(caller, _path(route), rule.method, headers={"Authorization": f"Bearer {token}"})
        assert (status not in (401, 403, 500)) if let_in else status == 403, (scope, status)


def test_a_plain_sign_in_is_enough_for_reading_and_for_nothing_that_the_table_names() -> None:
    browser = Client(raise_request_exception=False)
    people.come_in(browser, people.citizen(), level=Level.BASE)
    asked = {
        route
        for route in ROUTES
        if ADDRESSES[_line(route) or ""] in (CITIZENS, CITIZENS_POST)
        and "/sign-in/confirm/" in _asked(browser, _path(route), ADDRESSES[_line(route) or ""].method)[1]
    }
    assert asked == SURELY
