"""Own and another's, for every role: each address that names one thing, and what everybody is answered there.

Citizens' things are those of OBJECTS (tests/test_walls.py); here are the agencies' and everybody's. An address with an
identifier that nobody made a thing for fails.
"""

import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any, Final
from urllib.parse import urlencode
from uuid import uuid4

import pytest
from allauth.mfa.models import Authenticator
from django.contrib.contenttypes.models import ContentType
from django.test import Client
from django.utils import timezone

from consent.models import Stop
from portal.accounts import queries
from portal.accounts.models import AgencyScopes, User, UserKind
from portal.catalogue import actions as catalogue_actions
from portal.catalogue.models import Agency, Agreement, Dataset
from portal.law import actions as law
from portal.ledger import retention
from portal.ledger.models import Tracker
from portal.outbox.models import Endpoint
from portal.representation import actions as assisting
from portal.trail.actor import Actor, acting_as
from rights.models import Connector, Execution
from rights.states import Outcome
from tests import people
from tests.catalogue import factories as catalogue
from tests.consent import factories as consents
from tests.ledger import factories as ledger
from tests.people import as_citizen
from tests.representation import factories as representations
from tests.rights import factories as rights
from tests.test_walls import ADDRESSES, BACKEND, CITIZENS, CITIZENS_POST, OBJECTS, ROUTES, _asked, _line, _path

pytestmark = pytest.mark.django_db
IN, NOTHING, SIGN_IN, NO_TOKEN, CLOSED = "let in", "404", "to the sign-in", "401", "closed"
AGAIN = "asked for a factor once more"
PASSED_ON = "passed on"  # the admin's short address leads to the long one, whatever it names
ROLES: Final = (
    "visitor",
    "owner",
    "other citizen",
    "clerk of the agency",
    "clerk of another",
    "administrator of the agency",
    "administrator of another",
    "authority",
    "regulator",
    "operator",
    "client of the agency",
    "client of another",
)
CLIENTS: Final = ROLES[-2:]
Answers = dict[str, str]


def answers(default: str, **but: str) -> Answers:
    """What each role is answered: `default`, but for those named (spaces as underscores).

    An administrator is answered as a clerk, where nothing else is named.
    """
    found = {**dict.fromkeys(ROLES, default), **{role.replace("_", " "): answer for role, answer in but.items()}}
    for of in ("the agency", "another"):
        if f"administrator_of_{of.replace(' ', '_')}" not in but:
            found[f"administrator of {of}"] = found[f"clerk of {of}"]
    return found


OUTSIDE: Final = {
    "visitor": SIGN_IN,
    "owner": SIGN_IN,
    "other_citizen": SIGN_IN,
    "client_of_the_agency": SIGN_IN,
    "client_of_another": SIGN_IN,
}
THEIRS: Final = answers(
    NOTHING, visitor=SIGN_IN, owner=IN, client_of_the_agency=SIGN_IN, client_of_another=SIGN_IN
)  # a citizen's own
CALLS: Final = answers(NO_TOKEN, client_of_the_agency=IN, client_of_another=NOTHING)
DESK: Final = answers(CLOSED, **OUTSIDE, clerk_of_the_agency=IN, clerk_of_another=NOTHING)
PROPOSED: Final = {**DESK, "authority": IN, "regulator": IN}  # seen by its agency and by those who decide
READ: Final = {**PROPOSED, "clerk of another": IN, "administrator of another": IN}
KEPT: Final = answers(CLOSED, **OUTSIDE, operator=IN)
ABOVE: Final = answers(CLOSED, **OUTSIDE, authority=IN, regulator=IN)
OWN: Final = answers(CLOSED, **OUTSIDE, administrator_of_the_agency=IN, administrator_of_another=NOTHING)
COUNTER: Final = answers(NOTHING, visitor=SIGN_IN, client_of_the_agency=SIGN_IN, client_of_another=SIGN_IN)
SHUT: Final = answers(CLOSED, **OUTSIDE)
ALL: Final = answers(IN)
# a staff member's own passkey; another's is 404 once the factor was shown (tests/accounts/test_second_factor.py)
FACTOR: Final = answers(
    AGAIN,
    visitor=SIGN_IN,
    owner=NOTHING,
    other_citizen=NOTHING,
    client_of_the_agency=SIGN_IN,
    client_of_another=SIGN_IN,
)
WATCHED: Final = answers(
    NOTHING, visitor=SIGN_IN, regulator=IN, client_of_the_agency=SIGN_IN, client_of_another=SIGN_IN
)  # the regulator's


@dataclass(frozen=True)
class Made:
    """Something of somebody's."""

    identifier: str
    citizen: Actor | None = None
    agency: Agency | None = None
    query: str = ""


@dataclass(frozen=True)
class Thing:
    """What lies at these addresses: how one is made, and who is answered what. `posted` is a body that is taken."""

    make: Callable[[], Made]
    answers: Answers
    method: str = ""  # of the line, if not named
    step: str = "acknowledge"  # one that the desk knows
    posted: dict[str, Any] = field(default_factory=dict)


def _own(route: str) -> Thing:
    def made() -> Made:
        citizen, identifier = OBJECTS[route]()
        return Made(identifier, citizen)

    return Thing(made, THEIRS)


def _part() -> Made:
    part = rights.part()
    with acting_as(Actor.portal()):
        agency = part.agency
    return Made(str(part.pk), rights.owner_of(part.request), agency)


def _transfer() -> Made:
    transfer = rights.moved()
    return Made(str(transfer.pk), agency=people.agency("clinic"))


def _appeal() -> Made:
    part = rights.replied(rights.part(), Outcome.REFUSED)
    appeal = rights.appealed(part)
    with acting_as(Actor.portal()):
        agency = part.agency
    return Made(str(appeal.pk), rights.owner_of(part.request), agency)


def _offer() -> Made:
    part = rights.part()
    rights.act("transfer", part, agency="housing", reason="They hold it.")
    return Made(str(rights.offer(part).pk), rights.owner_of(part.request), rights.housing())


def _execution() -> Made:
    part = rights.part()
    with acting_as(Actor.portal()):
        agency = part.agency
        assert part.dataset
        connector = Connector.objects.create(
            agency=agency, dataset=part.dataset, mapping={}, read_sealed=b"x", registered_at=timezone.now()
        )
        row = Execution.objects.create(
            part=part, connector=connector, agency_id=agency.pk, subject_key=part.subject_key, wanted_sealed=b"x",
            asked_at=timezone.now(), asked_by=uuid4(),
        )  # fmt: skip
    return Made(str(row.pk), rights.owner_of(part.request), agency)


def _appeal_above() -> Made:
    part = rights.replied(rights.part(), Outcome.REFUSED)
    rights.reviewed(rights.appealed(part), granted=False, by=rights.colleague(rights.tax()))
    above = rights.appealed(part, at=rights.AT + 4 * rights.DAY)
    return Made(str(above.pk), rights.owner_of(part.request), rights.tax())


def _complaint() -> Made:
    user = rights.person()
    return Made(str(rights.complained(user).pk), people.as_citizen(user), rights.tax())


def _event() -> Made:
    dataset, _ = ledger.town()
    ledger.report(dataset.agency, ledger.event_row())
    return Made(str(ledger.events_of()[0].id), ledger.as_person(), dataset.agency)


def _challenge() -> Made:
    row = ledger.asked()
    return Made(str(row.pk), ledger.as_person(), catalogue.agency("tax"))


def _verification() -> Made:
    row = ledger.doubted()
    return Made(str(row.pk), ledger.as_person(), catalogue.agency("tax"))


def _received() -> Made:
    dataset, recipient = ledger.town()
    ledger.report(dataset.agency, ledger.event_row())
    return Made(str(ledger.events_of()[0].id), ledger.as_person(), recipient)


def _embargo() -> Made:
    dataset, _ = ledger.town()
    ledger.report(dataset.agency, ledger.event_row())
    row = ledger.withholding(ledger.events_of()[0].id)
    return Made(str(row.pk), agency=dataset.agency)


def _batch() -> Made:
    dataset, _ = ledger.town()
    return Made(str(ledger.report(dataset.agency, ledger.event_row()).batch), ledger.as_person(), dataset.agency)


def _asked_consent() -> Made:
    consent = consents.asked()
    key = queries.pairwise_key(bytes(consent.subject_key), agency_id=consents.asker().pk)
    return Made(str(consent.id), consents.citizen_of(consent), consents.asker(), "?" + urlencode({"subject": key}))


def _dataset(*, named: str = "pk", of: Callable[[], Dataset] = catalogue.proposed) -> Callable[[], Made]:
    def made() -> Made:
        row = of()
        return Made(str(getattr(row, named)), agency=row.agency)

    return made


def _agreement() -> Made:
    row: Agreement = catalogue.applied(catalogue.published(), catalogue.agency("housing"))
    return Made(str(row.pk), agency=catalogue.agency("tax"))


def _round() -> Made:
    return Made(str(consents.uploaded().pk), agency=consents.asker())


def _purpose() -> Made:
    return Made(str(consents.registered().pk), agency=consents.asker())


def _link() -> Made:
    person, made = consents.linked()
    return Made(made.token, as_citizen(person), consents.asker())


def _stop() -> Made:
    consent = consents.withdraw(consents.given())
    with acting_as(Actor.portal()):
        return Made(str(Stop.objects.get(consent_id=consent.id).pk), consents.citizen_of(consent), consents.asker())


def _return_address() -> Made:
    return Made(str(consents.return_address().pk), agency=consents.asker())


def _agency(named: str = "pk") -> Callable[[], Made]:
    return lambda: Made(str(getattr(people.agency("tax"), named)), agency=people.agency("tax"))


def _system() -> Made:
    tax = catalogue.agency("tax")
    with acting_as(catalogue.clerk_of(tax)) as clerk:
        row, _ = catalogue_actions.register_system(
            agency=tax, code="s", name_zh="系统", name_en="System", actor=clerk, at=catalogue.AT
        )
    return Made(str(row.pk), agency=tax)


def _item() -> Made:
    dataset = catalogue.proposed()
    with acting_as(catalogue.AUTHORITY):
        return Made(str(dataset.items.order_by("position")[0].pk), agency=dataset.agency)


def _duty() -> Made:
    dataset = catalogue.published()
    with acting_as(catalogue.AUTHORITY) as authority:
        row = catalogue_actions.note_change(dataset, reason="A new act.", actor=authority, at=catalogue.AT)
    return Made(str(row.pk), agency=dataset.agency)


def _clerk() -> Made:
    return Made(str(people.clerk(people.agency("tax"), "kept").pk), agency=people.agency("tax"))


def _client() -> Made:
    return Made(str(people.api_client(people.agency("tax"), "rights")[0].pk), agency=people.agency("tax"))


def _scopes() -> Made:
    of = people.agency("tax")
    with acting_as(Actor.portal()):
        AgencyScopes.objects.get_or_create(agency=of, defaults={"scopes": "rights"})
    return Made(str(of.pk), agency=of)


def _endpoint() -> Made:
    of = people.agency("tax")
    with acting_as(Actor.portal()):
        row = Endpoint(agency_id=of.pk, url="https://tax.example/hook", secret_sealed=b"x", created_at=timezone.now())
        row.save(force_insert=True)
    return Made(str(row.pk), agency=of)


def _tracker() -> Made:
    of = people.agency("tax")
    with acting_as(Actor.portal()):
        row = Tracker(agency_id=of.pk, url="https://tax.example/log", token_sealed=b"x", registered_at=timezone.now())
        row.save(force_insert=True)
    return Made(str(row.pk), agency=of)


def _hold() -> Made:
    with acting_as(Actor.regulator(people.staff(UserKind.REGULATOR, "holder").pk)) as actor:
        row = retention.set_hold(agency_id=people.agency("tax").pk, reason="a suit", actor=actor, at=timezone.now())
    return Made(str(row.pk))


def _to_check() -> Made:
    desk, parent = representations.desk(), representations.person()
    row = representations.asked(parent, representations.person(8))
    return Made(str(row.pk), people.as_citizen(parent), desk)


def _at_the_counter() -> Made:
    """A colleague's: whoever asked at the counter goes on alone (tests/representation/test_assisting.py)."""
    clerk = people.as_clerk(people.clerk(representations.desk(), "counter"))
    with acting_as(clerk):
        number = representations.number_of(representations.person(85))
        row = assisting.assist(number, clerk_name="Gao Jie", actor=clerk, at=timezone.now())
    return Made(str(row.pk), agency=representations.desk())


def _day() -> Made:
    with acting_as(Actor.authority(people.staff(UserKind.AUTHORITY, "setter").pk)) as actor:
        row = law.set_day("cn", timezone.now().date(), working=False, source="No. 1", actor=actor, at=timezone.now())
    return Made(str(row.pk))


def _passkey() -> Made:
    row = Authenticator.objects.create(
        user=people.staff(UserKind.OPERATOR, "holder"), type=Authenticator.Type.WEBAUTHN, data={"name": "A key"}
    )
    return Made(str(row.pk))


def _none() -> Made:
    return Made(str(ContentType.objects.get_for_model(User).pk))


STEP: Final = "api/v1/rights/parts/<uuid:identifier>"
NOTE: Final = {"kind": "disposal", "text": "destroyed"}
# An address, or the beginning of several (with *) -> what lies there. The longest that covers it holds.
THINGS: Final[dict[str, Thing]] = {
    "problems/<slug:code>/": Thing(lambda: Made("not-found"), ALL),
    "catalogue/agencies/<str:code>/": Thing(_agency("code"), ALL),
    "purposes/<slug:code>/": Thing(lambda: Made(consents.approved().code), ALL),
    "catalogue/<str:code>/": Thing(_dataset(named="code", of=catalogue.published), ALL),
    "catalogue/<str:code>/versions/": Thing(_dataset(named="code", of=catalogue.published), ALL),
    f"{STEP}*": Thing(_part, CALLS),
    # evidence that nobody sent along; tests/rights/test_evidence.py has some that somebody did
    f"{STEP}/evidence/<uuid:evidence>": Thing(_part, {**CALLS, "client of the agency": NOTHING}),
    "api/v1/rights/transfers/<uuid:identifier>*": Thing(_transfer, CALLS),
    "api/v1/sharing-events/<uuid:identifier>/notes": Thing(_event, CALLS, posted=NOTE),
    "api/v1/sharing-events/<uuid:identifier>/proof": Thing(_event, CALLS),
    "api/v1/sharing-events/<uuid:identifier>/doubts": Thing(_received, CALLS, posted={"text": "is it so?"}),
    "api/v1/verifications/<uuid:identifier>": Thing(_verification, CALLS),
    "api/v1/batches/<uuid:identifier>": Thing(_batch, CALLS),
    "api/v1/consents/requests/<uuid:identifier>": Thing(_asked_consent, CALLS),
    "api/v1/consents/changes/<uuid:identifier>/acknowledge": Thing(_stop, CALLS),
    # another person is told plainly that the link is not theirs
    "consents/links/<str:token>/*": Thing(_link, {**THEIRS, "other citizen": CLOSED}),
    "admin/consent/stop/*": Thing(_stop, {**DESK, "regulator": IN}, step="stopped"),
    "admin/consent/returnaddress/*": Thing(_return_address, OWN, step="end"),
    "api/v1/catalogue/datasets/<str:code>": Thing(_dataset(named="code"), CALLS, "get"),
    # each system has its own agency's month, which it may state anew
    "api/v1/sharing-counts/<str:month>": Thing(
        lambda: Made("2026-01", agency=people.agency("tax")), {**CALLS, "client of another": IN}, posted={"sent": 3}
    ),
    "admin/rights/part/*": Thing(_part, DESK),
    "admin/ledger/challenge/*": Thing(_challenge, {**DESK, "regulator": IN}, step="answer"),
    "admin/ledger/embargo/*": Thing(_embargo, {**DESK, "regulator": IN}, step="lift"),
    "admin/ledger/verification/*": Thing(_verification, {**DESK, "regulator": IN}, step="report"),
    "admin/rights/appeal/*": Thing(_appeal, DESK),
    "admin/rights/execution/*": Thing(_execution, DESK),
    "admin/rights/execution/part/<uuid:identifier>/": Thing(_part, DESK),
    "admin/rights/handover/*": Thing(_offer, DESK),
    "api/v1/rights/offers/*": Thing(_offer, CALLS, posted={"reason": "Not ours."}),
    "oversight/appeals/*": Thing(_appeal_above, WATCHED),
    "oversight/complaints/*": Thing(_complaint, WATCHED),
    "admin/rights/part/<uuid:identifier>/evidence/<uuid:evidence>/": Thing(
        _part, {**DESK, "clerk of the agency": NOTHING, "administrator of the agency": NOTHING}
    ),
    "admin/catalogue/dataset/*": Thing(_dataset(), PROPOSED),
    "admin/catalogue/agreement/*": Thing(_agreement, PROPOSED),
    "admin/catalogue/dataitem/*": Thing(_item, ABOVE),
    "admin/catalogue/updateduty/*": Thing(_duty, PROPOSED),
    "admin/catalogue/agency/*": Thing(_agency(), READ),
    "admin/catalogue/system/*": Thing(_system, READ),
    "admin/consent/purpose/*": Thing(_purpose, PROPOSED),
    "admin/consent/askinground/*": Thing(_round, DESK),
    "admin/accounts/user/*": Thing(_clerk, KEPT, step="role"),
    "admin/accounts/apiclient/*": Thing(_client, {**OWN, "operator": IN}, step="rotate"),
    "admin/accounts/agencyscopes/*": Thing(_scopes, KEPT, step="grant"),
    "admin/outbox/endpoint/*": Thing(_endpoint, OWN, step="test"),
    "oversight/holds/<uuid:identifier>/lift/": Thing(
        _hold, answers(NOTHING, visitor=SIGN_IN, regulator=IN, client_of_the_agency=SIGN_IN, client_of_another=SIGN_IN)
    ),
    "admin/ledger/tracker/*": Thing(_tracker, OWN, step="off"),
    "admin/representation/representation/*": Thing(_to_check, DESK, step="approve"),
    # a document that nobody handed in; tests/representation has one that somebody did
    "admin/representation/representation/<uuid:identifier>/documents/<uuid:document>/": Thing(
        _to_check, {**DESK, "clerk of the agency": NOTHING, "administrator of the agency": NOTHING}
    ),
    "representation/assist/<uuid:identifier>/": Thing(_at_the_counter, COUNTER),
    "admin/law/dayoverride/*": Thing(_day, {**KEPT, "authority": IN}),
    "admin/auth/*": Thing(_none, SHUT),
    "admin/account/*": Thing(_none, SHUT),
    "admin/socialaccount/*": Thing(_none, SHUT),
    "admin/mfa/*": Thing(_none, SHUT),
    "admin/oauth2_provider/*": Thing(_none, SHUT),
    "accounts/2fa/webauthn/keys/*": Thing(_passkey, FACTOR),
    "accounts/oidc/<slug:provider_id>/*": Thing(lambda: Made("nobody"), answers(NOTHING), "post"),
    "accounts/oidc/<slug:provider_id>/login/callback/": Thing(lambda: Made("nobody"), answers(NOTHING)),
}


def _covering(route: str) -> str | None:
    covering = [name for name in THINGS if route == name or (name.endswith("*") and route.startswith(name[:-1]))]
    return max(covering, key=len, default=None)


NOTHING_OF_OURS: Final = ("(?P<", "admin/r/")  # patterns of whole families, and the admin's way to pages we don't have
NAMED: Final = [route for route in ROUTES if "<" in route and not any(part in route for part in NOTHING_OF_OURS)]
GROUPS: Final = {
    str(name): list(routes)
    for name, routes in groupby(sorted(NAMED, key=lambda r: _covering(r) or r), key=lambda r: _covering(r) or r)
}


def _expected(route: str, role: str, thing: Thing) -> str:
    """What the table says; nothing is removed in the admin, whoever asks."""
    if route.startswith("admin/") and route.endswith("<path:object_id>/") and thing.answers[role] != SIGN_IN:
        return PASSED_ON
    if route.endswith("/delete/") and thing.answers[role] in (IN, NOTHING):
        return CLOSED
    return thing.answers[role]


def _is(answer: str, status: int, target: str) -> bool:
    to_sign_in = status == 302 and target.startswith(("/sign-in/", "/admin/login/", "/accounts/login/"))
    match answer:
        case "let in":
            return not to_sign_in and status not in (401, 403, 404) and status < 500
        case "404":
            return status == 404
        case "401":
            return status == 401
        case "to the sign-in":
            return to_sign_in
        case "asked for a factor once more":
            return status == 302 and "/reauthenticate/" in target
        case "passed on":
            return status == 302 and target.endswith("/change/")
    return status in (403, 404) or (status, target) == (302, "/admin/")


def _everybody(made: Made) -> dict[str, tuple[Client, dict[str, str]]]:
    """Somebody of each role, with respect to this thing: a browser, and the headers it sends."""
    agency, another = made.agency or people.agency("tax"), people.agency("elsewhere")
    citizen = made.citizen and User.objects.filter(subject_key=made.citizen.subject_key).first()
    if made.citizen and not citizen:
        citizen = User.objects.create(username="owner", subject_key=made.citizen.subject_key)
    users = {
        "visitor": None,
        "owner": citizen or people.citizen(),
        "other citizen": people.citizen(),
        "clerk of the agency": people.clerk(agency, "asking"),
        "clerk of another": people.clerk(another, "asking"),
        "administrator of the agency": people.administrator(agency),
        "administrator of another": people.administrator(another),
        **{kind: people.staff(UserKind(kind)) for kind in ("authority", "regulator", "operator")},
    }
    found: dict[str, tuple[Client, dict[str, str]]] = {}
    for role in ROLES:
        browser = Client(raise_request_exception=False)
        if user := users.get(role):
            browser.force_login(user, BACKEND)
        found[role] = (browser, _token(agency if "the agency" in role else another) if role in CLIENTS else {})
    return found


def _token(agency: Agency) -> dict[str, str]:
    scopes = {scope for line in ADDRESSES.values() for scope in line.scope.split()}
    system, secret = people.api_client(agency, " ".join(sorted(scopes)))
    form = {"grant_type": "client_credentials", "client_id": system.client_id, "client_secret": secret}
    return {"Authorization": f"Bearer {Client().post('/oauth/token', form).json()['access_token']}"}


def test_every_address_that_names_a_thing_has_one_to_be_tried_with() -> None:
    assert [route for route in NAMED if route not in OBJECTS and _covering(route) is None] == []
    assert [name for name in THINGS if name not in GROUPS] == []
    own = {route for route in NAMED if ADDRESSES.get(route) in (CITIZENS, CITIZENS_POST)}
    assert own - {route for route in own if _covering(route)} == set(OBJECTS)  # a link's token is in the table here


def test_the_table_says_how_large_it_is(capsys: pytest.CaptureFixture[str]) -> None:
    kinds = 1 + len(UserKind.values)
    cells, others = len(NAMED) * len(ROLES), len(ROUTES) * kinds
    with capsys.disabled():
        sys.stdout.write(
            f"\n{len(ROUTES)} addresses × {kinds} kinds of reader = {others} cells;"
            f" {len(NAMED)} that name a thing × {len(ROLES)} roles = {cells} cells\n"
        )
    assert cells > 1000


@pytest.mark.parametrize("name", sorted(GROUPS))
def test_everybody_is_answered_as_the_table_says(name: str) -> None:
    thing = THINGS[name] if name in THINGS else _own(name)
    made = thing.make()
    everybody, wrong = _everybody(made), []
    for route in GROUPS[name]:
        method = thing.method or ADDRESSES[_line(route) or ""].method
        path = _path(route.replace("<slug:name>", thing.step), made.identifier) + made.query
        for role in ROLES:
            browser, headers = everybody[role]
            extra = {"data": thing.posted, "content_type": "application/json"} if thing.posted else {}
            status, target = _asked(browser, path, method, headers=headers, **extra)
            if not _is(_expected(route, role, thing), status, target):
                wrong.append(f"{role}: {method} {path} answers {status} {target}, not {_expected(route, role, thing)}")
    assert not wrong, "\n".join(wrong)
