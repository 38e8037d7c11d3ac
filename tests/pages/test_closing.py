"""Closing an account: what is the account's goes, what is a record stays, and nothing open is left to nobody."""

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from consent.models import Consent
from portal.accounts import actions as accounts
from portal.accounts import contact, mailing
from portal.accounts import queries as people
from portal.accounts.levels import Level
from portal.accounts.models import ContactChange, Person, Session, User, UserKind
from portal.accounts.session_store import digest
from portal.inbox import actions as inbox
from portal.inbox import forgetting
from portal.inbox.models import Digest, Letter, MailWhen, Preference
from portal.outbox.models import Message
from portal.pages import closing
from portal.pages.errors import RequestsOpen
from portal.trail.actor import Actor, acting_as
from portal.trail.errors import NotPermitted
from portal.trail.models import Entry
from rights.models import RightsRequest
from rights.states import RequestState
from tests.consent import factories as consents
from tests.ledger import factories as ledger
from tests.people import as_citizen, citizen, number, with_mail
from tests.rights import factories as rights

pytestmark = pytest.mark.django_db
BACKEND = "django.contrib.auth.backends.ModelBackend"
SURE = {"sure": "on"}


def key_of(user: User) -> bytes:
    assert user.subject_key
    return bytes(user.subject_key)


@pytest.fixture
def identity() -> str:
    return number()


@pytest.fixture
def zhang(client: Client, identity: str) -> User:
    user = with_mail(citizen(identity))
    dataset, _ = ledger.town()
    ledger.report_held(dataset.agency, ledger.holding_row(subject=identity))  # so that a request has somewhere to go
    client.force_login(user, backend=BACKEND)
    accounts.begin_session(user, client.session.session_key or "", agent="", at=timezone.now())
    client.cookies["django_language"] = "en"
    return user


def text_of(answer: Any) -> str:
    return " ".join(answer.content.decode().split())


def handled(topic: str = "accounts.account.closed") -> None:
    """What the worker does after commit."""
    with acting_as(Actor.portal()):
        message = Message.objects.filter(topic=topic).latest("id")
        forgetting.forget(message, timezone.now())


# ------------------------------------------------------------------ what goes
def test_user_sessions_name_address_letters_and_settings_go(client: Client, zhang: User, as_owner: Any) -> None:
    elsewhere = Client()
    elsewhere.force_login(zhang, backend=BACKEND)
    accounts.begin_session(zhang, elsewhere.session.session_key or "", agent="", at=timezone.now())
    with acting_as(as_citizen(zhang)) as actor:
        inbox.set_mail_times(
            key_of(zhang), when=MailWhen.DAILY, quiet_from=None, quiet_until=None, actor=actor, at=timezone.now()
        )
    with acting_as(Actor.portal()):
        inbox.tell(key_of(zhang), "request_submitted", at=timezone.now(), number="1")
        Letter.objects.update(digest=Digest.objects.create(subject_key=key_of(zhang), made_at=timezone.now()))
    names = [digest(browser.session.session_key or "") for browser in (client, elsewhere)]
    assert Session.objects.filter(pk__in=names).count() == 2
    answer = client.post("/settings/close/", SURE)
    assert answer.status_code == 200
    assert "Your account is closed" in text_of(answer)
    handled()
    assert not User.objects.filter(kind=UserKind.CITIZEN).exists()
    assert client.get("/settings/").status_code == 302
    assert elsewhere.get("/settings/").status_code == 302
    with as_owner():
        assert not Letter.objects.exists()
        assert not Digest.objects.exists()
        assert not Preference.objects.exists()
        person = Person.objects.get(pk=zhang.subject_key)
        assert (person.name_sealed, person.mail_sealed) == (None, None)
    assert not Session.objects.filter(pk__in=names).exists()


def test_the_address_is_told_and_then_forgotten(client: Client, zhang: User) -> None:
    client.post("/settings/close/", SURE)
    with acting_as(Actor.portal()):
        mail = mailing.farewell(Message.objects.get(topic="accounts.mail.left"), timezone.now())
        assert mail
        assert mail.to == "zhang@example.org"
        mailing._forget(mail, True, timezone.now())
        assert contact.address_of(ContactChange.objects.get(), "old_mail") == ""


def test_what_came_after_a_new_sign_in_stays(client: Client, zhang: User, identity: str) -> None:
    client.post("/settings/close/", SURE)
    again = accounts.sign_in(
        identity, name="张三", mail="", language="en", door="city", level=Level.BASE, at=timezone.now()
    )
    with acting_as(Actor.portal()):
        inbox.tell(key_of(again), "request_submitted", at=timezone.now(), number="2")
    handled()
    with acting_as(as_citizen(again)):
        assert Letter.objects.count() == 1


# ------------------------------------------------------------------ what stays
def test_who_signs_in_again_has_the_same_key_and_finds_what_was_kept(
    client: Client, zhang: User, identity: str
) -> None:
    consents.given(zhang)
    request = rights.routed(zhang)
    rights.replied(rights.part(request))
    rights.run()
    assert client.post("/settings/close/", SURE).status_code == 200
    again = accounts.sign_in(
        identity, name="张三", mail="zhang@example.org", language="en", door="city", level=Level.BASE, at=timezone.now()
    )
    assert again.pk != zhang.pk
    assert key_of(again) == key_of(zhang)
    with acting_as(as_citizen(again)):
        assert Consent.objects.get().state == "given"
        assert RightsRequest.objects.get().pk == request.pk
        assert people.name_of(key_of(again)) == "张三"
        entry = Entry.objects.get(event="accounts.account.closed")
    assert (entry.actor_user, entry.facts) == (zhang.pk, {"requests": 0, "consents": 0})


def test_consents_end_only_if_one_says_so(client: Client, zhang: User) -> None:
    consents.given(zhang)
    assert "They go on until their day" in text_of(client.get("/settings/close/"))
    client.post("/settings/close/", {**SURE, "withdraw": "on"})
    with acting_as(as_citizen(zhang)):
        assert Consent.objects.get().state == "withdrawn"
        assert Entry.objects.get(event="accounts.account.closed").facts["consents"] == 1


# ------------------------------------------------------------------ what is open
def test_an_open_request_holds_it_up(client: Client, zhang: User) -> None:
    rights.routed(zhang)
    answer = client.post("/settings/close/", SURE)
    assert answer.status_code == 409
    assert 'id="id_take_back_error">An agency still owes you an answer.' in text_of(answer)
    assert User.objects.filter(pk=zhang.pk).exists()
    with acting_as(as_citizen(zhang)):
        assert not Entry.objects.filter(event="accounts.account.closed").exists()


def test_unless_it_is_taken_back_with_the_account(client: Client, zhang: User) -> None:
    rights.routed(zhang)
    assert client.post("/settings/close/", {**SURE, "take_back": "on"}).status_code == 200
    with acting_as(as_citizen(zhang)):
        assert RightsRequest.objects.get().state == RequestState.WITHDRAWN
        assert Entry.objects.get(event="accounts.account.closed").facts["requests"] == 1


def test_nothing_is_closed_without_the_tick(client: Client, zhang: User) -> None:
    answer = client.post("/settings/close/", {"withdraw": "on"})
    assert answer.status_code == 422
    assert 'id="id_sure_error">Tick this to close the account.' in text_of(answer)
    assert User.objects.filter(pk=zhang.pk).exists()


def test_nobody_closes_the_account_of_another(zhang: User) -> None:
    with acting_as(as_citizen(citizen(name="李四"))) as actor, pytest.raises(NotPermitted):
        closing.close(zhang, take_back=True, withdraw=True, actor=actor, at=timezone.now())
    assert User.objects.filter(pk=zhang.pk).exists()


def test_a_refusal_is_the_same_for_whoever_calls_the_act(zhang: User) -> None:
    rights.routed(zhang)
    with acting_as(as_citizen(zhang)) as actor, pytest.raises(RequestsOpen):
        closing.close(zhang, take_back=False, withdraw=False, actor=actor, at=timezone.now())


# ------------------------------------------------------------------ the page
def test_the_page_says_what_is_kept_how_long_and_by_which_article(client: Client, zhang: User) -> None:
    text = text_of(client.get("/settings/close/"))
    for said in ("Network Data Security Regulation, Article 23", "Civil Code, Article 188", "At least 3 years."):
        assert said in text, said


def test_however_much_is_open_the_page_costs_the_same(client: Client, zhang: User) -> None:
    def cost() -> int:
        with CaptureQueriesContext(connection) as captured:
            assert client.get("/settings/close/").status_code == 200
        return len(captured)

    consents.given(zhang)
    rights.routed(zhang)
    few = cost()
    for place in range(2):
        consents.given(zhang, consents.approved(f"study-{place}"))
        rights.routed(zhang)
    assert cost() == few
