"""Letters: written by any act, read by their reader alone, in their language, and mailed once."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.core import mail as outgoing
from django.db import ProgrammingError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import NoReverseMatch, reverse
from django.utils import translation

from portal.accounts import actions as accounts
from portal.accounts.models import User
from portal.inbox import actions, mail, queries
from portal.inbox.kinds import KINDS
from portal.inbox.models import Letter
from portal.outbox.models import Message, MessageState
from portal.trail.actor import Actor, acting_as, database_role
from portal.trail.errors import NotFound
from tests.people import agency, as_citizen, as_clerk, citizen, clerk, with_mail

pytestmark = pytest.mark.django_db

AT = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)
BACKEND = "django.contrib.auth.backends.ModelBackend"
STUDY = {"agency_zh": "卫健委", "agency_en": "the Health Commission", "purpose_zh": "一项研究", "purpose_en": "a study"}


def told(of: User, kind: str = "consent_asked", *, at: datetime = AT, **params: Any) -> None:
    """A clerk's act tells a person something."""
    assert of.subject_key
    writer = clerk(agency("health"), f"clerk-{uuid4().hex[:8]}")
    with acting_as(as_clerk(writer)):
        actions.tell(of.subject_key, kind, at=at, **(params or STUDY))


def letters_of(of: User) -> list[Letter]:
    with acting_as(as_citizen(of)):
        assert of.subject_key
        return list(queries.letters_of(of.subject_key))


def waiting_mail() -> Message:
    with acting_as(Actor.portal()):
        return Message.objects.filter(topic="inbox.letter.written").latest("id")


# ------------------------------------------------------------------ whose letters
def test_a_clerks_act_reaches_the_person_and_the_clerk_cannot_read_it() -> None:
    zhang = citizen()
    told(zhang)
    assert [letter.kind for letter in letters_of(zhang)] == ["consent_asked"]
    with acting_as(as_clerk(clerk(agency("tax")))):
        assert Letter.objects.count() == 0


def test_nobody_reads_or_marks_a_letter_of_another_person() -> None:
    zhang, li = citizen(), citizen(name="李四")
    told(zhang)
    letter = letters_of(zhang)[0]
    with acting_as(as_citizen(li)) as actor:
        assert not Letter.objects.exists()
        assert Letter.objects.update(read_at=AT) == 0
        with pytest.raises(NotFound):
            actions.mark_read(letter.pk, actor=actor, at=AT)


def test_no_letter_is_written_without_an_actor(as_owner: Any) -> None:
    zhang = citizen()
    assert zhang.subject_key
    with pytest.raises(ProgrammingError, match="row-level security"), transaction.atomic():
        Letter.objects.bulk_create([Letter(subject_key=zhang.subject_key, kind="consent_asked", created_at=AT)])
    with as_owner():
        assert not Letter.objects.exists()


def test_a_letter_is_never_deleted() -> None:
    zhang = citizen()
    told(zhang)
    with acting_as(as_citizen(zhang)), pytest.raises(ProgrammingError, match="permission denied"):
        letters_of(zhang)[0].delete()


def test_a_kind_that_is_not_in_the_table_is_refused() -> None:
    with acting_as(Actor.portal()), pytest.raises(LookupError, match="add it to"):
        actions.tell(b"\0" * 16, "gossip", at=AT)


def test_the_first_reading_counts() -> None:
    zhang = citizen()
    told(zhang)
    letter = letters_of(zhang)[0]
    with acting_as(as_citizen(zhang)) as actor:
        assert actions.mark_read(letter.pk, actor=actor, at=AT).read_at == AT
        assert actions.mark_read(letter.pk, actor=actor, at=AT + timedelta(days=1)).read_at == AT


# ------------------------------------------------------------------ words
def test_a_letter_speaks_the_language_of_whoever_reads_it() -> None:
    zhang = citizen()
    told(zhang)
    letter = letters_of(zhang)[0]
    with translation.override("en"):
        assert letter.subject == "the Health Commission asks for your consent"
        assert "a study" in letter.body
    with translation.override("zh-hans"):
        assert "卫健委" in letter.subject
        assert "一项研究" in letter.body


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_every_kind_says_something_even_when_a_parameter_is_missing(kind: str) -> None:
    letter = Letter(kind=kind, params={})
    assert letter.subject
    assert letter.body
    assert letter.page == ""


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_every_kind_leads_to_a_page_that_exists(kind: str) -> None:
    try:
        assert Letter(kind=kind, about_id=str(uuid4())).page.startswith("/")
    except NoReverseMatch as error:
        pytest.fail(str(error))


# ------------------------------------------------------------------ mail
def sent(message: Message) -> None:
    with database_role("portal_worker"):
        mail.deliver(str(message.pk))


def test_a_mail_says_that_something_waits_and_nothing_more() -> None:
    zhang = with_mail(citizen())
    told(zhang)
    sent(waiting_mail())
    (only,) = outgoing.outbox
    assert only.to == ["zhang@example.org"]
    assert "一项研究" not in only.body
    assert "张三" not in only.subject + str(only.body)
    assert f"/inbox/{letters_of(zhang)[0].pk}/" in only.body


def test_a_message_handled_twice_is_mailed_once() -> None:
    zhang = with_mail(citizen())
    told(zhang)
    message = waiting_mail()
    sent(message)
    sent(message)
    assert len(outgoing.outbox) == 1
    with acting_as(Actor.portal()):
        assert Message.objects.get(pk=message.pk).state == MessageState.DONE


def test_the_mail_is_in_the_language_its_reader_chose() -> None:
    zhang = with_mail(citizen())
    accounts.set_language(zhang, "en")
    told(zhang)
    with translation.override("zh-hans"):
        sent(waiting_mail())
    assert outgoing.outbox[0].subject == "the Health Commission asks for your consent"


def test_who_gave_no_address_is_told_on_the_site_alone() -> None:
    zhang = citizen()
    told(zhang)
    sent(waiting_mail())
    assert outgoing.outbox == []
    assert len(letters_of(zhang)) == 1


def test_what_was_read_before_the_mail_went_out_is_not_mailed() -> None:
    zhang = with_mail(citizen())
    told(zhang)
    with acting_as(as_citizen(zhang)) as actor:
        actions.mark_all_read(actor=actor, at=AT)
    sent(waiting_mail())
    assert outgoing.outbox == []


# ------------------------------------------------------------------ pages
@pytest.fixture
def zhang(client: Client) -> User:
    user = citizen()
    client.force_login(user, backend=BACKEND)
    client.cookies["django_language"] = "en"
    return user


def test_an_empty_inbox_says_what_will_stand_there(client: Client, zhang: User) -> None:
    assert "Nothing yet" in client.get("/inbox/").content.decode()


def test_the_header_counts_what_is_unread_until_it_is_opened(client: Client, zhang: User) -> None:
    told(zhang)
    letter = letters_of(zhang)[0]
    assert '<span class="count">1</span>' in client.get("/inbox/").content.decode()
    assert client.get(reverse("inbox:letter", args=[letter.pk])).status_code == 200
    assert '<span class="count">' not in client.get("/inbox/").content.decode()


def test_all_are_marked_with_one_press(client: Client, zhang: User) -> None:
    for _ in range(3):
        told(zhang)
    assert client.post(reverse("inbox:all-read")).status_code == 302
    assert all(letter.read_at for letter in letters_of(zhang))


def test_a_letter_of_somebody_else_is_not_found(client: Client, zhang: User) -> None:
    li = citizen(name="李四")
    told(li)
    assert client.get(reverse("inbox:letter", args=[letters_of(li)[0].pk])).status_code == 404


def test_a_full_inbox_costs_no_more_than_an_empty_one_and_a_count(client: Client, zhang: User) -> None:
    def cost() -> int:
        with CaptureQueriesContext(connection) as captured:
            assert client.get("/inbox/").status_code == 200
        return len(captured)

    told(zhang)
    few = cost()
    for _ in range(8):
        told(zhang)
    assert cost() == few


# ------------------------------------------------------------------ narrowing
def shown(client: Client, query: str) -> list[str]:
    """The letters' subjects on the page, in order."""
    return re.findall(r'/inbox/[0-9a-f-]{36}/">([^<]+)<', client.get(f"/inbox/{query}").content.decode())


def test_the_inbox_narrows_to_a_topic_to_the_unread_and_to_questions(client: Client, zhang: User) -> None:
    told(zhang, "request_submitted", number="1")
    told(zhang, at=AT + timedelta(minutes=1))
    told(zhang, "consent_given", at=AT + timedelta(minutes=2))
    with acting_as(as_citizen(zhang)) as actor:
        actions.mark_read(letters_of(zhang)[0].pk, actor=actor, at=AT)
    asked, submitted, given = "the Health Commission asks for your consent", "We have your request", "You allowed"
    assert [subject[: len(given)] for subject in shown(client, "?topic=consents")] == [given, asked[: len(given)]]
    assert shown(client, "?topic=requests") == [submitted]
    assert shown(client, "?show=unread") == [asked, submitted]
    assert shown(client, "?show=asking") == [asked]
    assert shown(client, "?topic=requests&show=asking") == []
    assert len(shown(client, "?topic=nothing&show=nothing")) == 3


def test_what_matches_nothing_offers_everything(client: Client, zhang: User) -> None:
    text = client.get("/inbox/?show=unread").content.decode()
    assert "Nothing matches what you chose" in text
    assert 'href="/inbox/"' in text


def test_further_pages_keep_what_was_chosen(client: Client, zhang: User) -> None:
    for _ in range(26):
        told(zhang)
    assert 'href="?show=unread&amp;page=2"' in client.get("/inbox/?show=unread").content.decode()
