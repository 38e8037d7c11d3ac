"""The clerk's desk in the admin: the queue, one part, every step, and what it costs."""

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from portal.accounts.models import Disclosure, User, UserKind
from portal.trail.actor import Actor, acting_as
from rights.models import Part, PartFile
from rights.states import Outcome
from tests import people
from tests.catalogue import factories as catalogue
from tests.rights import factories as town
from tests.rights.factories import DAY

pytestmark = pytest.mark.django_db
QUEUE = "/admin/rights/part/"


def signed_in(user: User) -> Client:
    client = Client(headers={"accept-language": "en"})
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


@pytest.fixture
def desk() -> Client:
    """A clerk of the tax bureau."""
    return signed_in(people.clerk(town.tax()))


def fresh() -> Part:
    return town.part(town.routed(at=timezone.now()))


def page(answer: Any, status: int = 200) -> str:
    assert answer.status_code == status, answer.content[-2000:]
    return " ".join(answer.content.decode().split())


def address(part: Part) -> str:
    return f"{QUEUE}{part.pk}/change/"


def take(desk: Client, part: Part, name: str, **given: Any) -> Any:
    body = {f"{name}-{field}": value for field, value in given.items()}
    return desk.post(f"{QUEUE}{part.pk}/take/{name}/", body, follow=True)


def test_the_queue_holds_the_own_agencys_open_parts_and_showing_is_delivering(desk: Client) -> None:
    part = fresh()
    assert part.request.number in page(desk.get(QUEUE))
    assert town.now(part).state == "delivered"
    other = signed_in(people.clerk(catalogue.agency("health")))
    assert part.request.number not in page(other.get(QUEUE))
    town.replied(part, Outcome.NOTHING_HELD)
    assert part.request.number not in page(desk.get(QUEUE))
    for query in ("?state=answered", "?state=all"):
        assert part.request.number in page(desk.get(QUEUE + query))


def test_the_queue_can_show_what_is_late(desk: Client) -> None:
    late = town.part(town.routed(at=timezone.now() - 60 * DAY))
    on_time = fresh()
    shown = page(desk.get(QUEUE + "?state=late"))
    assert late.request.number in shown
    assert on_time.request.number not in shown


def test_the_queue_costs_the_same_however_long_it_is(desk: Client) -> None:
    counts = []
    for times in (1, 4):
        for _ in range(times):
            fresh()
        desk.get(QUEUE)
        with CaptureQueriesContext(connection) as captured:
            desk.get(QUEUE)
        counts.append(len(captured))
    assert counts[0] == counts[1] <= 20, counts


def test_the_person_is_covered_until_a_reason_is_given_and_the_look_is_recorded(desk: Client) -> None:
    part = fresh()
    assert "张三" not in page(desk.get(address(part)))
    refused = desk.post(f"{QUEUE}{part.pk}/show-person/", {"show-reason": " "})
    assert "This field is required" in page(refused, 422)
    with acting_as(Actor.portal()):
        assert not Disclosure.objects.exists()
    shown = page(desk.post(f"{QUEUE}{part.pk}/show-person/", {"show-reason": "to find the rows"}))
    assert "张三" in shown
    with acting_as(Actor.portal()):
        assert Disclosure.objects.get().reason == "to find the rows"
    afterwards = page(desk.get(address(part)))
    assert "张三" not in afterwards
    assert "张" in afterwards


def test_a_part_goes_its_way_by_buttons_to_an_answer_with_a_file(desk: Client) -> None:
    part = fresh()
    assert "you work on it" in page(take(desk, part, "acknowledge"))
    assert "Extended." in page(take(desk, part, "extend", reason="Many records."))
    assert "Asked." in page(take(desk, part, "ask", text="Which year?"))
    shown = page(desk.get(address(part)))
    for why_not in ("This was done.", "You asked already", "This was extended once"):
        assert why_not in shown
    upload = SimpleUploadedFile("rows.csv", b"year,income\n", "text/csv")
    given = {"outcome": "fulfilled", "text": "Here.", "attachments": [upload]}
    assert "Answered." in page(take(desk, part, "reply", **given))
    with acting_as(Actor.portal()):
        assert (town.now(part).state, PartFile.objects.get().name) == ("answered", "rows.csv")
    assert page(desk.get(address(part))).count("This part is closed.") == 6


def test_a_refusal_offers_the_laws_grounds_and_needs_one(desk: Client) -> None:
    part = fresh()
    offered = page(desk.get(address(part)))
    assert "A law or administrative regulation demands secrecy." in offered
    refused = take(desk, part, "reply", outcome="refused", text="")
    told = page(refused, 422)
    assert "Name the ground in the law" in told
    assert "Write a few words" in told
    assert town.now(part).state == "delivered"
    assert "Answered." in page(take(desk, part, "reply", outcome="refused", text="Secret.", ground="legal_secrecy"))


def test_a_part_is_passed_on_to_an_agency_of_the_list(desk: Client) -> None:
    part = fresh()
    assert "Select a valid choice" in page(take(desk, part, "transfer", agency="nobody", reason="Theirs."), 422)
    assert "Offered. It stays here" in page(take(desk, part, "transfer", agency="housing", reason="Theirs."))


def test_what_is_not_possible_any_more_is_refused_in_words(desk: Client) -> None:
    part = fresh()
    town.replied(part, Outcome.NOTHING_HELD)
    assert "not possible now" in page(take(desk, part, "ask", text="Which year?"), 409)


def test_a_file_of_a_bad_name_is_refused_at_its_field_and_nothing_is_answered(desk: Client) -> None:
    part = fresh()
    good, bad = SimpleUploadedFile("good.csv", b"x"), SimpleUploadedFile("bad?.csv", b"x")
    told = page(take(desk, part, "reply", outcome="fulfilled", attachments=[good, bad]), 422)
    assert "name has letters" in told
    with acting_as(Actor.portal()):
        assert not PartFile.objects.exists()
    assert town.now(part).state == "queued"


def test_anothers_part_is_nothing(desk: Client) -> None:
    part = town.part(town.routed(), "housing")
    assert desk.get(address(part)).status_code == 404
    assert desk.get(f"{QUEUE}nonsense/change/").status_code == 404
    assert take(desk, part, "acknowledge").status_code == 404
    assert desk.post(f"{QUEUE}{part.pk}/show-person/", {"show-reason": "x"}).status_code == 404
    assert take(desk, fresh(), "burn").status_code == 404


@pytest.mark.parametrize("kind", [UserKind.AUTHORITY, UserKind.REGULATOR, UserKind.OPERATOR])
def test_other_staff_have_no_queue(kind: UserKind) -> None:
    part, other = fresh(), signed_in(people.staff(kind))
    assert other.get(QUEUE).status_code == 403
    assert other.get(address(part)).status_code == 403
    assert take(other, part, "acknowledge").status_code == 403
