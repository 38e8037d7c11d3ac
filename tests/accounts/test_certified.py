"""Sign-in against a certified provider: the whole flow, levels, a new key while it runs, and logout from there."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import httpx
import pytest
from django.test import Client

from portal.accounts.models import Session, User, UserKind
from portal.trail.actor import Actor, acting_as
from portal.trail.models import Entry
from tests.accounts import identity
from tests.accounts.identity import CERTIFIED, Certified
from tests.people import number

pytestmark = pytest.mark.django_db
PEOPLE: dict[str, dict[str, Any]] = {
    "zhang": {"national_id": number(391), "name": "张三", "email": "zhang@example.org"},
    "wang": {"national_id": number(392), "name": "王五", "email": "wang@example.org"},
}
PASSWORD, FACE = identity.LEVELS


@pytest.fixture(scope="module")
def running() -> Iterator[Certified]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("NO_PROXY", "127.0.0.1,localhost")
        with identity.certified(PEOPLE) as provider:
            yield provider


@pytest.fixture(autouse=True)
def _configured(settings: Any, running: Certified) -> None:
    settings.PORTAL_OUTBOUND_NETWORKS = ["127.0.0.0/8"]
    settings.PORTAL_IDENTITY_PROVIDERS = (identity.provider(running.issuer, CERTIFIED, levels=identity.LEVELS),)


def signed_in(running: Certified, browser: Client, visitor: httpx.Client, sub: str = "zhang", **more: Any) -> Any:
    """The whole way: to the provider, whose question the person answers, and back."""
    said = {"acr": more.pop("acr", PASSWORD), "ago": more.pop("ago", 0)}
    back = running.vouches(visitor, identity.left(browser, CERTIFIED, **more), sub, **said)
    return identity.returned(browser, back)


def test_a_person_comes_in_with_pkce_state_and_nonce_and_lands_where_they_wanted(running: Certified) -> None:
    browser = Client()
    question = httpx.URL(identity.left(browser, CERTIFIED)).params
    assert {"code_challenge", "state", "nonce", "max_age"} <= set(question)
    assert (question["code_challenge_method"], question["acr_values"]) == ("S256", f"{PASSWORD} {FACE}")
    with running.visitor() as visitor:
        answer = signed_in(running, browser, visitor)
    assert (answer.status_code, answer.headers["Location"]) == (302, "/help/")
    session = Session.objects.get(user__kind=UserKind.CITIZEN)
    assert (session.provider, session.subject) == (CERTIFIED, "zhang")
    assert session.sid
    assert browser.session["standing"]["level"] == "base"


def test_the_trail_says_by_which_door_and_how_surely_somebody_came_in(running: Certified) -> None:
    with running.visitor() as visitor:
        signed_in(running, Client(), visitor, acr=FACE)
    with acting_as(Actor.portal()):
        entry = Entry.objects.get(event="accounts.user.signed_in")
    assert entry.facts == {"door": CERTIFIED, "level": "substantial"}


def test_to_file_takes_a_step_up_after_which_the_reader_is_at_the_form(running: Certified) -> None:
    browser = Client(headers={"Accept-Language": "en"})
    with running.visitor() as visitor:
        signed_in(running, browser, visitor)
        sent = browser.get("/requests/new/?kind=access")
        assert sent.headers["Location"].startswith("/sign-in/confirm/?level=substantial&next=%2Frequests%2Fnew")
        page = browser.get(sent.headers["Location"]).content.decode()
        assert "Confirm with Certified" in page
        before = browser.session.session_key
        answer = signed_in(running, browser, visitor, acr=FACE, level="substantial", after="/requests/new/?kind=access")
    assert answer.headers["Location"] == "/requests/new/?kind=access"
    assert browser.session.session_key != before
    assert browser.get("/requests/new/?kind=access").status_code == 200
    assert User.objects.filter(kind=UserKind.CITIZEN).count() == 1


def test_who_is_confirmed_less_surely_than_asked_stays_outside_of_what_asked(running: Certified) -> None:
    browser = Client(headers={"Accept-Language": "en"})
    with running.visitor() as visitor:
        signed_in(running, browser, visitor)
        answer = signed_in(running, browser, visitor, acr=PASSWORD, level="substantial", after="/requests/new/")
    assert answer.status_code == 403
    assert "surely enough" in answer.content.decode()
    assert "/sign-in/confirm/" in browser.get("/requests/new/").headers["Location"]
    assert browser.get("/sharing/").status_code == 200


def test_the_provider_asks_again_whom_it_confirmed_too_long_ago(running: Certified) -> None:
    """`max_age` in the question, `auth_time` in the answer: a session of the provider's own is no shortcut."""
    browser = Client()
    with running.visitor() as visitor:
        signed_in(running, browser, visitor, acr=FACE, ago=int(timedelta(minutes=40).total_seconds()))
        assert "/sign-in/confirm/" in browser.get("/requests/new/").headers["Location"]
        question = identity.left(browser, CERTIFIED, level="substantial")
        assert "/interaction/" in visitor.get(question).headers["Location"]


def test_an_answer_of_long_ago_is_refused_even_if_the_provider_lets_it_pass(running: Certified) -> None:
    browser = Client()
    with running.visitor() as visitor:
        answer = signed_in(running, browser, visitor, ago=int(timedelta(hours=9).total_seconds()))
    assert answer.status_code == 401
    assert "_auth_user_id" not in browser.session


def test_a_new_key_of_the_provider_is_found_while_the_site_runs(running: Certified) -> None:
    with running.visitor() as visitor:
        signed_in(running, Client(), visitor)
    running.takes_a_new_key()
    browser = Client()
    with running.visitor() as visitor:
        assert signed_in(running, browser, visitor).headers["Location"] == "/help/"
    assert "_auth_user_id" in browser.session


def test_a_code_counts_once(running: Certified) -> None:
    browser = Client()
    with running.visitor() as visitor:
        back = running.vouches(visitor, identity.left(browser, CERTIFIED), "zhang", acr=PASSWORD)
    assert identity.returned(browser, back).status_code == 302
    assert identity.returned(browser, back).status_code == 401  # the state was used up
    other = Client()
    state = httpx.URL(identity.left(other, CERTIFIED)).params["state"]
    stolen = httpx.URL(back).copy_set_param("state", state)
    assert identity.returned(other, str(stolen)).status_code == 401  # and so was the code
    assert "_auth_user_id" not in other.session


def test_an_altered_state_is_refused(running: Certified) -> None:
    browser = Client()
    with running.visitor() as visitor:
        back = httpx.URL(running.vouches(visitor, identity.left(browser, CERTIFIED), "zhang", acr=PASSWORD))
    assert identity.returned(browser, str(back.copy_set_param("state", "another"))).status_code == 401
    assert "_auth_user_id" not in browser.session


def test_who_signs_out_at_the_provider_is_out_here_at_once_and_only_there(running: Certified) -> None:
    browser, elsewhere, other = Client(), Client(), Client()
    with running.visitor() as visitor, running.visitor() as phone, running.visitor() as wangs:
        signed_in(running, browser, visitor)
        signed_in(running, elsewhere, phone)
        signed_in(running, other, wangs, "wang")
        token = running.ends(visitor)
    answer = Client().post(f"/accounts/oidc/{CERTIFIED}/logout/", {"logout_token": token})
    assert (answer.status_code, "no-store" in answer.headers["Cache-Control"]) == (200, True)
    assert browser.get("/sharing/").status_code == 302
    assert elsewhere.get("/sharing/").status_code == 200  # another session of the same person
    assert other.get("/sharing/").status_code == 200
    with acting_as(Actor.portal()):
        assert Entry.objects.filter(event="accounts.sessions.ended").count() == 1
    again = Client().post(f"/accounts/oidc/{CERTIFIED}/logout/", {"logout_token": token})
    assert again.status_code == 400
