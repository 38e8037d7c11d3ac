"""The pages of appeals, complaints and mediation, from the citizen's, the clerk's and the regulator's side."""

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from portal.accounts.models import User, UserKind
from portal.trail.actor import Actor, acting_as
from rights.models import Appeal, Complaint, Mediation, Part
from rights.states import Outcome
from tests import people
from tests.rights import factories as town

pytestmark = pytest.mark.django_db
BACKEND = "django.contrib.auth.backends.ModelBackend"


def browser(user: User) -> Client:
    client = Client()
    client.force_login(user, BACKEND)
    client.cookies["django_language"] = "en"
    return client


def text_of(answer: Any, status: int = 200) -> str:
    assert answer.status_code == status, answer.content
    return " ".join(answer.content.decode().split())


def refused(user: User) -> Part:
    request = town.routed(user, at=timezone.now())
    return town.replied(town.part(request), Outcome.REFUSED, at=timezone.now())


def the(model: Any) -> Any:
    with acting_as(Actor.portal()):
        return model.objects.get()


def test_every_refusal_says_where_one_can_turn_and_that_a_court_is_open() -> None:
    user = town.person()
    part = refused(user)
    page = text_of(browser(user).get(reverse("rights:request", args=[part.request_id])))
    assert "Where you can turn" in page
    for words in ("Open from the first day", "within sixty days", "You may complain at any time"):
        assert words in page
    assert reverse("rights:appeal-new", args=[part.pk]) in page


def test_an_appeal_from_the_refusal_to_the_other_clerk_to_the_reopened_part() -> None:
    user = town.person()
    part, citizen = refused(user), browser(user)
    new = reverse("rights:appeal-new", args=[part.pk])
    assert "A law demands secrecy." in text_of(citizen.get(new))
    assert "This field is required" in text_of(citizen.post(new, {"text": ""}), 422)
    assert citizen.post(new, {"text": "They hold more."}).status_code == 302
    appeal = the(Appeal)
    assert "Your appeal against" in text_of(citizen.get(reverse("rights:appeal", args=[appeal.pk])))
    assert "Your appeal is being looked at" in text_of(citizen.post(new, {"text": "Again."}), 409)

    desk = browser(people.clerk(town.tax(), "colleague"))
    assert part.request.number in text_of(desk.get(reverse("admin:rights_appeal_changelist")))
    page = reverse("admin:rights_appeal_change", args=[appeal.pk])
    assert "They hold more." in text_of(desk.get(page))
    assert desk.post(reverse("admin:rights_appeal_take", args=[appeal.pk])).status_code == 302
    decide = reverse("admin:rights_appeal_decide", args=[appeal.pk])
    given = {"granted": "yes", "text": "You were right.", "published": "Call 13812345678."}
    assert "Leave out numbers" in text_of(desk.post(decide, given), 422)
    assert desk.post(decide, {**given, "published": "The rule must demand secrecy."}).status_code == 302
    town.run(timezone.now())

    assert "You were right" in text_of(citizen.get(reverse("rights:appeal", args=[appeal.pk])))
    assert "being worked on" in text_of(citizen.get(reverse("rights:request", args=[part.request_id])))
    assert "The rule must demand secrecy." in text_of(
        Client(headers={"accept-language": "en"}).get("/appeals/outcomes/")
    )
    shown = text_of(desk.get(reverse("admin:rights_part_change", args=[part.pk])))
    assert "What appeals have decided about these grounds" in shown


def test_who_answered_is_told_on_the_page_that_another_must_decide() -> None:
    user = town.person()
    request = town.routed(user, at=timezone.now())
    answering = people.clerk(town.tax(), "answering")
    town.replied(town.part(request), Outcome.REFUSED, by=people.as_clerk(answering), at=timezone.now())
    appeal = town.appealed(town.part(request), at=timezone.now())
    page = text_of(browser(answering).get(reverse("admin:rights_appeal_change", args=[appeal.pk])))
    assert "You gave this answer." in page
    refused = browser(answering).post(reverse("admin:rights_appeal_take", args=[appeal.pk]))
    assert "Another person must look at it again" in text_of(refused, 403)


def test_the_regulator_takes_and_decides_an_appeal_that_came_up() -> None:
    user = town.person()
    part = refused(user)
    town.reviewed(
        town.appealed(part, at=timezone.now()), granted=False, by=town.colleague(town.tax()), at=timezone.now()
    )
    above = town.appealed(part, at=timezone.now())
    desk = browser(people.staff(UserKind.REGULATOR))
    assert part.request.number in text_of(desk.get("/oversight/cases/"))
    page = reverse("rights:regulator-appeal", args=[above.pk])
    assert desk.post(reverse("rights:regulator-appeal-take", args=[above.pk])).status_code == 302
    assert "The agency's own review" in text_of(desk.get(page))
    assert desk.post(page, {"granted": "yes", "text": "Right.", "published": "No rule."}).status_code == 302
    town.run(timezone.now())
    assert town.now(part).state == "acknowledged"


def test_a_complaint_goes_to_the_regulator_and_its_result_comes_back() -> None:
    user = town.person()
    citizen, desk = browser(user), browser(people.staff(UserKind.REGULATOR))
    assert "What happened?" in text_of(citizen.get("/appeals/complaints/new/"))
    assert citizen.post("/appeals/complaints/new/", {"agency": "tax", "text": "Nobody answers."}).status_code == 302
    complaint = the(Complaint)
    page = reverse("rights:regulator-complaint", args=[complaint.pk])
    assert "Nobody answers." in text_of(desk.get(page))
    desk.post(reverse("rights:regulator-complaint-take", args=[complaint.pk]))
    assert "Choose" in text_of(desk.post(page, {"upheld": "", "text": ""}), 422)
    assert desk.post(page, {"upheld": "yes", "text": "They must answer."}).status_code == 302
    shown = text_of(citizen.get(reverse("rights:complaint", args=[complaint.pk])))
    assert "The regulator found your complaint justified" in shown
    assert "They must answer." in shown
    assert complaint.number in text_of(citizen.get("/appeals/"))


def test_a_mediation_from_both_sides() -> None:
    user = town.person()
    part, citizen = refused(user), browser(user)
    new = reverse("rights:mediation-new", args=[part.pk])
    assert "12348" in text_of(citizen.get(new))
    citizen.post(new, {"organisation": "legal-aid", "text": "Show me 2024."})
    mediation = the(Mediation)
    desk = browser(people.clerk(town.tax(), "desk"))
    mediate = reverse("admin:rights_mediate", args=[part.pk])
    assert "Show me 2024." in text_of(desk.get(reverse("admin:rights_part_change", args=[part.pk])))
    desk.post(mediate, {"mediation-step": "join", "mediation-text": "We come."})
    desk.post(mediate, {"mediation-step": "propose", "mediation-text": "You get 2024."})
    page = reverse("rights:mediation", args=[mediation.pk])
    assert "You get 2024." in text_of(citizen.get(page))
    citizen.post(reverse("rights:mediation-step", args=[mediation.pk]), {"step": "agree"})
    assert "have settled" in text_of(citizen.get(page))


def test_who_can_help_is_listed_for_everybody() -> None:
    page = text_of(Client(headers={"accept-language": "en"}).get("/appeals/help/?minor=yes&region=1101"))
    assert page.index("12309") < page.index("010-12348")


def test_a_list_of_many_costs_as_many_queries_as_one_of_few() -> None:
    user = town.person()
    citizen = browser(user)
    counts = []
    for _ in range(2):
        for _ in range(3):
            town.appealed(refused(user), at=timezone.now())
            town.complained(user, agency="tax", at=timezone.now())
        with CaptureQueriesContext(
            connection,
        ) as asked:
            text_of(citizen.get("/appeals/"))
        counts.append(len(asked))
    assert counts[0] == counts[1]
