"""The citizen's pages: being asked, allowing item by item, stopping in one step; and at what cost."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from consent import queries, receipts
from consent.models import Consent, Kind, Risk
from portal.accounts.levels import Level
from portal.accounts.models import User
from portal.trail.actor import Actor, acting_as
from tests import people
from tests.catalogue import factories as catalogue
from tests.consent import factories as town
from tests.people import as_citizen, clerk

pytestmark = pytest.mark.django_db
BACKEND = "django.contrib.auth.backends.ModelBackend"


@pytest.fixture
def zhang(client: Client) -> User:
    """Somebody grown-up, signed in, reading English."""
    user = town.adult()
    client.force_login(user, backend=BACKEND)
    client.cookies["django_language"] = "en"
    return user


def address(name: str, consent: Consent) -> str:
    return reverse(f"consent:{name}", args=[consent.id])


def text_of(answer: Any, status: int = 200) -> str:
    assert answer.status_code == status, answer.content
    return " ".join(answer.content.decode().split())


def ticked(consent: Consent, *codes: str, **changes: Any) -> dict[str, Any]:
    """The form as a browser sends it."""
    with acting_as(Actor.portal()):
        notice = queries.current_notice(consent.purpose_id)
    assert notice
    return {"items": town.chosen(*codes), "how_long": "182", "notice": notice.pk, "language": "en", **changes}


def state_of(consent: Consent) -> str:
    with acting_as(Actor.portal()):
        return Consent.objects.values_list("state", flat=True).get(id=consent.id)


def asked(user: User, **changes: Any) -> Consent:
    """A question of just now."""
    return town.asked(user, town.approved(**changes), at=timezone.now())


def test_the_question_shows_every_item_unticked_with_why_and_what_a_no_means(client: Client, zhang: User) -> None:
    page = text_of(client.get(address("consent", asked(zhang))))
    for told in ("Health Commission asks: A study", "to tell the years apart", "to compare incomes", "your choice"):
        assert told in page
    for told in ("Nothing changes for you.", "The whole text.", "PIA-1", "Allow what I ticked"):
        assert told in page
    assert "checked" not in page
    assert "1 month" not in page
    assert "6 months" in page


def test_allowing_what_was_ticked_gives_it_and_shows_it(client: Client, zhang: User) -> None:
    consent = asked(zhang)
    answer = client.post(address("give", consent), ticked(consent, "year", "income"), follow=True)
    page = text_of(answer)
    for told in ("You allow this now", "You allow Health Commission this use until", "Stop now", "receipt"):
        assert told in page
    with acting_as(as_citizen(zhang)):
        given = queries.consent(consent.subject_key, consent.id)
        (step,) = [event for event in queries.events_of(consent.subject_key, consent.id) if event.move == "given"]
    assert (given.state, given.items, step.language) == ("given", town.chosen("year", "income"), "en")
    assert given.valid_until
    assert timedelta(days=181) < given.valid_until - timezone.now() <= timedelta(days=182)


def test_a_use_of_high_risk_is_allowed_by_who_is_surely_known_and_refused_by_anybody(client: Client) -> None:
    user = town.adult()
    high, low = asked(user), asked(user, code="low", risk=Risk.ORDINARY)
    people.come_in(client, user, level=Level.BASE)
    client.cookies["django_language"] = "en"
    page = text_of(client.get(address("consent", high)))
    assert "has a high risk for you" in page
    assert 'name="items"' not in page
    sent = client.post(address("give", high), ticked(high, "year"))
    assert sent.headers["Location"].startswith("/sign-in/confirm/?level=substantial&next=%2Fconsents%2F")
    assert state_of(high) == "requested"
    assert 'name="items"' in text_of(client.get(address("consent", low)))
    client.post(address("give", low), ticked(low, "year"))
    client.post(address("refuse", high))
    assert (state_of(low), state_of(high)) == ("given", "refused")


def test_a_day_of_ones_own_is_allowed_to_its_end(client: Client, zhang: User) -> None:
    consent = asked(zhang)
    last = timezone.localdate() + timedelta(days=365)
    wrong = ticked(consent, "year", how_long="until", until=(last + timedelta(days=1)).isoformat())
    assert "no later than the longest term" in text_of(client.post(address("give", consent), wrong), 422)
    client.post(address("give", consent), ticked(consent, "year", how_long="until", until=last.isoformat()))
    assert state_of(consent) == "given"


@pytest.mark.parametrize(
    ("codes", "changes", "told"),
    [
        ((), {}, "Tick what you allow"),
        (("income",), {}, "everything that is marked as needed"),
        (("year",), {"how_long": ""}, "Choose for how long"),
        (("year",), {"how_long": "until"}, "Choose the day"),
        (("year",), {"how_long": "9999"}, "valid choice"),
        (("year",), {"items": ["x"]}, "valid choice"),
        (("year",), {"notice": "x"}, "valid UUID"),
    ],
)
def test_what_is_wrong_is_said_at_its_field_and_nothing_is_given(
    client: Client, zhang: User, codes: tuple[str, ...], changes: dict[str, Any], told: str
) -> None:
    consent = asked(zhang)
    page = text_of(client.post(address("give", consent), ticked(consent, *codes, **changes)), 422)
    assert told in page
    assert state_of(consent) == "requested"


def test_an_old_page_is_answered_with_the_new_notice(client: Client, zhang: User) -> None:
    consent = asked(zhang)
    form = ticked(consent, "year")
    town.new_notice(consent.purpose)
    page = text_of(client.post(address("give", consent), form), 409)
    assert "The notice has changed" in page
    assert "version 2" in page
    assert str(form["notice"]) not in page
    assert state_of(consent) == "requested"


def test_a_child_is_told_who_decides(client: Client) -> None:
    child = town.child()
    client.force_login(child, backend=BACKEND)
    client.cookies["django_language"] = "en"
    consent = asked(child, kind=Kind.EXPRESS)
    page = text_of(client.post(address("give", consent), ticked(consent, "year")), 422)
    assert "a parent or guardian decides" in page
    page = text_of(client.get(address("consent", consent)))
    for told in (
        "Some people would like to look at your record.",
        "your father or another guardian decides",
    ):
        assert told in page
    assert "Allow what I ticked" not in page


def test_saying_no_takes_one_step(client: Client, zhang: User) -> None:
    consent = asked(zhang)
    page = text_of(client.post(address("refuse", consent), follow=True))
    assert "You are not asked again before" in page
    assert state_of(consent) == "refused"


def test_stopping_takes_a_click_and_a_confirmation_from_the_list_and_from_the_page(client: Client, zhang: User) -> None:
    for code, origin in (("one", "?from=list"), ("two", "")):
        consent = asked(zhang, code=code)
        client.post(address("give", consent), ticked(consent, "year"))
        where = reverse("consent:index") if origin else address("consent", consent)
        assert f'href="{address("withdraw", consent)}{origin}"' in text_of(client.get(where))
        before = text_of(client.get(address("withdraw", consent) + origin))
        for told in ("Health Commission may no longer get", "Nothing changes for you.", "Nothing was shared under it"):
            assert told in before
        assert state_of(consent) == "given"
        page = text_of(client.post(address("withdraw", consent), {"from": "list"} if origin else {}, follow=True))
        assert "What was done before stays done" in page
        assert state_of(consent) == "withdrawn"


def test_pausing_and_resuming(client: Client, zhang: User) -> None:
    consent = asked(zhang)
    client.post(address("give", consent), ticked(consent, "year"))
    assert "Resume" in text_of(client.post(address("pause", consent), follow=True))
    assert "Pause" in text_of(client.post(address("resume", consent), follow=True))
    assert "This step is not possible now" in text_of(client.post(address("resume", consent), follow=True))
    assert state_of(consent) == "given"


def test_the_receipt_is_a_signed_text_to_keep(client: Client, zhang: User) -> None:
    consent = asked(zhang)
    assert client.get(address("receipt", consent)).status_code == 404
    client.post(address("give", consent), ticked(consent, "year"))
    answer = client.get(address("receipt", consent))
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert receipts.check(answer.content.decode())["record"]["consent"] == str(consent.id)


def test_the_page_tells_which_agency_checked_the_consent(client: Client, zhang: User) -> None:
    consent = asked(zhang)
    client.post(address("give", consent), ticked(consent, "year"))
    town.decided(town.question(consent), at=timezone.now())
    page = text_of(client.get(address("consent", consent)))
    assert "permitted: you allow it" in page


@pytest.mark.usefixtures("zhang")
def test_somebody_elses_consent_is_not_there(client: Client) -> None:
    other = town.asked(town.adult())
    for name in ("consent", "receipt"):
        assert client.get(address(name, other)).status_code == 404
    for name in ("give", "refuse", "pause", "resume"):
        assert client.post(address(name, other)).status_code == 404
        assert client.get(address(name, other)).status_code == 405
    for name in ("withdraw", "shorten", "extend"):
        assert client.post(address(name, other)).status_code == 404
        assert client.get(address(name, other)).status_code == 404
    assert client.get(reverse("consent:consent", args=[uuid4()])).status_code == 404


def test_pages_are_for_citizens_who_signed_in(client: Client) -> None:
    assert client.get(reverse("consent:index")).status_code == 302
    client.force_login(clerk(catalogue.agency("tax")), backend=BACKEND)
    assert client.get(reverse("consent:index")).status_code == 404


@pytest.mark.usefixtures("zhang")
def test_an_empty_list_says_why_it_is_empty(client: Client) -> None:
    assert "Nobody has asked you yet" in text_of(client.get(reverse("consent:index")))


def test_the_list_costs_the_same_for_many_as_for_few(client: Client, zhang: User) -> None:
    def cost(where: str) -> int:
        with CaptureQueriesContext(connection) as captured:
            text_of(client.get(where))
        return len(captured)

    consent = asked(zhang)
    cost(reverse("consent:index"))
    few, question = cost(reverse("consent:index")), cost(address("consent", consent))
    for place in range(4):
        more = asked(zhang, code=f"more-{place}")
        if place % 2:
            client.post(address("give", more), ticked(more, "year"))
    assert cost(reverse("consent:index")) == few <= 16
    assert cost(reverse("consent:stop")) <= 20
    assert question <= 22
