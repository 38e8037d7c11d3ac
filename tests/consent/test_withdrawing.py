"""Stopping a use: what is told first, several at once, by the link of a mail; and making it shorter or longer."""

import re
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import pytest
from django.db import DatabaseError, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from consent import actions, queries, withdrawal
from consent.errors import (
    ItemNotAsked,
    MailLinkOver,
    NeededItemMissing,
    NotExtendable,
    NoticeChanged,
    NotShorter,
    TooLong,
)
from consent.models import Consent, ConsentEvent
from portal.accounts.models import User
from portal.inbox import mail as letters
from portal.inbox.models import Letter
from portal.outbox.models import Message
from portal.trail.actor import Actor, acting_as
from portal.trail.errors import IllegalMove, NotPermitted, Refusal
from portal.trail.ids import new_id
from tests.catalogue import factories as catalogue
from tests.consent import factories as town
from tests.consent.factories import AT
from tests.ledger import factories as ledger
from tests.people import as_citizen, clerk, with_mail
from tests.representation import factories as representations

pytestmark = pytest.mark.django_db
AsOwner = Callable[[], AbstractContextManager[None]]
BACKEND = "django.contrib.auth.backends.ModelBackend"


@pytest.fixture
def zhang(client: Client) -> User:
    user = town.adult()
    client.force_login(user, backend=BACKEND)
    client.cookies["django_language"] = "en"
    return user


def text_of(answer: Any, status: int = 200) -> str:
    assert answer.status_code == status, answer.content
    return " ".join(answer.content.decode().split())


def now(consent: Consent) -> Consent:
    with acting_as(Actor.portal()):
        return Consent.objects.get(id=consent.id)


def given(user: User, code: str = "study", **changes: Any) -> Consent:
    """Allowed just now, for half a year."""
    at = timezone.now()
    consent = town.asked(user, town.approved(code, **changes), at=at)
    return town.give(consent, at=at, valid_until=at + timedelta(days=182))


# ------------------------------------------------------------------ what is told before the click
def test_before_the_click_it_is_told_what_stops_what_does_not_and_who_hears_of_it(client: Client, zhang: User) -> None:
    one, other = given(zhang, "one", name_en="The first study"), given(zhang, "two", name_en="The second study")
    page = text_of(client.get(reverse("consent:withdraw", args=[one.id])))
    assert "Stop this use: The first study?" in page
    assert "You still allow Health Commission: The second study." in page
    assert "Told of it: " in page
    for agency in (town.asker(), town.holder()):
        assert agency.name_en in page
    assert now(one).state == now(other).state == "given"


def test_the_list_tells_what_is_shared_with_whom_and_how_often_it_was_used(client: Client, zhang: User) -> None:
    consent = given(zhang)
    town.decided(town.question(consent), at=timezone.now())
    for reference in ("first", "second"):
        row = ledger.event_row(reference=reference, subject=town.identity(consent), dataset="tax.income")
        row |= {"recipient": "health", "legal_basis": "consent", "consent": str(consent.id), "items": ["year"]}
        ledger.report(town.holder(), row)
    page = text_of(client.get(reverse("consent:index")))
    for told in ("Data was shared 2 times", "An agency asked 1 time whether it may", "Who gets it: Health Commission"):
        assert told in page
    assert "may be kept for 730 days at most" in text_of(client.get(reverse("consent:withdraw", args=[consent.id])))


@pytest.mark.parametrize("by", ["recipient", "dataset"])
def test_what_is_allowed_is_grouped_and_a_group_is_stopped_at_once(client: Client, zhang: User, by: str) -> None:
    one, two = given(zhang, "one"), given(zhang, "two")
    page = text_of(client.get(reverse("consent:index"), {"by": by}))
    (where,) = set(re.findall(rf'href="(/consents/stop/\?{by}=[^"]+)"', page))
    before = text_of(client.get(where))
    assert "Stop 2 uses of your data?" in before
    shown = re.findall(r'name="consents" value="([^"]+)"', before)
    assert set(shown) == {str(one.id), str(two.id)}
    assert "2 uses have been stopped." in text_of(client.post(where, {"consents": shown}, follow=True))
    assert now(one).state == now(two).state == "withdrawn"
    assert town.last_step(one).way == "together"


def test_all_are_stopped_together_and_only_what_was_shown(client: Client, zhang: User) -> None:
    one, two = given(zhang, "one"), given(zhang, "two")
    said = text_of(client.post(reverse("consent:stop"), {"consents": [str(one.id), "x"]}, follow=True))
    assert "1 use has been stopped." in said
    assert (now(one).state, now(two).state) == ("withdrawn", "given")
    by_purpose = client.get(reverse("consent:stop"), {"purpose": "two"})
    assert "Stop this use: A study?" in text_of(by_purpose)


@pytest.mark.usefixtures("zhang")
@pytest.mark.parametrize(("query", "status"), [({"recipient": "x"}, 404), ({"purpose": "a b"}, 404), ({}, 302)])
def test_a_group_that_is_none_is_not_found_and_an_empty_one_stops_nothing(
    client: Client, query: dict[str, str], status: int
) -> None:
    assert client.get(reverse("consent:stop"), query).status_code == status


def test_nobody_stops_what_somebody_else_allows(client: Client, zhang: User) -> None:
    other = given(town.adult(), "other")
    client.post(reverse("consent:stop"), {"consents": [str(other.id)]})
    assert now(other).state == "given"
    with acting_as(as_citizen(zhang)) as actor, pytest.raises(Refusal):
        actions.withdraw_together([other], actor=actor, at=AT)


# ------------------------------------------------------------------ by the link of a mail
def link_of(consent: Consent) -> str:
    return f"{reverse('consent:stop-by-mail')}?link={withdrawal.token(consent.subject_key, consent.id)}"


def test_the_link_in_a_mail_stops_one_use_without_signing_in_and_only_once(client: Client) -> None:
    client.cookies["django_language"] = "en"
    consent, other = given(town.adult(), "one"), given(town.adult(), "two")
    before = text_of(client.get(link_of(consent)))
    assert "Stop this use: A study?" in before
    assert now(consent).state == "given"
    assert "This use is stopped" in text_of(client.post(link_of(consent)))
    assert (now(consent).state, now(other).state) == ("withdrawn", "given")
    assert town.last_step(consent).way == "mail"
    for again in (client.get(link_of(consent)), client.post(link_of(consent))):
        assert "There is nothing left to stop" in text_of(again, 409)
    with acting_as(Actor.portal()):
        assert ConsentEvent.objects.filter(consent_id=consent.id, move="withdrawn").count() == 1
    assert client.get(reverse("consent:index")).status_code == 302  # it signed nobody in


def test_the_link_of_one_person_does_nothing_for_another(client: Client, zhang: User) -> None:
    consent = given(town.adult())
    for answer in (client.get(link_of(consent)), client.post(link_of(consent))):
        assert "mailed to somebody else" in text_of(answer, 403)
    client.force_login(clerk(catalogue.agency("tax")), backend=BACKEND)
    assert client.post(link_of(consent)).status_code == 403
    assert now(consent).state == "given"
    own = given(zhang, "own")
    client.force_login(zhang, backend=BACKEND)
    assert client.post(link_of(own)).status_code == 200


def test_a_link_that_is_too_old_altered_or_of_another_kind_is_no_link(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    client.cookies["django_language"] = "en"
    consent = given(town.adult())
    link = link_of(consent)
    for wrong in (link[:-2], link.replace("link=", "link=x"), reverse("consent:stop-by-mail")):
        assert "This link no longer works" in text_of(client.post(wrong), 410)
    later = timezone.now().timestamp() + withdrawal.LASTS.total_seconds() + 60
    monkeypatch.setattr("django.core.signing.time.time", lambda: later)
    with pytest.raises(MailLinkOver):
        withdrawal.opened(parse_qs(urlsplit(link).query)["link"][0])
    assert now(consent).state == "given"


def test_a_link_tells_its_bearer_neither_person_nor_consent() -> None:
    consent = town.given()
    link = withdrawal.token(consent.subject_key, consent.id)
    assert withdrawal.opened(link) == (consent.subject_key, consent.id)
    assert consent.subject_key.hex() not in link
    assert consent.id.hex not in link


def test_the_mail_about_a_consent_carries_the_link(as_owner: AsOwner) -> None:
    person = with_mail(town.adult())
    consent = given(person)
    with as_owner():
        letter = Letter.objects.get(kind="consent_given")
        message = Message.objects.get(topic="inbox.letter.written", payload__letter_id=str(letter.pk))
    with acting_as(Actor.portal()):
        made = letters.prepare(message, timezone.now())
    assert made
    (link,) = re.findall(r"/consents/stop/mail/\?link=(\S+)", made.body)
    assert withdrawal.opened(unquote(link)) == (consent.subject_key, consent.id)


# ------------------------------------------------------------------ shorter
def test_a_use_is_made_shorter_at_once_with_a_receipt_and_everybody_hears_of_it(as_owner: AsOwner) -> None:
    consent = town.given()
    with acting_as(town.citizen_of(consent)) as actor:
        shorter = actions.shorten(consent, valid_until=AT + timedelta(days=7), actor=actor, at=AT)
    assert (shorter.state, shorter.valid_until) == ("given", AT + timedelta(days=7))
    step = town.last_step(consent)
    assert (step.move, step.valid_until) == ("shortened", shorter.valid_until)
    assert step.receipt
    assert town.decided(town.question(consent), at=AT + timedelta(days=8)).reason == "expired"
    with as_owner():
        assert Letter.objects.filter(kind="consent_shortened").count() == 1
        sent = Message.objects.filter(topic="outbox.webhook.due", payload__event="consent.given").count()
    assert sent == 4  # both parties, when it was given and when it became shorter


@pytest.mark.parametrize("days", [0, -1, 183, 400])
def test_only_a_day_between_now_and_the_last_one_is_shorter(days: int) -> None:
    consent = town.given()
    with acting_as(town.citizen_of(consent)) as actor, pytest.raises(NotShorter):
        actions.shorten(consent, valid_until=AT + timedelta(days=days), actor=actor, at=AT)


def test_what_is_paused_or_ended_is_not_made_shorter() -> None:
    consent = town.given()
    with acting_as(town.citizen_of(consent)) as actor:
        actions.pause(consent, actor=actor, at=AT)
        with pytest.raises(IllegalMove):
            actions.shorten(consent, valid_until=AT + timedelta(days=7), actor=actor, at=AT)


def test_the_page_asks_for_an_earlier_day_and_says_what_is_wrong(client: Client, zhang: User) -> None:
    consent = given(zhang)
    where = reverse("consent:shorten", args=[consent.id])
    assert "End this sooner: A study" in text_of(client.get(where))
    far = (timezone.localdate() + timedelta(days=300)).isoformat()
    for wrong, told in (({}, "Choose the day."), ({"until": far}, "sooner than the one")):
        assert told in text_of(client.post(where, wrong), 422)
    near = (timezone.localdate() + timedelta(days=3)).isoformat()
    assert "This ends sooner now" in text_of(client.post(where, {"until": near}, follow=True))


# ------------------------------------------------------------------ longer
def anew(consent: Consent, actor: Actor, **changes: Any) -> Consent:
    notice = queries.current_notice(consent.purpose_id)
    assert notice
    answer: dict[str, Any] = {
        "items": town.chosen("year"),
        "valid_until": AT + timedelta(days=360),
        "notice": notice.pk,
        "language": "en",
        "at": AT,
        **changes,
    }
    return actions.extend(consent, **answer, actor=actor)


def extendable() -> Consent:
    return town.given(purpose=town.approved(extendable=True))


def test_longer_is_a_new_decision_that_replaces_the_old_one() -> None:
    consent = extendable()
    with acting_as(town.citizen_of(consent)) as actor:
        new = anew(consent, actor)
    assert (now(consent).state, new.state, new.id != consent.id) == ("superseded", "given", True)
    assert new.valid_until == AT + timedelta(days=360)
    step = town.last_step(new)
    assert (step.move, step.language) == ("given", "en")
    assert step.receipt
    assert step.notice_hash
    assert town.decided(town.question(consent)).answer == "permit"


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"items": []}, Refusal),
        ({"items": [new_id()]}, ItemNotAsked),
        ({"valid_until": AT + timedelta(days=366)}, TooLong),
        ({"notice": None}, NoticeChanged),
    ],
)
def test_longer_is_refused_as_the_first_decision_is_and_the_old_one_stands(
    changes: dict[str, Any], refusal: type[Refusal]
) -> None:
    consent = extendable()
    with acting_as(town.citizen_of(consent)) as actor, pytest.raises(refusal):
        anew(consent, actor, **changes)
    assert now(consent).state == "given"


def test_what_is_needed_must_be_ticked_anew_and_what_may_not_be_extended_is_not() -> None:
    consent = extendable()
    with acting_as(town.citizen_of(consent)) as actor, pytest.raises(NeededItemMissing):
        anew(consent, actor, items=town.chosen("income"))
    other = town.given(purpose=town.approved("other"))
    with acting_as(town.citizen_of(other)) as actor, pytest.raises(NotExtendable):
        anew(other, actor)


def test_a_representative_never_extends_and_the_database_says_it_too() -> None:
    person, proxy = representations.person(), representations.person()
    consent = town.given(person, town.approved(extendable=True))
    acting = representations.stand_in(representations.proxy(person, proxy), proxy)
    with acting_as(acting) as actor, pytest.raises(NotPermitted):
        anew(consent, actor)
    copy = now(consent)
    copy.id, copy.state = new_id(), "requested"
    with acting_as(acting), pytest.raises(DatabaseError, match="row-level security"), transaction.atomic():
        copy.save(force_insert=True)


def test_the_page_puts_the_whole_question_again_with_nothing_ticked(client: Client, zhang: User) -> None:
    consent = given(zhang, extendable=True)
    assert "Decide anew for longer" in text_of(client.get(reverse("consent:consent", args=[consent.id])))
    where = reverse("consent:extend", args=[consent.id])
    page = text_of(client.get(where))
    assert "The whole text." in page
    assert "checked" not in page
    assert "Do not allow" not in page
    notice = re.findall(r'name="notice" value="([^"]+)"', page)[0]
    form = {"items": town.chosen("year"), "how_long": "365", "notice": notice, "language": "en"}
    assert "Choose for how long" in text_of(client.post(where, {**form, "how_long": ""}), 422)
    assert "You allow this now" in text_of(client.post(where, form, follow=True))
    assert now(consent).state == "superseded"
