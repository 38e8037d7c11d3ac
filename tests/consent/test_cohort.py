"""A cohort over HTTP: what goes in and out, what is refused, and that memory stays flat."""

import gzip
import hashlib
import json
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from typing import Any

import pytest
from django.utils import timezone

from consent import cohort
from consent.models import Decision, Kind
from portal.accounts import queries as accounts
from portal.trail import keys
from portal.trail.actor import Actor, acting_as
from portal.trail.models import Entry
from tests.catalogue import factories as catalogue
from tests.consent import factories as town
from tests.consent.test_api import Call, caller
from tests.people import number

pytestmark = pytest.mark.django_db
AsOwner = Callable[[], AbstractContextManager[None]]
ABOUT: dict[str, Any] = {"purpose": "study", "dataset": "tax.income"}
NDJSON = "application/x-ndjson"


def sent(call: Call, *lines: Any, about: Any = ABOUT, packed: bool = False) -> Any:
    body = b"\n".join(line if isinstance(line, bytes) else json.dumps(line).encode() for line in (about, *lines))
    headers = {"Content-Encoding": "gzip"} if packed else {}
    return call("POST", "decisions/cohort", gzip.compress(body) if packed else body, content_type=NDJSON, **headers)


def rows(answer: Any) -> list[dict[str, Any]]:
    assert answer.status_code == 200, answer.content
    return [json.loads(line) for line in b"".join(answer.streaming_content).splitlines()]


@pytest.mark.parametrize("packed", [False, True])
def test_who_permits_is_told_at_their_line_with_a_signed_summary(packed: bool, as_owner: AsOwner) -> None:
    consent = town.given(at=timezone.now(), valid_until=timezone.now() + town.YEAR / 2)
    call = caller(town.asker())
    answer = sent(call, {"subject": number()}, town.identity(consent), b"", {"subject": 7}, b"{", packed=packed)
    body = b"".join(answer.streaming_content)
    permitted, *bad, summary = [json.loads(line) for line in body.splitlines()]
    assert (permitted["line"], permitted["subject"], permitted["consent"], permitted["items"]) == (
        2, town.identity(consent), str(consent.id), ["year"],
    )  # fmt: skip
    assert [(one["line"], one["code"]) for one in bad] == [(3, "not-a-subject"), (4, "not-a-subject")]
    assert (summary["asked"], summary["permitted"], summary["refused"]) == (4, 1, 2)
    signed = keys.check(summary["token"], use="decisions")
    assert signed["sha256"] == hashlib.sha256(body[: body.rindex(b'{"asked"')]).hexdigest()
    with as_owner():
        (row,) = Decision.objects.all()
    assert (row.answer, row.consent_id, row.caller_id) == ("permit", consent.id, town.asker().pk)
    with acting_as(Actor.portal()):
        entry = Entry.objects.get(event="consent.cohort.decided")
    assert (entry.facts["asked"], entry.facts["logged"], entry.facts["permitted"]) == (4, 1, 1)


def test_the_log_stands_before_the_first_byte_is_drawn(as_owner: AsOwner) -> None:
    consent = town.given()
    answer = sent(caller(town.asker()), town.identity(consent))
    with as_owner():
        assert Decision.objects.count() == 1
    assert [row["asked"] for row in rows(answer) if "asked" in row] == [1]


@pytest.mark.parametrize(
    ("about", "lines", "status", "code"),
    [
        ({"purpose": "none", "dataset": "tax.income"}, ["x"], 404, "unknown-purpose"),
        ({"purpose": "study", "dataset": "none"}, ["x"], 404, "unknown-dataset"),
        ({**ABOUT, "items": ["none"]}, ["x"], 404, "unknown-item"),
        ({**ABOUT, "recipient": "none"}, ["x"], 404, "unknown-agency"),
        ({**ABOUT, "item": ["year"]}, ["x"], 422, "invalid"),
        ({"purpose": "single", "dataset": "tax.income"}, ["x"], 422, "one-by-one"),
        ([], ["x"], 422, "no-question"),
        (b"{", ["x"], 422, "no-question"),
        (ABOUT, [], 422, "nobody-named"),
    ],
)
def test_what_cannot_be_asked_of_a_cohort_is_refused_whole(
    about: Any, lines: list[Any], status: int, code: str, as_owner: AsOwner
) -> None:
    town.approved(), town.approved("single", kind=Kind.SINGLE_USE)
    answer = sent(caller(town.asker()), *lines, about=about)
    assert (answer.status_code, answer.json()["code"]) == (status, code), answer.content
    with as_owner():
        assert not Decision.objects.exists()


def test_more_than_a_million_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    town.approved()
    monkeypatch.setattr(cohort, "MOST", 2)
    answer = sent(caller(town.asker()), "a", "b", "c")
    assert (answer.status_code, answer.json()["code"]) == (413, "too-many-subjects")


@pytest.mark.parametrize("body", [b"not gzip", gzip.compress(json.dumps(ABOUT).encode() + b'\n"x"')[:-9]])
def test_a_body_that_does_not_unpack_is_refused(body: bytes) -> None:
    town.approved()
    answer = caller(town.asker())("POST", "decisions/cohort", body, content_type=NDJSON, **{"Content-Encoding": "gzip"})
    assert answer.status_code == 400


def test_only_pieces_of_the_input_are_in_memory_and_queries_do_not_grow_with_it(
    monkeypatch: pytest.MonkeyPatch, django_assert_max_num_queries: Any
) -> None:
    purpose, client = town.approved(), catalogue.client_of(town.asker())
    monkeypatch.setattr(cohort, "PIECE", 10)
    drawn, pieces = 0, []

    def lines() -> Iterator[bytes]:
        nonlocal drawn
        for place in range(35):
            drawn = place
            yield b'"%018d"' % place

    def known(names: list[str], agency_id: Any) -> dict[str, bytes]:
        pieces.append((drawn, len(names)))
        return {}

    monkeypatch.setattr(accounts, "known_subjects", known)
    with acting_as(client):
        staged = cohort.stage(lines(), actor=client)
        assert pieces == [(9, 10), (19, 10), (29, 10), (34, 5)]
        with django_assert_max_num_queries(16):
            list(cohort.answered(cohort.About(purpose.code, "tax.income"), staged, actor=client, at=town.AT))
