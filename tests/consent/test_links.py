"""Consent in the middle of a service: who gets a link, what it does, and what the service is told after."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import UUID

import pytest
from django.test import Client
from django.utils import timezone

from consent import actions, linking, queries
from consent.errors import (
    AddressNotRegistered,
    AddressTaken,
    AddressUnusable,
    AllValid,
    CoolingDown,
    LacksCapacity,
    LinkOfAnother,
    LinkOver,
    LinkUnknown,
    MayNotAct,
    NotAskable,
    UnknownPurpose,
)
from consent.linking import Made
from consent.models import Consent, ConsentLink, Purpose, ReturnAddress
from consent.states import ConsentState
from portal.accounts import queries as accounts
from portal.accounts.models import User
from portal.inbox.models import Letter
from portal.representation.states import Act
from portal.trail import keys
from portal.trail.actor import Actor, acting_as
from portal.trail.errors import NotPermitted
from portal.trail.models import Entry
from tests.catalogue import factories as catalogue
from tests.consent import factories as town
from tests.consent.test_api import caller
from tests.people import as_citizen
from tests.representation import factories as family

pytestmark = pytest.mark.django_db
AsOwner = Callable[[], AbstractContextManager[None]]
BACKEND = "django.contrib.auth.backends.ModelBackend"


@pytest.fixture(autouse=True)
def _register(settings: Any) -> None:
    """A household register that tests tell who is whose guardian."""
    settings.PORTAL_HOUSEHOLD_REGISTER = "tests.representation.factories.register"


def signed_in(user: User) -> Client:
    browser = Client(headers={"Accept-Language": "en"})
    browser.force_login(user, BACKEND)
    return browser


def page(made: Made, end: str = "") -> str:
    return f"/consents/links/{made.token}/{end}"


def consent_of(made: Made, place: int = 0) -> Consent:
    with acting_as(Actor.portal()):
        return Consent.objects.select_related("purpose").get(id=made.link.consents[place])


def result(target: str) -> dict[str, Any]:
    return keys.check(parse_qs(urlsplit(target).query)["result"][0], use="decisions")


def events(event: str) -> list[Entry]:
    with acting_as(Actor.portal()):
        return list(Entry.objects.filter(event=event).order_by("at", "id"))


def test_a_link_asks_for_what_is_lacking_and_tells_nobody_by_letter() -> None:
    town.approved(), town.approved("other")
    person, made = town.linked(purposes=["study", "other"])
    assert (made.asks, made.left_out) == (["study", "other"], [])
    assert consent_of(made).state == ConsentState.REQUESTED
    with acting_as(as_citizen(person)):
        assert not Letter.objects.exists()
    (entry,) = events("consent.link.made")
    assert (entry.subject_key, entry.agency_id) == (person.subject_key, town.asker().pk)


def test_what_stands_is_left_out_and_what_waits_already_is_not_asked_twice() -> None:
    town.approved("other"), town.approved("third")
    consent = town.given()
    person = User.objects.get(subject_key=consent.subject_key)
    waiting = town.asked(person, _purpose("third"), at=timezone.now())
    _, made = town.linked(person, purposes=["study", "other", "third"])
    assert (made.asks, made.left_out) == (["other", "third"], ["study"])
    assert made.link.consents[1] == waiting.id


def _purpose(code: str) -> Any:
    with acting_as(Actor.portal()):
        return Purpose.objects.select_related("agency").get(code=code)


def test_where_all_is_allowed_there_is_no_link() -> None:
    consent = town.given()
    with pytest.raises(AllValid):
        town.linked(User.objects.get(subject_key=consent.subject_key), at=town.AT)


def test_after_an_end_it_may_be_asked_again_and_after_a_refusal_only_when_the_person_has_had_peace() -> None:
    withdrawn = town.withdraw(town.given())
    person = User.objects.get(subject_key=withdrawn.subject_key)
    _, made = town.linked(person, at=town.AT)
    with acting_as(as_citizen(person)) as citizen:
        actions.refuse(consent_of(made), actor=citizen, at=town.AT)
    with pytest.raises(CoolingDown):
        town.linked(person, at=town.AT + timedelta(days=89))
    assert town.linked(person, at=town.AT + timedelta(days=90))[1].asks == ["study"]


def test_silence_is_no_bar_to_somebody_who_comes_to_the_service_again() -> None:
    asked = town.asked()
    later = town.AT + timedelta(days=31)
    with acting_as(Actor.portal()) as portal:
        actions.expire_due(actor=portal, at=later)
    person = User.objects.get(subject_key=asked.subject_key)
    assert town.linked(person, at=later)[1].asks == ["study"]


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"purposes": ["none"]}, UnknownPurpose),
        ({"purposes": ["draft"]}, NotAskable),
        ({"return_url": "https://health.example/back"}, AddressNotRegistered),
        ({"return_url": "https://evil.example/"}, AddressNotRegistered),
    ],
)
def test_what_cannot_be_asked_makes_no_link(changes: dict[str, Any], error: type[Exception], as_owner: AsOwner) -> None:
    town.approved(), town.registered("draft")
    with pytest.raises(error):
        town.linked(**changes)
    with as_owner():
        assert (ConsentLink.objects.count(), Consent.objects.count()) == (0, 0)


def test_another_agencys_purpose_is_not_asked_and_only_systems_ask() -> None:
    person, _ = town.linked()
    with acting_as(catalogue.client_of(town.holder())) as client, pytest.raises((AddressNotRegistered, NotPermitted)):
        linking.make_link(town.wanted(person), actor=client, at=town.AT)
    with acting_as(catalogue.clerk_of(town.asker())) as clerk, pytest.raises(NotPermitted):
        linking.make_link(town.wanted(person), actor=clerk, at=town.AT)


def test_a_child_and_an_adult_under_guardianship_do_not_decide_alone() -> None:
    with pytest.raises(LacksCapacity):
        town.linked(town.child())
    town.approved("of-guardians", kind="guardian")
    with pytest.raises(LacksCapacity):
        town.linked(purposes=["of-guardians"])


def test_a_representative_gets_a_link_as_far_as_their_representation_goes() -> None:
    child = family.person(8)
    parent, _ = family.parent_of(child)
    town.approved()
    _, made = town.linked(parent, on_behalf_of=family.number_of(child))
    assert (made.link.holder_key, made.link.subject_key) == (parent.subject_key, child.subject_key)
    with pytest.raises(MayNotAct):
        town.linked(family.person(), on_behalf_of=family.number_of(child))
    person, proxy = family.person(), family.person()
    family.proxy(person, proxy, Act.SEE)
    with pytest.raises(MayNotAct):
        town.linked(proxy, on_behalf_of=family.number_of(person))


def test_a_link_opens_to_the_person_it_was_made_for_and_to_nobody_else() -> None:
    person, made = town.linked()
    answer = signed_in(person).get(page(made))
    assert answer.status_code == 200
    assert "A study" in answer.content.decode()
    assert "https://health.example" in answer.headers["Content-Security-Policy"]
    other = signed_in(town.adult())
    answer = other.get(page(made))
    assert answer.status_code == 403
    assert "made for another person" in answer.content.decode()
    assert other.post(page(made, "back/")).status_code == 403
    assert [entry.facts["code"] for entry in events("consent.link.refused")] == ["link-of-another"] * 2
    assert Client().get(page(made)).headers["Location"].startswith("/sign-in/")


def test_a_link_that_was_tampered_with_or_is_old_is_refused() -> None:
    person, made = town.linked()
    assert signed_in(person).get(f"/consents/links/{made.token[:-2]}xx/").status_code == 404
    with acting_as(as_citizen(person)) as actor:
        for token in ("", "x", made.token + "x"):
            with pytest.raises(LinkUnknown):
                linking.opened(token, own_key=bytes(person.subject_key or b""), at=town.AT)
        with pytest.raises(LinkOver):
            linking.opened(made.token, own_key=bytes(person.subject_key or b""), at=made.link.expires_at)
        with pytest.raises(LinkOfAnother):
            linking.opened(made.token, own_key=bytes(16), at=town.AT)
        with pytest.raises(LinkOver):
            linking.go_back(made.link, actor=actor, at=made.link.expires_at)


def test_deciding_leads_back_to_the_link_and_from_there_to_the_service_with_a_signed_result() -> None:
    person, made = town.linked()
    consent, browser = consent_of(made), signed_in(person)
    browser.get(page(made))
    with acting_as(as_citizen(person)):
        notice = queries.current_notice(consent.purpose_id)
        assert notice
    form = {"items": [str(town.item("year").pk)], "how_long": "91", "notice": str(notice.pk), "language": "en"}
    answer = browser.post(f"/consents/{consent.id}/give/", form)
    assert (answer.status_code, answer.headers["Location"]) == (302, page(made))
    assert "You have decided everything" in browser.get(page(made)).content.decode()
    target = browser.post(page(made, "back/")).headers["Location"]
    assert target.startswith("https://health.example/back?step=3&state=s+1%262&result=")
    told = result(target)
    (one,) = told["results"]
    assert (told["aud"], told["jti"], told["state"]) == (made.link.client, str(made.link.id), "s 1&2")
    assert (one["purpose"], one["outcome"], one["items"]) == ("study", "given", ["year"])
    assert told["sub"] == accounts.pairwise_key(bytes(person.subject_key or b""), agency_id=town.asker().pk)
    assert told["exp"] - told["iat"] == 300


def test_whoever_leaves_without_deciding_has_decided_nothing() -> None:
    person, made = town.linked()
    target = signed_in(person).post(page(made, "back/")).headers["Location"]
    assert [one["outcome"] for one in result(target)["results"]] == ["undecided"]
    assert consent_of(made).state == ConsentState.REQUESTED


def test_a_link_is_used_once() -> None:
    person, made = town.linked()
    browser = signed_in(person)
    assert browser.post(page(made, "back/")).status_code == 302
    assert browser.get(page(made)).status_code == 410
    assert browser.post(page(made, "back/")).status_code == 410
    assert [entry.facts["code"] for entry in events("consent.link.refused")] == ["link-over"] * 2


def test_a_representative_acts_for_the_person_first_and_then_decides() -> None:
    child = family.person(8)
    parent, row = family.parent_of(child)
    town.approved(kind="guardian")
    _, made = town.linked(parent, on_behalf_of=family.number_of(child))
    browser = signed_in(parent)
    assert f"/representation/{row.pk}/act/" in browser.get(page(made)).content.decode()
    answer = browser.post(f"/representation/{row.pk}/act/", {"next": page(made)})
    assert answer.headers["Location"] == page(made)
    assert "A study" in browser.get(page(made)).content.decode()
    assert browser.post(f"/consents/{made.link.consents[0]}/refuse/").headers["Location"] == page(made)
    told = result(browser.post(page(made, "back/")).headers["Location"])
    assert [one["outcome"] for one in told["results"]] == ["refused"]
    assert told["sub"] == accounts.pairwise_key(bytes(child.subject_key or b""), agency_id=town.asker().pk)


def test_somebody_who_acts_for_another_is_told_to_stop_first() -> None:
    child = family.person(8)
    parent, row = family.parent_of(child)
    _, made = town.linked(parent)
    browser = signed_in(parent)
    browser.post(f"/representation/{row.pk}/act/")
    assert "Stop acting" in browser.get(page(made)).content.decode()
    assert browser.post("/representation/stop/", {"next": page(made)}).headers["Location"] == page(made)
    assert "A study" in browser.get(page(made)).content.decode()


def test_the_next_page_is_only_ever_one_of_ours() -> None:
    parent, row = family.parent_of(family.person(8))
    answer = signed_in(parent).post(f"/representation/{row.pk}/act/", {"next": "https://evil.example/"})
    assert answer.headers["Location"] == "/"


def test_the_call_answers_with_the_link_and_problems_leave_a_line_in_the_trail() -> None:
    town.approved()
    town.return_address()
    person, call = town.adult(), caller(town.asker())
    body = {"purposes": ["study"], "return_url": town.RETURN_URL, "subject": town.wanted(person).subject}
    made = call("POST", "links", body)
    assert made.status_code == 201, made.content
    told = made.json()
    assert urlsplit(told["link"]).path.startswith("/consents/links/")
    assert (told["asks"], told["left_out"]) == (["study"], [])
    for changes, status, code in (
        ({"return_url": "https://evil.example/"}, 422, "return-address-not-registered"),
        ({"purposes": ["none"]}, 404, "unknown-purpose"),
        ({"purposes": []}, 422, "invalid"),
        ({"purpose": "study"}, 422, "invalid"),
    ):
        refused = call("POST", "links", {**body, **changes})
        assert (refused.status_code, refused.json()["code"]) == (status, code), refused.content
    assert [entry.facts["code"] for entry in events("consent.call.refused")] == [
        "return-address-not-registered",
        "unknown-purpose",
    ]


@pytest.mark.parametrize(
    "url",
    ["http://x.example/", "https://", "https://a:b@x.example/", "https://x.example/#here", "javascript:alert(1)",
     "https://x.example:port/", "https://x.example/ a", "//x.example/", "https://例子.example/", "ftp://x.example/"],
)  # fmt: skip
def test_an_address_that_nobody_should_be_sent_to_is_not_registered(url: str) -> None:
    with pytest.raises(AddressUnusable):
        town.return_address(url)


def test_addresses_are_kept_by_the_agencys_administrator() -> None:
    row = town.return_address()
    keeper = catalogue.clerk_of(town.asker())
    with acting_as(keeper), pytest.raises(NotPermitted):
        linking.register_address(town.asker().pk, url="https://x.example/", actor=keeper, at=town.AT)
    keeper = town.keeper()
    with acting_as(keeper):
        with pytest.raises(AddressTaken):
            linking.register_address(town.asker().pk, url=town.RETURN_URL, actor=keeper, at=town.AT)
        linking.end_address(row, actor=keeper, at=town.AT)
        assert ReturnAddress.objects.get(pk=row.pk).ended_at == town.AT
    assert UUID(str(row.pk))
