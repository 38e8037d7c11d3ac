"""A person has one key, found from the number by those who are given it, and by nobody else."""

import threading
from datetime import UTC, datetime

import pytest
from django.db import connection

from portal.accounts import actions, numbers, queries
from portal.accounts.errors import InvalidNumber, UnknownSubject
from portal.accounts.models import Person
from portal.trail.actor import Actor, acting_as
from portal.trail.models import Entry
from tests.people import agency, api_client, as_citizen, as_client, citizen, number

NOW = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)
pytestmark = pytest.mark.django_db


def test_the_same_number_always_has_the_same_key_however_it_is_written() -> None:
    identity = number()
    with acting_as(Actor.gate()):
        key = actions.register_subject(identity, at=NOW, name="张三")
        again = actions.register_subject(f" {identity[:6]} {identity[6:]}".lower(), at=NOW)
    assert key == again
    assert len(key) == 16


@pytest.mark.parametrize("wrong", ["", "123", "110101198805170019", "11010119880517001X1", "张三", "\x00" * 18])
def test_what_is_no_number_is_refused_at_its_field(wrong: str) -> None:
    with acting_as(Actor.gate()), pytest.raises(InvalidNumber) as refused:
        actions.register_subject(wrong, at=NOW)
    assert refused.value.field == "subject"


def test_many_numbers_are_registered_in_a_fixed_number_of_queries(django_assert_max_num_queries: object) -> None:
    wanted = [number() for _ in range(300)] + ["nobody", "pk1_x"]
    with acting_as(Actor.portal()), django_assert_max_num_queries(9):  # type: ignore[operator]
        found = actions.register_subjects(wanted, at=NOW)
    assert set(found) == set(wanted[:300])
    assert len(set(found.values())) == 300


def test_a_number_that_comes_in_two_spellings_is_one_person_under_both() -> None:
    identity = next(found for found in (number() for _ in range(200)) if found.endswith("X"))
    with acting_as(Actor.portal()):
        for _ in range(2):  # new, then known
            found = actions.register_subjects([identity, identity.lower()], at=NOW)
            assert set(found) == {identity, identity.lower()}
            assert len(set(found.values())) == 1
        assert Person.objects.count() == 1


def test_an_agency_knows_a_person_by_a_key_that_no_other_agency_can_open() -> None:
    tax, health = agency("tax"), agency("health")
    key = as_citizen(citizen()).subject_key
    assert key
    ours = queries.pairwise_key(key, agency_id=tax.pk)
    assert ours == queries.pairwise_key(key, agency_id=tax.pk)
    assert ours != queries.pairwise_key(key, agency_id=health.pk)
    assert queries.subject_key_of(ours, agency_id=tax.pk) == key
    with pytest.raises(UnknownSubject):
        queries.subject_key_of(ours, agency_id=health.pk)


def test_a_person_opens_to_themselves_and_to_no_other_citizen() -> None:
    zhang, li = citizen(name="张三"), citizen(name="李四")
    with acting_as(as_citizen(zhang)):
        assert queries.name_of(bytes(zhang.subject_key)) == "张三"
        with pytest.raises(UnknownSubject):
            queries.name_of(bytes(li.subject_key))


def test_an_agency_sees_whom_a_case_is_about_only_after_a_recorded_look() -> None:
    zhang, tax = citizen(name="张三"), agency("tax")
    client, _secret = api_client(tax, "rights")
    key = bytes(zhang.subject_key)
    with acting_as(as_client(client)) as actor:
        with pytest.raises(UnknownSubject):
            queries.name_of(key)
        shown = actions.disclose(key, reason="to find the rows", about="rights.part:1", actor=actor, at=NOW)
        assert shown.identity.name == "张三"
    with acting_as(as_citizen(zhang)):
        assert Entry.objects.filter(event="accounts.person.disclosed", subject_key=key).count() == 1


def test_nobody_sees_a_person_without_an_actor() -> None:
    citizen()
    assert Person.objects.count() == 0


def test_masking_leaves_too_little_to_know_somebody() -> None:
    assert numbers.masked("110101198805170018") == "1***************18"
    assert numbers.masked_name("张三丰") == "张**"


@pytest.mark.django_db(transaction=True)
def test_two_who_register_the_same_number_at_once_get_the_same_key() -> None:
    identity, barrier, keys = number(), threading.Barrier(2), []

    def register() -> None:
        try:
            with acting_as(Actor.gate()):
                barrier.wait()
                keys.append(actions.register_subject(identity, at=NOW))
        finally:
            connection.close()

    threads = [threading.Thread(target=register) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(keys) == 2
    assert len(set(keys)) == 1
    with acting_as(Actor.portal()):
        assert Person.objects.count() == 1
