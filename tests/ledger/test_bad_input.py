"""What no department should send: refused at its index with pointer and code while the others stand, or whole."""

import gzip
import json
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.utils import timezone

from portal.accounts import queries as accounts
from portal.catalogue.models import Agency
from portal.ledger import bodies
from portal.ledger.models import Batch, SharingEvent
from portal.trail.actor import Actor, acting_as
from tests.ledger.factories import PERSON, event_row, events_of, key_of, report, town
from tests.ledger.test_api import Call, caller, counted
from tests.people import number

REFUSED: dict[str, tuple[dict[str, Any], str, str]] = {
    "an unknown dataset": ({"dataset": "tax.nothing"}, "/dataset", "unknown-dataset"),
    "tomorrow": ({"occurred_at": (timezone.now() + timedelta(days=1)).isoformat()}, "/occurred_at", "in-the-future"),
    "before retention": ({"occurred_at": "2022-12-31T12:00:00+08:00"}, "/occurred_at", "too-old"),
    "a time that overflows": ({"occurred_at": "9999-12-31T23:59:59-12:00"}, "/occurred_at", "in-the-future"),
    "a basis that does not exist": ({"legal_basis": "because"}, "/legal_basis", "unknown-code"),
    "5 MB in one field": ({"purpose_en": "x" * 5_000_000}, "/purpose_en", "too-long"),
    "5 MB in a key": ({"x" * 5_000_000: 1}, "/" + "x" * 60, "unknown-field"),
    "a NUL byte": ({"reference": "a\x00b"}, "/reference", "bad-characters"),
    "half a character": ({"citation": "\ud800"}, "/citation", "bad-characters"),
    "a number of nobody": (
        {"subject": PERSON[:-1] + ("0" if PERSON[-1] != "0" else "1")},
        "/subject",
        "unknown-subject",
    ),
    "a number too short": ({"subject": "1101011988"}, "/subject", "unknown-subject"),
    "a consent that is no id": ({"consent": "yes"}, "/consent", "not-a-uuid"),
    "a list in place of a text": ({"reference": ["a"]}, "/reference", "not-a-string"),
    "an item of another dataset": ({"items": ["shoe-size"]}, "/items/0", "unknown-item"),
}


@pytest.fixture
def tax() -> Call:
    dataset, _ = town()
    return caller(dataset.agency, "sharing holdings")


@pytest.mark.django_db
@pytest.mark.parametrize("name", REFUSED)
def test_a_bad_row_is_refused_at_its_index_and_the_others_are_kept(tax: Call, name: str) -> None:
    changes, pointer, code = REFUSED[name]
    answer = tax("POST", "sharing-events", [event_row("r-1"), {**event_row("r-2"), **changes}, event_row("r-3")])
    assert answer.status_code == 201
    (rejection,) = answer.json()["rejected"]
    assert (rejection["index"], rejection["pointer"], rejection["code"]) == (1, pointer, code)
    assert rejection["detail"]
    assert len(answer.content) < 2_000  # what was sent is never sent back
    assert {event.reference for event in events_of()} == {"r-1", "r-3"}


@pytest.mark.django_db
def test_another_persons_consent_is_kept_as_told_and_never_shown_as_theirs(tax: Call) -> None:
    """The ledger can't know whose it is; portal.consent flags it on the news (tests/consent/test_uncovered.py)."""
    told = tax("POST", "sharing-events", [event_row(consent=str(uuid4()), legal_basis="consent")]).json()
    assert told["accepted"] == 1


@pytest.mark.django_db
def test_another_event_under_the_same_reference_is_refused_and_a_repeat_is_not(tax: Call) -> None:
    assert tax("POST", "sharing-events", [event_row("r-1")]).json()["accepted"] == 1
    rows = [event_row("r-1"), event_row("r-1", depth="viewed"), event_row("r-2"), event_row("r-2", items=None)]
    told = tax("POST", "sharing-events", rows).json()
    assert (told["accepted"], told["duplicates"]) == (1, 1)
    assert [(row["index"], row["code"], row["pointer"]) for row in told["rejected"]] == [
        (1, "reference_reused", "/reference"),
        (3, "reference_reused", "/reference"),
    ]
    assert [event.depth for event in events_of() if event.reference == "r-1"] == ["copied"]


@pytest.mark.django_db
def test_the_same_holds_for_many_rows_at_once(tax: Call) -> None:
    rows = [event_row(f"r-{place}") for place in range(60)]
    assert tax("POST", "sharing-events", rows).json()["accepted"] == 60
    rows[7]["citation"] = "another"
    told = tax("POST", "sharing-events", [*rows, event_row("new")]).json()
    assert (told["accepted"], told["duplicates"]) == (1, 59)
    assert [(row["index"], row["code"]) for row in told["rejected"]] == [(7, "reference_reused")]


@pytest.mark.django_db
def test_whose_contractor_had_access_stands_on_the_event(tax: Call) -> None:
    row = event_row(
        recipient=None, recipient_name="数据服务公司", contractor="数据服务公司", depth="viewed", automated=False
    )
    assert tax("POST", "sharing-events", [row]).json()["accepted"] == 1
    (event,) = events_of()
    assert (event.contractor, event.to_whom, event.is_automated) == ("数据服务公司", "数据服务公司", False)


WHOLE: dict[str, tuple[bytes, dict[str, str], tuple[int, ...]]] = {
    "broken UTF-8": (b'[{"reference": "\xff\xfe"}]', {}, (400,)),
    "a cut-off array": (json.dumps([event_row()]).encode()[:-5], {}, (400,)),
    "a cut-off gzip": (gzip.compress(b"[{}]" * 100)[:-9], {"Content-Encoding": "gzip"}, (400,)),
    "what only says it is gzip": (b"[{}]", {"Content-Encoding": "gzip"}, (400,)),
    "gzip with another file after it": (
        gzip.compress(b"[") + gzip.compress(b"]"),
        {"Content-Encoding": "gzip"},
        (400,),
    ),
    "a number where rows belong": (b"12", {}, (400,)),
    "nesting without end": (b"[" * 200_000, {}, (400,)),
    "a number without end": (b"[" + b"9" * 100_000 + b"]", {}, (400, 201)),
    "nothing": (b"", {}, (400, 422)),
}


@pytest.mark.django_db
@pytest.mark.parametrize("name", WHOLE)
def test_a_body_that_cant_be_read_is_refused_and_nothing_is_stored(tax: Call, name: str) -> None:
    body, headers, statuses = WHOLE[name]
    answer = tax("POST", "sharing-events", body, **headers)
    assert answer.status_code in statuses, answer.content
    assert counted(SharingEvent) == 0
    assert answer.status_code == 201 or counted(Batch) == 0


@pytest.mark.django_db
def test_a_broken_line_is_refused_alone_also_where_it_is_no_utf8(tax: Call) -> None:
    lines = b"\n".join(
        [json.dumps(event_row("r-1")).encode(), b'{"reference": "\xff"}', b"{", json.dumps(event_row("r-2")).encode()]
    )
    told = tax("POST", "sharing-events", lines, type="application/x-ndjson").json()
    assert told["accepted"] == 2
    assert [(row["index"], row["code"]) for row in told["rejected"]] == [(1, "not-an-object"), (2, "not-an-object")]


@pytest.mark.django_db
def test_a_bomb_of_the_real_size_is_refused_early(tax: Call) -> None:
    bomb = gzip.compress(b"[" + b" " * (bodies.MOST_UNPACKED + 1))
    assert len(bomb) < 100_000
    answer = tax("POST", "sharing-events", bomb, **{"Content-Encoding": "gzip"})
    assert (answer.status_code, answer.json()["code"]) == (413, "too-large")
    assert counted(Batch) == 0


@pytest.mark.django_db
def test_people_are_told_apart_also_where_a_call_names_many(tax: Call) -> None:
    rows = [event_row(f"r-{place}", subject=number(500 + place)) for place in range(30)]
    assert tax("POST", "sharing-events", rows).json()["accepted"] == 30
    with acting_as(Actor.portal()):
        assert SharingEvent.objects.values("subject_key").distinct().count() == 30
        assert accounts.looks_pairwise(PERSON) is False


@pytest.mark.django_db(transaction=True)
def test_one_event_posted_fifty_times_at_once_is_one_row() -> None:
    dataset, _ = town()
    key_of()
    at_once, calls = 10, 50  # a pool of ten, so that the server's connections suffice

    def call(of: Agency, barrier: Barrier) -> int:
        try:
            barrier.wait()
            return report(of, event_row()).accepted
        finally:
            connection.close()

    barrier = Barrier(at_once, timeout=30)
    with ThreadPoolExecutor(at_once) as pool:
        accepted = list(pool.map(lambda _turn: call(dataset.agency, barrier), range(calls)))
    assert sum(accepted) == 1
    assert counted(SharingEvent) == 1
