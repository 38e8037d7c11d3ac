"""Who proposed never decides, and a decision stands: said by the database itself, to whoever writes to it."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction

from portal.catalogue import actions
from portal.trail.actor import Actor, acting_as
from tests.catalogue import factories as catalogue
from tests.consent import factories as consents

pytestmark = pytest.mark.django_db
AsOwner = Callable[[], AbstractContextManager[None]]


def _version(*, decided: bool) -> Any:
    dataset = catalogue.published() if decided else catalogue.proposed()
    with acting_as(Actor.portal()):
        return dataset.versions.get()


def _agreement(*, decided: bool) -> Any:
    dataset, recipient = catalogue.published(), catalogue.agency("housing")
    return (catalogue.granted if decided else catalogue.applied)(dataset, recipient)


def _purpose(*, decided: bool) -> Any:
    return consents.approved() if decided else consents.registered()


def _notice(*, decided: bool) -> Any:
    purpose = _purpose(decided=decided)
    with acting_as(Actor.portal()):
        return purpose.notices.get()


# What is decided: who makes one, its columns of author and decider, and what a decision writes besides.
DECIDED: dict[str, tuple[Callable[..., Any], str, str, str]] = {
    "a version of a dataset": (_version, "proposed_by", "decided_by", "status = 'approved', decided_at = now()"),
    "an agreement": (_agreement, "proposed_by", "decided_by", "status = 'granted', decided_at = now()"),
    "a purpose": (_purpose, "registered_by", "approved_by", "state = 'approved', approved_at = now()"),
    "a notice": (_notice, "proposed_by", "approved_by", "approved_at = now()"),
}


def _run(command: str, row: Any) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"{command} WHERE id = %s", [row.pk])
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")


@pytest.mark.parametrize("thing", DECIDED)
def test_who_proposed_does_not_decide(thing: str, as_owner: AsOwner) -> None:
    make, author, decider, besides = DECIDED[thing]
    row = make(decided=False)
    table = row._meta.db_table
    with as_owner():
        with pytest.raises(DatabaseError, match="a_second_person"):
            _run(f"UPDATE {table} SET {decider} = {author}, {besides}", row)
        _run(f"UPDATE {table} SET {decider} = 'user:another', {besides}", row)


@pytest.mark.parametrize("thing", DECIDED)
def test_nothing_is_decided_by_nobody(thing: str, as_owner: AsOwner) -> None:
    make, _author, _decider, besides = DECIDED[thing]
    row = make(decided=False)
    with as_owner(), pytest.raises(DatabaseError, match="say_by_whom"):
        _run(f"UPDATE {row._meta.db_table} SET {besides}", row)


@pytest.mark.parametrize("thing", DECIDED)
def test_neither_author_nor_decider_is_written_anew(thing: str, as_owner: AsOwner) -> None:
    make, author, decider, _besides = DECIDED[thing]
    row = make(decided=True)
    for column in (author, decider):
        with as_owner(), pytest.raises(DatabaseError, match="pgtrigger"):
            _run(f"UPDATE {row._meta.db_table} SET {column} = 'user:forged'", row)


def test_a_dataset_is_published_by_an_approved_version_alone(as_owner: AsOwner) -> None:
    waiting = catalogue.proposed()
    published = "status = 'published', published_at = now()"
    with as_owner(), pytest.raises(DatabaseError, match="approved by nobody"):
        _run(f"UPDATE catalogue_dataset SET version = 1, {published}", waiting)
    with acting_as(catalogue.AUTHORITY) as authority:
        shown = actions.approve_dataset(waiting, actor=authority, at=catalogue.AT)
    with as_owner(), pytest.raises(DatabaseError, match="approved by nobody"):
        _run("UPDATE catalogue_dataset SET version = 2", shown)
