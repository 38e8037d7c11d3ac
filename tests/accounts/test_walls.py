"""What the database itself shows of people, and what it lets change."""

from datetime import UTC, datetime

import pytest
from django.db import DatabaseError, transaction
from django.db.models import Model

from portal.accounts import actions, queries
from portal.accounts.models import Disclosure, IdempotencyKey, Person, SubjectLookup, User, UserKind
from portal.trail.actor import Actor, acting_as
from tests.people import agency, as_citizen, as_clerk, citizen, clerk, number, staff

NOW = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)
pytestmark = pytest.mark.django_db


def seen(model: type[Model], actor: Actor) -> int:
    with acting_as(actor):
        return model._default_manager.count()


def shown(person: User, to: User) -> Actor:
    """A recorded look of a clerk at a person; the clerk."""
    with acting_as(as_clerk(to)) as actor:
        actions.disclose(bytes(person.subject_key or b""), reason="a case", about="case:1", actor=actor, at=NOW)
    return actor


def test_a_person_is_seen_by_themselves_by_the_agency_that_was_shown_them_and_by_nobody_else() -> None:
    zhang, _li = citizen(name="张三"), citizen(name="李四")
    looked = shown(zhang, clerk(agency("tax")))
    assert seen(Person, as_citizen(zhang)) == 1
    assert seen(Person, looked) == 1
    assert seen(Person, as_clerk(clerk(agency("health")))) == 0
    for kind, make in (("regulator", Actor.regulator), ("authority", Actor.authority), ("operator", Actor.operator)):
        assert seen(Person, make(staff(UserKind(kind)).pk)) == 0, kind
    assert seen(Person, Actor.visitor()) == 0
    assert seen(Person, Actor.gate()) == 0  # it must have found the person first


def test_a_digest_finds_its_key_for_those_who_are_given_numbers_alone_and_nobody_reads_the_list() -> None:
    identity = number()
    zhang = citizen(identity)
    looking = Actor.gate(), as_clerk(clerk(agency())), Actor.client("system", agency().pk)
    others = as_citizen(zhang), Actor.visitor(), Actor.regulator(zhang.pk), Actor.operator(zhang.pk)
    for actor, found in (*((actor, {"x": zhang.subject_key}) for actor in looking), *((actor, {}) for actor in others)):
        assert seen(SubjectLookup, actor) == 0, actor.kind
        with acting_as(actor):
            assert queries.keys_by_number({"x": identity}) == found, actor.kind


def test_a_look_is_seen_by_the_person_the_agency_and_the_regulator() -> None:
    zhang, li = citizen(), citizen()
    looked = shown(zhang, clerk(agency("tax")))
    assert [seen(Disclosure, actor) for actor in (as_citizen(zhang), looked, Actor.regulator(zhang.pk))] == [1, 1, 1]
    assert [seen(Disclosure, actor) for actor in (as_citizen(li), as_clerk(clerk(agency("health"))))] == [0, 0]


def test_an_agency_cannot_look_in_anothers_name() -> None:
    zhang, other = citizen(), agency("health")
    with acting_as(as_clerk(clerk(agency("tax")))), pytest.raises(DatabaseError), transaction.atomic():
        Disclosure.objects.create(
            subject_key=zhang.subject_key, agency=other, reason="none", about="case:1", at=NOW
        )  # fmt: skip


def test_a_look_cannot_be_undone() -> None:
    looked = shown(citizen(), clerk(agency("tax")))
    with acting_as(looked):
        with pytest.raises(DatabaseError), transaction.atomic():
            Disclosure.objects.all().delete()
        with pytest.raises(DatabaseError), transaction.atomic():
            Disclosure.objects.update(reason="another")


def test_nobody_on_the_web_deletes_a_person_or_changes_whose_number_it_is() -> None:
    zhang = citizen()
    with acting_as(as_citizen(zhang)), pytest.raises(DatabaseError), transaction.atomic():
        Person.objects.all().delete()
    with acting_as(Actor.gate()), pytest.raises(DatabaseError), transaction.atomic():
        SubjectLookup.objects.update(subject_key=b"\x00" * 16)


def test_a_citizen_changes_their_own_row_alone() -> None:
    zhang, li = citizen(), citizen()
    with acting_as(as_citizen(zhang)):
        assert Person.objects.filter(pk=li.subject_key).update(mail_sealed=None) == 0
        assert Person.objects.filter(pk=zhang.subject_key).update(mail_sealed=None) == 1


def test_an_answer_that_may_come_again_is_kept_for_its_agency() -> None:
    tax, health = agency("tax"), agency("health")
    with acting_as(Actor.client("one", tax.pk)):
        IdempotencyKey.objects.create(agency=tax, client="one", key="k", request_hash=b"\x00" * 32, created_at=NOW)
    assert seen(IdempotencyKey, Actor.client("one", tax.pk)) == 1
    assert seen(IdempotencyKey, Actor.client("two", health.pk)) == 0


@pytest.mark.parametrize(
    "wrong",
    [
        {"kind": "citizen", "is_staff": True},
        {"kind": "citizen", "is_superuser": True},
        {"kind": "clerk"},  # of no agency
        {"kind": "regulator", "subject_key": b"\x01" * 16},
    ],
)
def test_the_database_refuses_users_who_could_be_two_things(wrong: dict[str, object]) -> None:
    with pytest.raises(DatabaseError), transaction.atomic():
        User.objects.create(username="wrong", **wrong)  # as a defect would
