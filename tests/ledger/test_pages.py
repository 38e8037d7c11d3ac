"""The citizen's pages: what they tell, to whom, and at what cost."""

import csv
import io
import json
from datetime import date
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from portal.accounts.models import User
from portal.ledger import proofs, queries
from portal.ledger.models import NoteKind
from portal.ledger.queries import Filters
from portal.trail.actor import acting_as
from tests.catalogue import factories as catalogue
from tests.ledger.factories import (
    OTHER,
    PERSON,
    as_person,
    event_row,
    events_of,
    holding_row,
    key_of,
    many_events,
    note,
    report,
    report_held,
    town,
)
from tests.people import citizen, clerk

pytestmark = pytest.mark.django_db


@pytest.fixture
def zhang(client: Client) -> User:
    """Zhang San, signed in, reading English."""
    user = citizen(PERSON)
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    client.defaults["HTTP_ACCEPT_LANGUAGE"] = "en"
    client.cookies["django_language"] = "en"
    return user


def text_of(client: Client, address: str, **query: Any) -> str:
    answer = client.get(address, query)
    assert answer.status_code == 200
    return " ".join(answer.content.decode().split())


def cost_of(client: Client, address: str, **query: Any) -> int:
    with CaptureQueriesContext(connection) as captured:
        text_of(client, address, **query)
    return len(captured)


@pytest.mark.parametrize("name", ["data", "sharing", "export", "export-json", "export-pdf"])
def test_pages_are_for_citizens_who_signed_in(client: Client, name: str) -> None:
    answer = client.get(reverse(f"ledger:{name}"))
    assert answer.status_code == 302
    client.force_login(clerk(catalogue.agency("tax")), backend="django.contrib.auth.backends.ModelBackend")
    assert client.get(reverse(f"ledger:{name}")).status_code == 404


@pytest.mark.usefixtures("zhang")
def test_empty_pages_say_why_they_are_empty(client: Client) -> None:
    assert "No agency has told us yet" in text_of(client, reverse("ledger:data"))
    assert "No agency has reported that it shared your data" in text_of(client, reverse("ledger:sharing"))


@pytest.mark.usefixtures("zhang")
def test_data_tells_which_agency_holds_what_and_who_does_not_report(client: Client) -> None:
    dataset, _ = town()
    report_held(dataset.agency, holding_row(), holding_row(subject=OTHER))
    page = text_of(client, reverse("ledger:data"))
    assert "1 agency holds data about you now." in page
    for told in ("Bureau tax", "Income tax returns", "Individual Income Tax Law, Article 10", "Not reporting yet"):
        assert told in page
    report_held(dataset.agency, holding_row(until="2026-10-01"))
    page = text_of(client, reverse("ledger:data"))
    assert "1 dataset no longer holds data about you" in page


@pytest.mark.usefixtures("zhang")
def test_data_costs_the_same_for_many_holdings_as_for_few(client: Client) -> None:
    dataset, _ = town()
    report_held(dataset.agency, holding_row())
    text_of(client, reverse("ledger:data"))
    few = cost_of(client, reverse("ledger:data"))
    for place in range(6):
        other = catalogue.published(f"tax.more{place}", of=catalogue.agency(f"more{place}"))
        report_held(other.agency, holding_row(dataset=other.code))
    assert (
        cost_of(client, reverse("ledger:data")) == few <= 14
    )  # one of them is the menu of those for whom one may act, one says that the session is in use


@pytest.mark.usefixtures("zhang")
def test_sharing_tells_each_event_in_a_sentence_and_folds_repeats(client: Client) -> None:
    dataset, _ = town()
    report(dataset.agency, *many_events(3), event_row("viewed", depth="viewed"))
    report(dataset.agency, event_row("company", recipient=None, recipient_name="Company X"))
    report(dataset.agency, event_row("secret", subject=OTHER, purpose_en="about somebody else"))
    page = text_of(client, reverse("ledger:sharing"))
    assert "Bureau tax sent Bureau housing your data in “Income tax returns”." in page
    assert "Bureau tax showed Bureau housing your data in “Income tax returns”." in page
    assert "Bureau tax sent Company X your data" in page
    assert "For: to check your application for a loan" in page
    assert "<strong>3 times this month</strong>" in page
    assert "Your data was shared 5 times." in page
    assert "about somebody else" not in page
    assert "<svg" in page
    assert "<svg" not in text_of(client, reverse("ledger:sharing"), show="list")


@pytest.mark.usefixtures("zhang")
def test_sharing_flags_what_no_agreement_covers(client: Client) -> None:
    dataset, _ = town()
    report(dataset.agency, event_row("r-1"), event_row("r-2"))
    assert "No agreement covers this" not in text_of(client, reverse("ledger:sharing"))
    note(events_of()[0].id, NoteKind.UNLAWFUL)
    page = text_of(client, reverse("ledger:sharing"), flagged="on")
    assert "Found unlawful" in page
    assert "Your data was shared 1 time." in page


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({}, {"old", "new", "school", "consented"}),
        ({"year": "2024"}, {"old"}),
        ({"recipient": "school"}, {"school"}),
        ({"agency": "tax"}, {"old", "new", "school", "consented"}),
        ({"basis": "consent"}, {"consented"}),
        ({"search": "KINDERGARTEN"}, {"school"}),
        ({"search": "bureau SCHOOL"}, {"school"}),
        ({"search": "nothing like it"}, set()),
        ({"since": "2026-11-20"}, {"new", "school", "consented"}),
        ({"until": "2024-03-01"}, {"old"}),
        ({"since": "2024-03-02", "until": "2026-11-19"}, set()),
        ({"dataset": "tax.income"}, {"old", "new", "school", "consented"}),
        ({"purpose": "a place in a kindergarten"}, {"school"}),
        ({"depth": "viewed"}, {"consented"}),
    ],
)
def test_the_timeline_is_filtered(query: dict[str, str], expected: set[str]) -> None:
    dataset, _ = town()
    school = catalogue.agency("school")
    report(
        dataset.agency,
        event_row("new"),
        event_row("old", occurred_at="2024-03-01T08:00:00+08:00"),
        event_row("school", recipient="school", purpose_en="a place in a kindergarten"),
        event_row("consented", legal_basis="consent", consent=str(uuid4()), depth="viewed"),
    )
    given: dict[str, Any] = dict(query)
    if "year" in given:
        given["year"] = int(given["year"])
    if "recipient" in given:
        given["recipient"] = school.pk
    if "dataset" in given:
        given["dataset"] = dataset.pk
    for day in {"since", "until"} & set(given):
        given[day] = date.fromisoformat(given[day])
    if "agency" in given:
        given["agency"] = dataset.agency_id
    with acting_as(as_person()):
        page = queries.timeline(key_of(), Filters(**given))
    assert {event.reference for event in page.events} == expected


def test_pages_of_the_timeline_follow_each_other_without_gap_or_repeat() -> None:
    dataset, _ = town()
    report(dataset.agency, *many_events(12))
    seen, cursor = [], None
    with acting_as(as_person()):
        while True:
            page = queries.timeline(key_of(), Filters(), cursor, size=5)
            seen += [event.reference for event in page.events]
            if page.next is None:
                break
            cursor = page.next
    assert seen == [f"m-{place}" for place in range(12)]


def own_cost_of(client: Client, address: str, **query: Any) -> int:
    """Without what every page asks: who is signed in, for whom they act, their letters."""
    with CaptureQueriesContext(connection) as captured:
        text_of(client, address, **query)
    return sum(any(f'FROM "{app}_' in each["sql"] for app in ("ledger", "catalogue", "trail")) for each in captured)


@pytest.mark.usefixtures("zhang")
@pytest.mark.parametrize("query", [{}, {"flagged": ""}, {"search": "loan"}, {"depth": "copied", "year": "2026"}])
def test_sharing_costs_the_same_for_many_events_as_for_few(client: Client, query: dict[str, str]) -> None:
    dataset, _ = town()
    report(dataset.agency, *many_events(2))
    text_of(client, reverse("ledger:sharing"))
    few = own_cost_of(client, reverse("ledger:sharing"), **query)
    catalogue.agency("school")
    report(dataset.agency, *many_events(70), *[event_row(f"s-{place}", recipient="school") for place in range(5)])
    assert own_cost_of(client, reverse("ledger:sharing"), **query) == few <= 12


def test_repeats_of_a_month_make_one_line_wherever_they_lie() -> None:
    dataset, _ = town()
    report(dataset.agency, *many_events(60), *[event_row(f"v-{n}", purpose_en=f"reason {n}") for n in range(7)])
    flagged = next(event for event in events_of() if event.reference == "m-5")
    note(flagged.id, NoteKind.UNLAWFUL)
    lines: list[queries.Line] = []
    cursor, pages = None, 0
    with acting_as(as_person()):
        while True:
            page = queries.folded(key_of(), Filters(), cursor, size=3)
            lines, cursor, pages = [*lines, *page.lines], page.next, pages + 1
            if cursor is None:
                break
        likes = queries.timeline(key_of(), Filters(like=lines[0].first.id)).events
    assert pages == 3
    assert sorted(line.times for line in lines) == [1] * 8 + [59]
    assert len({line.first.id for line in lines}) == 9
    most = max(lines, key=lambda line: line.times)
    assert (len(most.ids), most.is_cut, most.first.reference) == (12, True, "m-0")
    assert len(likes) == 50  # a page of the 59
    assert [line.times for line in lines if line.is_unlawful] == [1]


def test_pages_of_lines_follow_each_other_when_one_window_is_not_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("portal.ledger.queries.timelines.WINDOW", 4)
    dataset, _ = town()
    rows = [
        event_row(f"e-{month}-{n}", occurred_at=f"2026-{month:02d}-{n + 1:02d}T08:00:00+08:00", depth=depth)
        for month in range(1, 11)
        for n, depth in enumerate(["viewed", "copied", "copied", "copied", "copied", "copied"])
    ]
    report(dataset.agency, *rows)
    lines: list[queries.Line] = []
    cursor = None
    with acting_as(as_person()):
        while True:
            page = queries.folded(key_of(), Filters(), cursor, size=3)
            lines, cursor = [*lines, *page.lines], page.next
            if cursor is None:
                break
    assert [(line.first.occurred_at.month, line.times) for line in lines] == [
        (month, times) for month in range(10, 0, -1) for times in (5, 1)
    ]


@pytest.mark.usefixtures("zhang")
@pytest.mark.parametrize(
    "query",
    [
        {"year": "1999"},
        {"year": "x"},
        {"agency": str(uuid4())},
        {"agency": "'"},
        {"search": "x" * 101},
        {"depth": "x"},
        {"since": "31.2."},
        {"like": "x"},
        {"dataset": "x"},
        {"purpose": "x"},
        {"since": "2026-11-02", "until": "2026-11-01"},
    ],
)
def test_a_wrong_filter_says_so_and_filters_nothing(client: Client, query: dict[str, str]) -> None:
    dataset, _ = town()
    report(dataset.agency, event_row())
    page = text_of(client, reverse("ledger:sharing"), **query)
    assert "usa-error-message" in page
    assert "Your data was shared 1 time." in page


@pytest.mark.usefixtures("zhang")
def test_a_wrong_cursor_leads_nowhere(client: Client) -> None:
    assert client.get(reverse("ledger:sharing"), {"after": "x"}).status_code == 404


@pytest.mark.usefixtures("zhang")
def test_an_event_shows_its_facts_its_basis_and_its_proof(client: Client) -> None:
    dataset, _ = town()
    report(dataset.agency, event_row(contractor="Cloud Ltd", use_until="2027-01-01"))
    (event,) = events_of()
    page = text_of(client, reverse("ledger:event", args=[event.id]))
    for told in ("Bureau tax", "Bureau housing", "Income", "Cloud Ltd", "Article 13", "Download the proof"):
        assert told in page
    answer = client.get(reverse("ledger:proof", args=[event.id]))
    assert answer["Content-Disposition"] == f'attachment; filename="proof-{event.id}.json"'
    assert proofs.faults_of(json.loads(answer.content)) == [
        "The batch has not been sealed yet. Get the proof again in a minute."
    ]


@pytest.mark.usefixtures("zhang")
def test_somebody_elses_event_is_not_there(client: Client) -> None:
    dataset, _ = town()
    report(dataset.agency, event_row(subject=OTHER))
    (event,) = events_of(OTHER)
    for name in ("event", "proof"):
        assert client.get(reverse(f"ledger:{name}", args=[event.id])).status_code == 404
        assert client.get(reverse(f"ledger:{name}", args=[uuid4()])).status_code == 404


@pytest.mark.usefixtures("zhang")
def test_the_download_holds_what_the_filters_leave_and_no_formulas(client: Client) -> None:
    dataset, _ = town()
    report(
        dataset.agency,
        event_row("r-1", purpose_en="=HYPERLINK(1)"),
        event_row("r-2", occurred_at="2024-03-01T08:00:00+08:00"),
        event_row("r-3", subject=OTHER),
    )
    answer = client.get(reverse("ledger:export"), {"year": "2026"})
    content = b"".join(answer.streaming_content).decode()  # type: ignore[attr-defined]  # a streamed answer
    assert content.startswith("\ufeffWhen,")
    (row,) = csv.DictReader(io.StringIO(content.removeprefix("\ufeff")))
    assert (row["Why"], row["When"], row["Who"]) == ("'=HYPERLINK(1)", "2026-11-20 09:30:00", "Bureau tax")


@pytest.mark.usefixtures("zhang")
def test_the_json_download_holds_codes_and_both_languages(client: Client) -> None:
    dataset, _ = town()
    report(dataset.agency, event_row("r-1"), event_row("r-2", recipient=None, recipient_name="Company “X”"))
    report(dataset.agency, event_row("r-3", subject=OTHER))
    answer = client.get(reverse("ledger:export-json"), {"depth": "copied"})
    content = json.loads(b"".join(answer.streaming_content))  # type: ignore[attr-defined]  # a streamed answer
    assert content["schema"] == "ledger.sharing/1"
    assert {event["recipient"].get("code") for event in content["events"]} == {"housing", None}
    first = content["events"][0]
    assert first["purpose"] == {"zh": "审核贷款申请", "en": "to check your application for a loan"}
    assert (first["legal_basis"], first["depth"], first["provider"]["code"]) == ("statutory_duty", "copied", "tax")
    empty = client.get(reverse("ledger:export-json"), {"year": "2024"})
    assert json.loads(b"".join(empty.streaming_content))["events"] == []  # type: ignore[attr-defined]  # as above


@pytest.mark.usefixtures("zhang")
@pytest.mark.parametrize("query", [{}, {"year": "2024"}, {"flagged": "on", "search": "loan"}])
def test_the_pdf_download_is_a_paper(client: Client, query: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("portal.ledger.exports.MOST_ON_PAPER", 2)
    dataset, _ = town()
    report(dataset.agency, *many_events(4))
    answer = client.get(reverse("ledger:export-pdf"), query)
    assert answer["Content-Type"] == "application/pdf"
    assert answer.content.startswith(b"%PDF-1.7")


@pytest.mark.usefixtures("zhang")
def test_the_year_is_drawn_with_its_table(client: Client) -> None:
    dataset, _ = town()
    report(dataset.agency, event_row("a"), event_row("b"), event_row("c", occurred_at="2026-11-02T08:00:00+08:00"))
    page = text_of(client, reverse("ledger:sharing"))
    assert "Nov. 20, 2026: 2 times" in page
    assert page.count("<rect") > 365
    assert '<td>Fri 20 November 2026</td><td class="number">2</td>' in page


@pytest.mark.usefixtures("zhang")
def test_pages_speak_chinese_too(client: Client) -> None:
    dataset, _ = town()
    report(dataset.agency, event_row())
    client.cookies["django_language"] = "zh-hans"
    client.defaults["HTTP_ACCEPT_LANGUAGE"] = "zh-hans"
    page = text_of(client, reverse("ledger:sharing"))
    assert "审核贷款申请" in page
    assert "个人所得税申报" in page
