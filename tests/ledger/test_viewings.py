"""Whoever looks at a person's record leaves a trace that the person sees, merged by viewer and hour."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from portal.ledger import queries, viewings
from portal.trail.actor import Actor, acting_as
from portal.trail.models import Entry
from tests import people
from tests.catalogue import factories as catalogue
from tests.ledger.factories import AT, as_person, asked, client, event_row, events_of, key_of, report, town, withheld
from tests.ledger.test_api import caller
from tests.ledger.test_pages import text_of, zhang
from tests.representation import factories as representations

pytestmark = pytest.mark.django_db
__all__ = ["zhang"]


def looked(of: str, at: Any, times: int = 1) -> None:
    (event,) = events_of()
    with acting_as(client(catalogue.agency(of))) as actor:
        for _ in range(times):
            viewings.note_event(event, page="proof", actor=actor, at=at)


def seen() -> list[tuple[str, int]]:
    with acting_as(as_person()):
        return [(str(one.who), one.times) for one in queries.viewings_of(key_of(), since=None, before=None, names={})]


def test_looks_are_merged_by_viewer_and_hour() -> None:
    dataset, _ = town()
    report(dataset.agency, event_row())
    looked("tax", AT, 3)
    looked("tax", AT + timedelta(minutes=30))
    looked("tax", AT + timedelta(hours=2))
    looked("housing", AT)
    assert sorted(seen()) == [("Bureau housing", 1), ("Bureau tax", 1), ("Bureau tax", 4)]
    with acting_as(as_person()):
        early = queries.viewings_of(key_of(), since=None, before=AT + timedelta(hours=1), names={})
    assert sum(one.times for one in early) == 5


def test_a_look_at_what_is_withheld_does_not_tell_of_it() -> None:
    dataset, _ = town()
    report(dataset.agency, event_row())
    withheld(events_of()[0].id)
    looked("tax", AT)
    assert seen() == []
    with acting_as(Actor.portal()):
        assert Entry.objects.filter(event=viewings.EVENT).count() == 1


@pytest.mark.usefixtures("zhang")
def test_ones_own_looks_leave_no_trace_and_those_of_agencies_stand_in_the_timeline(client: Client) -> None:
    dataset, recipient = town()
    report(dataset.agency, event_row())
    (event,) = events_of()
    address = reverse("ledger:sharing")
    assert "Who looked at your record here" not in text_of(client, address)
    assert seen() == []
    assert caller(recipient, "sharing")("GET", f"sharing-events/{event.id}/proof").status_code == 200
    page = text_of(client, address)
    assert "Who looked at your record here: 1 line" in page
    assert "Bureau housing looked at your record" in page
    assert "Who looked" not in text_of(client, address, depth="copied")


def test_a_clerk_who_opens_a_question_is_seen() -> None:
    row = asked()
    clerk = Client()
    clerk.force_login(people.clerk(catalogue.agency("tax")), backend="django.contrib.auth.backends.ModelBackend")
    assert clerk.get(reverse("admin:ledger_challenge_change", args=[row.pk])).status_code == 200
    assert seen() == [("Bureau tax", 1)]


def test_who_acts_for_somebody_is_seen_by_them() -> None:
    represented, proxy = representations.person(), representations.person()
    row = representations.proxy(represented, proxy)
    browser = Client()
    browser.force_login(proxy, backend="django.contrib.auth.backends.ModelBackend")
    browser.cookies["django_language"] = "en"
    assert browser.post(reverse("representation:act", args=[row.pk])).status_code == 302
    for _ in range(2):
        assert browser.get(reverse("ledger:data")).status_code == 200
    key = bytes(represented.subject_key or b"")
    with acting_as(people.as_citizen(represented)):
        (one,) = queries.viewings_of(key, since=timezone.now() - timedelta(hours=2), before=None, names={})
    assert one.times == 2
