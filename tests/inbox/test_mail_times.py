"""When mail goes out: at once or in digests, never in quiet hours, except for what can't wait."""

from datetime import UTC, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.core import mail as outgoing
from django.db import ProgrammingError, transaction
from django.test import Client
from hypothesis import given
from hypothesis import strategies as some

from portal.accounts.models import User
from portal.inbox import actions, digests, hours, mail, queries
from portal.inbox.errors import QuietHoursAllDay, QuietHoursHalf
from portal.inbox.models import Digest, Letter, MailWhen, Preference
from portal.outbox.errors import NotYet
from portal.outbox.mail import Mail
from portal.outbox.models import Message
from portal.trail.actor import Actor, acting_as, database_role
from portal.trail.errors import NotPermitted
from portal.trail.models import Entry
from tests.consent import factories as consents
from tests.people import agency, as_citizen, as_clerk, citizen, clerk, with_mail

pytestmark = pytest.mark.django_db
BACKEND = "django.contrib.auth.backends.ModelBackend"
HERE = ZoneInfo("Asia/Shanghai")
NIGHT = (time(22), time(7))
TUESDAY = datetime(2026, 11, 24, 10, 0, tzinfo=HERE)
STUDY: dict[str, Any] = {"agency_zh": "卫健委", "agency_en": "Health", "purpose_zh": "研究", "purpose_en": "a study"}


def key_of(user: User) -> bytes:
    assert user.subject_key
    return bytes(user.subject_key)


def wanting(when: MailWhen, quiet: hours.Quiet = None, *, at: datetime = TUESDAY, user: User | None = None) -> User:
    """Somebody with an address who wants mail like this."""
    user = user or with_mail(citizen())
    begins, ends = quiet or (None, None)
    with acting_as(as_citizen(user)) as actor:
        actions.set_mail_times(key_of(user), when=when, quiet_from=begins, quiet_until=ends, actor=actor, at=at)
    return user


def told(user: User, *, at: datetime = TUESDAY, answer_by: datetime | None = None) -> None:
    with acting_as(Actor.portal()):
        actions.tell(key_of(user), "consent_asked", at=at, answer_by=answer_by, **STUDY)


def newest(topic: str) -> Message:
    with acting_as(Actor.portal()):
        return Message.objects.filter(topic=topic).latest("id")


def mailed(user: User, *, at: datetime = TUESDAY, answer_by: datetime | None = None) -> Mail | None:
    """What the worker mails at `at` of a letter written then."""
    told(user, at=at, answer_by=answer_by)
    with acting_as(Actor.portal()):
        return mail.prepare(newest("inbox.letter.written"), at)


def gathered(at: datetime) -> int:
    with database_role("portal_worker"):
        return digests.gather(at=at)


def digest_mail(at: datetime) -> Mail | None:
    with acting_as(Actor.portal()):
        return mail.prepare_digest(newest("inbox.digest.made"), at)


def held(user: User) -> list[datetime | None]:
    with acting_as(as_citizen(user)):
        return [letter.held_until for letter in Letter.objects.order_by("created_at")]


# ------------------------------------------------------------------ hours
@pytest.mark.parametrize(
    ("quiet", "at", "awake"),
    [
        (None, TUESDAY, TUESDAY),
        (NIGHT, TUESDAY, TUESDAY),
        (NIGHT, TUESDAY.replace(hour=22), TUESDAY.replace(day=25, hour=7)),
        (NIGHT, TUESDAY.replace(hour=23, minute=59), TUESDAY.replace(day=25, hour=7)),
        (NIGHT, TUESDAY.replace(hour=6, minute=59), TUESDAY.replace(hour=7)),
        (NIGHT, TUESDAY.replace(hour=7), TUESDAY.replace(hour=7)),
        ((time(12), time(14)), TUESDAY.replace(hour=13), TUESDAY.replace(hour=14)),
        ((time(12), time(14)), TUESDAY.replace(hour=14), TUESDAY.replace(hour=14)),
    ],
)
def test_quiet_hours_end_when_they_say(quiet: hours.Quiet, at: datetime, awake: datetime) -> None:
    assert hours.awake(quiet, at.astimezone(UTC)) == awake


@given(
    some.datetimes(datetime(2026, 1, 1), datetime(2027, 1, 1), timezones=some.just(UTC)),  # noqa: DTZ001  # gets its zone
    some.times(),
    some.times(),
)
def test_the_end_of_quiet_hours_is_never_quiet_and_never_a_day_away(at: datetime, begins: time, ends: time) -> None:
    if begins == ends:
        return
    awake = hours.awake((begins, ends), at)
    assert at <= awake <= at + timedelta(days=1)
    assert hours.awake((begins, ends), awake) == awake


@pytest.mark.parametrize(
    ("at", "weekly", "due"),
    [
        (TUESDAY, False, TUESDAY.replace(day=25, hour=8)),
        (TUESDAY.replace(hour=7), False, TUESDAY.replace(hour=8)),
        (TUESDAY.replace(hour=8), False, TUESDAY.replace(day=25, hour=8)),
        (TUESDAY, True, TUESDAY.replace(day=30, hour=8)),
        (TUESDAY.replace(day=30, hour=7), True, TUESDAY.replace(day=30, hour=8)),
    ],
)
def test_digests_have_their_hour(at: datetime, weekly: bool, due: datetime) -> None:
    assert hours.next_digest(at.astimezone(UTC), weekly=weekly) == due


# ------------------------------------------------------------------ one letter
def test_without_a_choice_each_letter_is_mailed_at_once_even_at_night() -> None:
    user = with_mail(citizen())
    only = mailed(user, at=TUESDAY.replace(hour=23))
    assert only
    assert "/settings/mail/" in only.body


def test_a_letter_is_in_the_inbox_at_once_and_its_mail_waits() -> None:
    user = wanting(MailWhen.DAILY)
    assert mailed(user) is None
    assert held(user) == [TUESDAY.replace(day=25, hour=8)]
    with acting_as(as_citizen(user)):
        assert queries.unread(key_of(user)) == 1


def test_at_night_a_mail_waits_for_the_morning() -> None:
    user = wanting(MailWhen.AT_ONCE, NIGHT)
    assert mailed(user)
    assert mailed(user, at=TUESDAY.replace(hour=23)) is None
    assert held(user) == [None, TUESDAY.replace(day=25, hour=7)]


def test_a_digest_whose_hour_is_quiet_waits_for_the_end_of_it() -> None:
    user = wanting(MailWhen.DAILY, (time(22), time(9, 30)))
    mailed(user)
    assert held(user) == [TUESDAY.replace(day=25, hour=9, minute=30)]


@pytest.mark.parametrize("when", [MailWhen.AT_ONCE, MailWhen.DAILY, MailWhen.WEEKLY])
def test_what_must_be_answered_within_two_days_is_mailed_at_once_whatever_is_set(when: MailWhen) -> None:
    night = TUESDAY.replace(hour=23)
    user = wanting(when, NIGHT)
    assert mailed(user, at=night, answer_by=night + timedelta(hours=48))


def test_what_must_be_answered_before_the_next_digest_goes_out_two_days_before() -> None:
    user = wanting(MailWhen.WEEKLY, NIGHT)
    answer_by = TUESDAY + timedelta(days=4)
    assert mailed(user, answer_by=answer_by) is None
    assert held(user) == [answer_by - timedelta(hours=48)]
    assert gathered(answer_by - timedelta(hours=48)) == 1


def test_a_question_of_an_agency_says_until_when_it_can_be_answered() -> None:
    asked = consents.asked()
    with acting_as(consents.citizen_of(asked)):
        assert Letter.objects.get().answer_by == asked.answer_by
    consents.give(asked)
    with acting_as(consents.citizen_of(asked)):
        assert Letter.objects.get(kind="consent_given").answer_by is None


def test_who_wants_no_mail_gets_none() -> None:
    user = wanting(MailWhen.NEVER)
    assert mailed(user, answer_by=TUESDAY + timedelta(hours=1)) is None
    assert held(user) == [None]


# ------------------------------------------------------------------ digests
def test_a_digest_counts_and_says_nothing_of_what_it_is_about() -> None:
    user = wanting(MailWhen.DAILY)
    for _ in range(3):
        mailed(user)
    morning = TUESDAY.replace(day=25, hour=8)
    assert gathered(morning - timedelta(seconds=1)) == 0
    assert gathered(morning) == 1
    found = digest_mail(morning)
    assert found
    assert found.to == "zhang@example.org"
    assert "3" in found.subject
    for word in ("研究", "study", "卫健委", "Health", "张三"):
        assert word not in found.subject + found.body
    assert "/inbox/" in found.body
    assert "/settings/mail/" in found.body
    assert gathered(morning) == 0


def test_after_a_day_without_beat_there_is_one_digest_not_many() -> None:
    user = wanting(MailWhen.DAILY)
    for day in (24, 25, 26):
        mailed(user, at=TUESDAY.replace(day=day))
    late = TUESDAY.replace(day=26, hour=11)
    assert gathered(late) == 1
    assert gathered(late + timedelta(minutes=5)) == 0
    assert gathered(TUESDAY.replace(day=27, hour=8)) == 0  # the last letter went along
    with acting_as(as_citizen(user)):
        assert Digest.objects.count() == 1
        assert Letter.objects.filter(digest=Digest.objects.get()).count() == 3


def test_a_beat_that_comes_back_at_night_waits_for_the_morning() -> None:
    user = wanting(MailWhen.DAILY, NIGHT)
    mailed(user)
    night = TUESDAY.replace(day=25, hour=23)
    assert gathered(night) == 0
    assert held(user) == [TUESDAY.replace(day=26, hour=7)]
    assert gathered(TUESDAY.replace(day=26, hour=7)) == 1


def test_a_digest_that_the_worker_takes_up_at_night_waits_for_the_morning() -> None:
    user = wanting(MailWhen.DAILY, NIGHT)
    mailed(user)
    gathered(TUESDAY.replace(day=25, hour=8))
    with pytest.raises(NotYet) as refused:
        digest_mail(TUESDAY.replace(day=25, hour=23))
    assert refused.value.seconds == 8 * 3600


def test_what_was_read_in_the_meantime_is_not_counted_and_nothing_unread_is_no_mail() -> None:
    user = wanting(MailWhen.DAILY)
    mailed(user)
    with acting_as(as_citizen(user)) as actor:
        actions.mark_all_read(actor=actor, at=TUESDAY)
    assert gathered(TUESDAY.replace(day=25, hour=8)) == 0
    assert held(user) == [None]
    mailed(user)
    gathered(TUESDAY.replace(day=25, hour=8))
    with acting_as(as_citizen(user)) as actor:
        actions.mark_all_read(actor=actor, at=TUESDAY)
    assert digest_mail(TUESDAY.replace(day=25, hour=8)) is None


def test_a_digest_handled_twice_is_mailed_once() -> None:
    user = wanting(MailWhen.DAILY)
    mailed(user)
    gathered(TUESDAY.replace(day=25, hour=8))
    message = newest("inbox.digest.made")
    with database_role("portal_worker"):
        mail.deliver_digest(str(message.pk))
        mail.deliver_digest(str(message.pk))
    (only,) = outgoing.outbox
    assert only.extra_headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert only.extra_headers["List-Unsubscribe"].startswith("<http")


def test_one_persons_digest_is_not_anothers() -> None:
    users = [wanting(MailWhen.DAILY) for _ in range(2)]
    for user in users:
        mailed(user)
    assert gathered(TUESDAY.replace(day=25, hour=8)) == 2
    for user in users:
        with acting_as(as_citizen(user)):
            assert Digest.objects.count() == 1


# ------------------------------------------------------------------ setting it
def test_what_waits_follows_a_new_choice() -> None:
    user = wanting(MailWhen.WEEKLY)
    mailed(user)
    wanting(MailWhen.AT_ONCE, user=user, at=TUESDAY + timedelta(hours=1))
    assert held(user) == [TUESDAY + timedelta(hours=1)]
    wanting(MailWhen.NEVER, user=user)
    assert held(user) == [None]
    with acting_as(as_citizen(user)):
        facts = [entry.facts["when"] for entry in Entry.objects.filter(event="inbox.mail.set").order_by("id")]
    assert facts == ["weekly", "at_once", "never"]


@pytest.mark.parametrize(
    ("quiet", "refusal"),
    [((time(22), None), QuietHoursHalf), ((None, time(7)), QuietHoursHalf), ((time(7), time(7)), QuietHoursAllDay)],
)
def test_quiet_hours_without_two_ends_are_refused(quiet: Any, refusal: type[Exception]) -> None:
    user = citizen()
    begins, ends = quiet
    with acting_as(as_citizen(user)) as actor:
        with pytest.raises(refusal):
            actions.set_mail_times(
                key_of(user), when=MailWhen.DAILY, quiet_from=begins, quiet_until=ends, actor=actor, at=TUESDAY
            )
        assert not Preference.objects.exists()


def test_nobody_sets_it_for_another() -> None:
    zhang, li = citizen(), citizen(name="李四")
    with acting_as(as_citizen(li)) as actor, pytest.raises(NotPermitted):
        actions.set_mail_times(
            key_of(zhang), when=MailWhen.NEVER, quiet_from=None, quiet_until=None, actor=actor, at=TUESDAY
        )


def test_settings_and_digests_are_seen_by_their_person_alone() -> None:
    zhang, li = wanting(MailWhen.DAILY), citizen(name="李四")
    mailed(zhang)
    gathered(TUESDAY.replace(day=25, hour=8))
    for actor in (as_citizen(li), as_clerk(clerk(agency())), Actor.visitor(), Actor.regulator(li.pk)):
        with acting_as(actor):
            assert (Preference.objects.count(), Digest.objects.count()) == (0, 0), actor.kind
            assert Preference.objects.update(mail_when=MailWhen.NEVER) == 0
    with acting_as(as_citizen(zhang)), pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic():
        Digest.objects.create(subject_key=key_of(zhang), made_at=TUESDAY)


# ------------------------------------------------------------------ the link that ends them
def stopping(user: User) -> str:
    mailed(user)
    gathered(TUESDAY.replace(day=25, hour=8))
    found = digest_mail(TUESDAY.replace(day=25, hour=8))
    assert found
    return "/" + found.headers["List-Unsubscribe"].strip("<>").split("/", 3)[3]


def stopped() -> None:
    with database_role("portal_worker"):
        digests_task = newest("inbox.digest.refused")
        with acting_as(Actor.portal()):
            digests.stop(digests_task, TUESDAY)


def test_a_mail_program_ends_digests_with_one_post_and_no_session() -> None:
    user = wanting(MailWhen.DAILY)
    address = stopping(user)
    assert "zhang" not in address
    program = Client(enforce_csrf_checks=True)
    assert program.post(address, {"List-Unsubscribe": "One-Click"}).status_code == 200
    stopped()
    with acting_as(as_citizen(user)):
        assert queries.mail_times(key_of(user)).mail_when == MailWhen.NEVER
        assert Entry.objects.filter(event="inbox.mail.stopped").count() == 1
    assert mailed(user) is None


def test_to_look_at_the_link_changes_nothing() -> None:
    user = wanting(MailWhen.DAILY)
    address = stopping(user)
    assert Client().get(address).status_code == 200
    with acting_as(Actor.portal()):
        assert not Message.objects.filter(topic="inbox.digest.refused").exists()


@pytest.mark.parametrize("token", ["", "nonsense", "019b0000-0000-7000-8000-000000000000"])
def test_a_link_we_did_not_sign_is_nothing(token: str) -> None:
    for method in ("get", "post"):
        assert getattr(Client(), method)(f"/mail/stop/?digest={token}").status_code == 404


# ------------------------------------------------------------------ pages
@pytest.fixture
def zhang(client: Client) -> User:
    user = citizen()
    client.force_login(user, backend=BACKEND)
    client.cookies["django_language"] = "en"
    return user


def test_the_page_keeps_what_is_chosen(client: Client, zhang: User) -> None:
    given = {"mail_when": "daily", "quiet_from": "22:00", "quiet_until": "07:30"}
    assert client.post("/settings/mail/", given).status_code == 302
    text = client.get("/settings/").content.decode()
    assert "One mail a day" in text
    assert "quiet from 22:00 to 07:30" in text
    text = client.get("/settings/mail/").content.decode()
    assert 'value="22:00"' in text


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"mail_when": "hourly"}, "mail_when"),
        ({"mail_when": "daily", "quiet_from": "25:00"}, "quiet_from"),
        ({"mail_when": "daily", "quiet_from": "22:00"}, "quiet_until"),
        ({"mail_when": "daily", "quiet_until": "22:00"}, "quiet_from"),
        ({"mail_when": "daily", "quiet_from": "22:00", "quiet_until": "22:00"}, "quiet_until"),
    ],
)
def test_what_is_wrong_is_said_at_the_field(client: Client, zhang: User, given: dict[str, str], field: str) -> None:
    answer = client.post("/settings/mail/", given)
    assert answer.status_code == 422
    assert f'id="id_{field}_error"' in answer.content.decode()
