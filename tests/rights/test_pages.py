"""The citizen's pages: one request, questions, files, the package; and at what cost."""

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from portal.accounts.models import User
from portal.trail.actor import Actor, acting_as
from rights import queries
from rights.models import Evidence, PartFile, RightsRequest
from rights.states import Outcome
from tests.people import clerk
from tests.rights import factories as town
from tests.rights.factories import DAY

pytestmark = pytest.mark.django_db
BACKEND = "django.contrib.auth.backends.ModelBackend"


@pytest.fixture
def zhang(client: Client) -> User:
    """Somebody about whom two agencies hold data, signed in, reading English."""
    user = town.person()
    client.force_login(user, backend=BACKEND)
    client.cookies["django_language"] = "en"
    return user


def text_of(answer: Any, status: int = 200) -> str:
    assert answer.status_code == status, answer.content
    return " ".join(answer.content.decode().split())


def address(name: str, of: Any) -> str:
    return reverse(f"rights:{name}", args=[of.pk])


def requests() -> list[RightsRequest]:
    with acting_as(Actor.portal()):
        return list(RightsRequest.objects.order_by("submitted_at"))


def fresh(user: User, **changes: Any) -> RightsRequest:
    return town.routed(user, at=timezone.now(), **changes)


def test_one_request_shows_each_agency_its_day_and_every_step(client: Client, zhang: User) -> None:
    request = fresh(zhang)
    page = text_of(client.get(address("request", request)))
    for told in ("0 of 2 answered", "Tax Bureau · Records tax.income", "working days", "You filed this request."):
        assert told in page
    assert "service target" in page
    assert request.number in text_of(client.get("/requests/"))


def test_a_late_part_says_so(client: Client, zhang: User) -> None:
    request = town.routed(zhang, at=timezone.now() - 60 * DAY)
    assert text_of(client.get(address("request", request))).count("late since") == 2


def test_a_question_is_answered_on_the_page(client: Client, zhang: User) -> None:
    request = fresh(zhang)
    part = town.part(request)
    town.act("ask", part, text="Which <year>?", at=timezone.now())
    page = text_of(client.get(address("request", request)))
    assert "Which &lt;year&gt;?" in page
    assert "needs you" in page
    assert "This field is required" in text_of(client.post(address("answer", part), {"text": " "}), 422)
    assert "Your answer is sent" in text_of(client.post(address("answer", part), {"text": "2025"}, follow=True))
    again = client.post(address("answer", part), {"text": "2024"}, follow=True)
    assert "answered already" in text_of(again)
    assert town.now(part).state == "acknowledged"


def test_files_go_along_with_an_answer_and_only_to_who_asked(client: Client, zhang: User) -> None:
    request = fresh(zhang)
    part = town.part(request)
    town.act("ask", part, text="May we see it?", at=timezone.now())
    wrong = {"text": "Here.", "attachments": SimpleUploadedFile("a.pdf", b"no pdf")}
    assert "ending of the file" in text_of(client.post(address("answer", part), wrong), 422)
    right = {"text": "Here.", "attachments": SimpleUploadedFile("a.txt", b"See?")}
    page = text_of(client.post(address("answer", part), right, follow=True))
    assert "a.txt" in page
    with acting_as(town.clerk(town.tax())):
        assert [file.name for file in queries.evidence_of(request, part)] == ["a.txt"]
    with acting_as(town.clerk(town.housing())):
        assert not Evidence.objects.exists()


def test_answers_files_and_the_package_can_be_had(client: Client, zhang: User) -> None:
    request = fresh(zhang)
    town.replied(town.part(request, "tax"), text="Here it is.", at=timezone.now())
    with acting_as(Actor.portal()):
        file = PartFile.objects.get()
    got = client.get(address("file", file))
    assert b"".join(got.streaming_content) == b"year,income\n2025,1\n"  # type: ignore[attr-defined]  # it streams
    assert got.headers["Content-Disposition"] == "attachment; filename*=UTF-8''rows.csv"
    assert got.headers["X-Content-Type-Options"] == "nosniff"
    assert "You can take what is there now" in text_of(client.get(address("request", request)))
    town.replied(town.part(request, "housing"), Outcome.REFUSED, at=timezone.now())
    town.run(timezone.now())
    page = text_of(client.get(address("request", request)))
    for told in ("Here it is.", "A law or administrative regulation demands secrecy.", "Download your package"):
        assert told in page
    ticket = client.get(address("request", request)).context["ticket"]
    package = client.post(address("package", request), {"ticket": ticket})
    body = b"".join(package.streaming_content)  # type: ignore[attr-defined]  # it streams
    assert body.startswith(b"PK")
    assert package.headers["Content-Length"] == str(len(body))


def test_a_request_is_taken_back_once(client: Client, zhang: User) -> None:
    request = fresh(zhang)
    assert "You took this request back" in text_of(client.post(address("withdraw", request), follow=True))
    assert "not possible now" in text_of(client.post(address("withdraw", request), follow=True))


def test_where_nothing_is_held_the_page_says_so(client: Client) -> None:
    user = town.person(held=False)
    client.force_login(user, backend=BACKEND)
    client.cookies["django_language"] = "en"
    assert "That is the answer." in text_of(client.get(address("request", fresh(user))))


def test_an_empty_list_says_why_and_what_to_do(client: Client) -> None:
    client.force_login(town.person(held=False), backend=BACKEND)
    client.cookies["django_language"] = "en"
    assert "Nothing here yet" in text_of(client.get("/requests/"))


@pytest.mark.parametrize("name", ["request", "withdraw", "package"])
def test_anothers_request_is_nothing_and_staff_have_pages_of_their_own(client: Client, zhang: User, name: str) -> None:
    foreign = fresh(town.person())
    method = client.get if name == "request" else client.post
    assert method(address(name, foreign)).status_code == 404
    client.force_login(clerk(town.tax()), backend=BACKEND)
    assert method(address(name, foreign)).status_code == 404


def test_a_page_costs_the_same_however_much_it_shows(client: Client, zhang: User) -> None:
    counts: dict[str, list[int]] = {"/requests/": [], "request": []}
    for times in (1, 3):
        for _ in range(times):
            request = fresh(zhang)
        part = town.part(request)
        for place in range(times):
            town.act("attach", part, name=f"{place}.csv", media_type="text/csv", content=[b"x"])
        for page, path in (("/requests/", "/requests/"), ("request", address("request", request))):
            with CaptureQueriesContext(connection) as captured:
                assert client.get(path).status_code == 200
            counts[page].append(len(captured))
    assert counts["/requests/"][0] == counts["/requests/"][1] <= 12, counts
    assert counts["request"][0] == counts["request"][1] <= 26, counts
