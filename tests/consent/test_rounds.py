"""Asking many at once: the list is looked at first, asked once, and names nobody afterwards."""

import io
from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from consent import actions, rounds
from consent.errors import InvalidTerms, NotAskable
from consent.models import AskingRound, Consent, RoundLine
from portal.accounts import queries as accounts
from portal.accounts.models import UserKind
from portal.inbox.models import Letter
from portal.outbox.models import Message
from portal.trail.actor import Actor, acting_as
from portal.trail.errors import IllegalMove, NotPermitted
from tests import people
from tests.catalogue import factories as catalogue
from tests.consent import factories as town
from tests.consent.factories import AT
from tests.consent.test_admin import address, page_of, signed_in

pytestmark = pytest.mark.django_db


def lines(of: AskingRound) -> list[tuple[str, str]]:
    with acting_as(Actor.portal()):
        return list(of.lines.order_by("position").values_list("fault", "outcome"))


def confirmed(asking: AskingRound) -> None:
    with acting_as(catalogue.clerk_of(town.asker())) as clerk:
        rounds.confirm(asking, actor=clerk, at=AT)


def work(at: Any = AT) -> None:
    """What the worker does with the newest message."""
    with acting_as(Actor.portal()):
        rounds.work(Message.objects.filter(topic="consent.round.confirmed").latest("id"), at)


def now(asking: AskingRound) -> AskingRound:
    with acting_as(Actor.portal()):
        return AskingRound.objects.get(pk=asking.pk)


def test_a_list_is_read_line_by_line_and_nobody_is_asked_yet() -> None:
    one, two, purpose = people.number(), people.number(), town.approved()
    first, second = people.citizen(one), people.citizen(two)
    key = accounts.pairwise_key(bytes(second.subject_key or b""), agency_id=town.asker().pk)
    asking = town.uploaded(one, "123", people.number(), one, key, "", purpose=purpose)
    assert [fault for fault, _outcome in lines(asking)] == ["", "malformed", "unknown", "twice", "", "malformed"]
    assert (asking.total, asking.faulty, asking.state) == (6, 4, "uploaded")
    with acting_as(Actor.portal()):
        assert not Consent.objects.exists()
        kept = RoundLine.objects.filter(subject_key__isnull=False).values_list("subject_key", flat=True)
        assert {bytes(one) for one in kept} == {first.subject_key, second.subject_key}


def test_each_person_is_asked_once_and_then_the_list_names_nobody() -> None:
    purpose, new, asked, refused = town.approved(), town.adult(), town.adult(), town.adult()
    town.asked(asked, purpose)
    question = town.asked(refused, purpose)
    with acting_as(people.as_citizen(refused)) as actor:
        actions.refuse(question, actor=actor, at=AT)
    with acting_as(Actor.portal()):
        names = [accounts.number_of(bytes(one.subject_key or b"")) for one in (new, asked, refused)]
    asking = town.uploaded(*names, purpose=purpose)
    confirmed(asking)
    work()
    assert [outcome for _fault, outcome in lines(asking)] == ["asked", "already-asked", "cooling-down"]
    done = now(asking)
    assert (done.state, done.handled) == ("done", 3)
    work()  # the message comes a second time
    with acting_as(Actor.portal()):
        assert not RoundLine.objects.filter(subject_key__isnull=False).exists()
        assert Consent.objects.filter(subject_key=new.subject_key).count() == 1
    with acting_as(people.as_citizen(new)):
        assert Letter.objects.filter(kind="consent_asked").count() == 1


def test_a_long_list_goes_on_by_a_message_of_its_own_and_shows_how_far_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rounds, "A_BATCH", 2)
    names = [people.number() for _ in range(3)]
    for name in names:
        people.citizen(name)
    asking = town.uploaded(*names)
    confirmed(asking)
    work()
    assert (now(asking).state, now(asking).handled) == ("confirmed", 2)
    work()
    assert (now(asking).state, now(asking).handled) == ("done", 3)


def test_the_same_list_twice_is_one_round_and_is_confirmed_once() -> None:
    purpose = town.approved()
    first = town.uploaded("1", purpose=purpose)
    assert town.uploaded("1", purpose=purpose).pk == first.pk
    confirmed(first)
    with pytest.raises(IllegalMove):
        confirmed(first)


@pytest.mark.parametrize("content", [b"\xff\xfe1", b"\xd6\xd0\xb9\xfa"])
def test_what_is_no_csv_file_is_refused(content: bytes) -> None:
    with pytest.raises(InvalidTerms):
        rounds.identifiers_of(content)


def test_the_first_column_counts_whatever_else_stands_there() -> None:
    assert rounds.identifiers_of("\ufeff1,Zhang\r\n 2 ,x\r\n\r\n".encode()) == ["1", "2", ""]


def test_lists_that_are_empty_or_too_long_and_purposes_nobody_may_be_asked_for_are_refused() -> None:
    purpose, draft = town.approved(), town.registered("draft")
    with acting_as(catalogue.clerk_of(town.asker())) as clerk:
        for names in ([], ["1"] * (rounds.LONGEST + 1)):
            with pytest.raises(InvalidTerms):
                rounds.upload(purpose, names, actor=clerk, at=AT)
        with pytest.raises(NotAskable):
            rounds.upload(draft, ["1"], actor=clerk, at=AT)
    with acting_as(catalogue.clerk_of(town.holder())) as other, pytest.raises(NotPermitted):
        rounds.upload(purpose, ["1"], actor=other, at=AT)


def test_the_database_keeps_no_key_beside_an_outcome() -> None:
    asking = town.uploaded("1")
    with acting_as(Actor.portal()), pytest.raises(IntegrityError), transaction.atomic():
        RoundLine.objects.create(round=asking, position=9, subject_key=b"x" * 16, outcome="asked")


def test_a_clerk_uploads_looks_and_asks_by_three_pages() -> None:
    purpose, person = town.approved(), people.number()
    people.citizen(person)
    client = signed_in(people.clerk(town.asker()))
    assert "CSV" in page_of(client, address(purpose, "ask-many"))
    assert client.post(address(purpose, "ask-many")).status_code == 422
    file = io.BytesIO(f"{person}\nnobody\n".encode())
    file.name = "list.csv"
    done = client.post(address(purpose, "ask-many"), {"file": file}, follow=True)
    page = done.content.decode()
    assert "neither a number nor a key of yours" in page
    assert person not in page
    where = done.redirect_chain[-1][0].replace("change/", "ask/")
    assert "1 person is asked" in page_of(client, where)
    assert "People are being asked." in client.post(where, follow=True).content.decode()
    work(AT + timedelta(minutes=1))
    assert "1 of 1 person asked" in page_of(client, done.redirect_chain[-1][0])
    other = signed_in(people.clerk(town.holder(), "other"))
    assert other.get(done.redirect_chain[-1][0]).status_code == 404
    assert signed_in(people.staff(UserKind.REGULATOR)).get("/admin/consent/askinground/").status_code == 403
