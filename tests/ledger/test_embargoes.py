"""Withholding an event: two people, a review date, and nothing of it on any surface of its citizen's."""

import json
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import DatabaseError, transaction
from django.test import Client
from django.urls import reverse

from portal.accounts.models import UserKind
from portal.inbox.models import Letter
from portal.ledger import actions, copies, embargoes, queries
from portal.ledger.errors import AlreadyWithheld, GroundUnknown, ReviewTooFar, SecondPersonNeeded, UnknownEvent
from portal.ledger.models import Batch, Embargo, NoteKind, SharingNote
from portal.ledger.queries import Filters
from portal.ledger.states import MOVES, EmbargoState, require_move
from portal.trail import copies as trail_copies
from portal.trail.actor import Actor, acting_as
from portal.trail.errors import IllegalMove, NotPermitted
from tests import people
from tests.catalogue import factories as catalogue
from tests.ledger.factories import (
    AT,
    PERSON,
    as_person,
    asked,
    client,
    event_row,
    events_of,
    key_of,
    lifted,
    note,
    provider_clerk,
    report,
    town,
    withheld,
    withholding,
)
from tests.ledger.test_pages import text_of, zhang

pytestmark = pytest.mark.django_db
__all__ = ["zhang"]
BACKEND = "django.contrib.auth.backends.ModelBackend"


@pytest.fixture
def event() -> UUID:
    dataset, _ = town()
    report(dataset.agency, event_row())
    return UUID(str(events_of()[0].id))


# ------------------------------------------------------------------ every surface
def surfaces(browser: Client, identifier: UUID) -> dict[str, Any]:
    """What each surface of the citizen's tells of the event: nothing is false, or empty."""
    (row,) = events_of()
    with acting_as(as_person()):
        found: dict[str, Any] = {
            "timeline": queries.timeline(key_of(), Filters()).events,
            "grouping": queries.folded(key_of(), Filters()).lines,
            "counts": queries.month_summary(key_of(), AT).times,
            "flags": queries.month_summary(key_of(), AT).flagged,
            "flows": queries.totals_of(queries.filtered(key_of(), Filters()), {}).times,
            "notes": queries.notes_of(key_of(), [identifier]),
            "challenges": queries.challenges_of(key_of(), [identifier]),
            "choices": queries.choices_of(key_of()).providers,
            "package": list(queries.events_of(key_of())),
            "propagation": queries.recipients_of(key_of(), row.dataset_id),
            "batches": Batch.objects.filter(pk=row.batch_id).count(),
            "copy": list(copies.sharing(key_of())),
        }
    for name in ("event", "proof", "ask"):
        found[name] = browser.get(reverse(f"ledger:{name}", args=[identifier])).status_code == 200
    export = b"".join(browser.get(reverse("ledger:export")).streaming_content)  # type: ignore[attr-defined]
    found["csv"] = str(identifier) in export.decode()
    export = b"".join(browser.get(reverse("ledger:export-json")).streaming_content)  # type: ignore[attr-defined]
    found["json"] = json.loads(export)["events"]
    found["page"] = "Income tax returns" in text_of(browser, reverse("ledger:sharing"))
    found["home"] = "No agency has reported a share this month." not in text_of(browser, "/")
    return found


@pytest.mark.usefixtures("zhang")
def test_what_is_withheld_shows_on_no_surface_until_it_is_lifted(client: Client, event: UUID) -> None:
    note(event, NoteKind.UNLAWFUL)
    asked()
    seen = surfaces(client, event)
    seen.pop("home")  # the month of the page is today's
    assert all(seen.values()), [name for name, told in seen.items() if not told]
    row = withheld(event)
    told = surfaces(client, event)
    assert not any(told.values()), [name for name, told in told.items() if told]
    with acting_as(as_person()):
        assert not Embargo.objects.exists()
        trail = json.dumps([dict(entry) for entry in trail_copies.trail_entries(key_of())], default=str)
    assert "embargo" not in trail
    with acting_as(Actor.regulator(uuid4())) as regulator:
        row = embargoes.prolong(
            row, review_on=(AT + timedelta(days=90)).date(), reason="It goes on.", actor=regulator, at=AT
        )
    assert not any(surfaces(client, event).values())
    lifted(row, AT + timedelta(days=40))
    seen = surfaces(client, event)
    seen.pop("home")
    assert all(seen.values())


@pytest.mark.usefixtures("zhang")
def test_after_it_the_citizen_sees_for_how_long_and_why(client: Client, event: UUID) -> None:
    lifted(withheld(event), AT + timedelta(days=39, hours=1))
    page = text_of(client, reverse("ledger:event", args=[event]))
    assert "It was withheld from you for 40 days" in page
    assert "Telling would hinder a state organ in its duty" in page
    assert "An inquiry is going on." in page
    with acting_as(as_person()):
        (letter,) = Letter.objects.all()
    assert letter.kind == "sharing_lifted"


def test_agencies_and_the_regulator_go_on_seeing_it(event: UUID) -> None:
    withheld(event)
    for actor in (client(catalogue.agency("tax")), client(catalogue.agency("housing")), Actor.regulator(uuid4())):
        with acting_as(actor):
            assert queries.event(key_of(), event)


# ------------------------------------------------------------------ two people
def test_nothing_is_withheld_before_a_second_person_approves(event: UUID) -> None:
    row = withholding(event)
    with acting_as(as_person()):
        assert queries.event(key_of(), event)
    with acting_as(provider_clerk(event, 1)) as same, pytest.raises(SecondPersonNeeded):
        embargoes.decide(row, approved=True, actor=same, at=AT)
    with acting_as(provider_clerk(event, 2)) as second:
        embargoes.decide(row, approved=False, actor=second, at=AT)
    with acting_as(as_person()):
        assert queries.event(key_of(), event)
    with acting_as(provider_clerk(event, 2)) as second, pytest.raises(IllegalMove):
        embargoes.decide(row, approved=True, actor=second, at=AT)


def test_the_database_takes_no_note_that_withholds_without_the_approval(event: UUID) -> None:
    withholding(event)
    refused = pytest.raises(DatabaseError, match="second person")
    with acting_as(provider_clerk(event, 1)) as clerk, refused, transaction.atomic():
        actions.add_note(event, NoteKind.EMBARGO, subject_key=key_of(), actor=clerk, at=AT)
    with acting_as(Actor.portal()):
        assert not SharingNote.objects.exists()


def test_who_may_ask(event: UUID) -> None:
    given: Any = {"ground": "secrecy", "reason": "r", "review_on": (AT + timedelta(days=3)).date(), "at": AT}
    refused = [(client(catalogue.agency("tax")), NotPermitted), (Actor.regulator(uuid4()), NotPermitted)]
    refused += [(Actor.clerk(uuid4(), catalogue.agency("housing").pk), NotPermitted)]
    for actor, error in refused:
        with acting_as(actor), pytest.raises(error):
            embargoes.ask(event, **given, actor=actor)
    with acting_as(provider_clerk(event, 1)) as clerk:
        with pytest.raises(GroundUnknown):
            embargoes.ask(event, **{**given, "ground": "because"}, actor=clerk)
        for days in (0, -1, 400):
            with pytest.raises(ReviewTooFar):
                embargoes.ask(event, **{**given, "review_on": (AT + timedelta(days=days)).date()}, actor=clerk)
        with pytest.raises(UnknownEvent):
            embargoes.ask(uuid4(), **given, actor=clerk)
    withholding(event)
    with pytest.raises(AlreadyWithheld):
        withholding(event)


# ------------------------------------------------------------------ the review
@pytest.mark.parametrize("ground", ["emergency", "hinders_duty"])
def test_past_its_review_it_lifts_by_itself_where_the_ground_passes(event: UUID, ground: str) -> None:
    row = withheld(event, ground)
    assert embargoes.review_due(at=AT + timedelta(days=30)) == 0  # the day itself is not over
    assert embargoes.review_due(at=AT + timedelta(days=31)) == 1
    assert embargoes.review_due(at=AT + timedelta(days=31)) == 0
    with acting_as(as_person()):
        assert queries.event(key_of(), event)
        assert [said.kind for said in queries.notes_of(key_of(), [event])[event]] == ["embargo", "lifted"]
        assert Embargo.objects.get(pk=row.pk).state == EmbargoState.LIFTED


def test_a_duty_of_secrecy_goes_to_the_regulator_and_never_lifts_by_itself(event: UUID) -> None:
    row = withheld(event, "secrecy")
    for days in (31, 62, 400):
        embargoes.review_due(at=AT + timedelta(days=days))
    with acting_as(as_person()), pytest.raises(UnknownEvent):
        queries.event(key_of(), event)
    with acting_as(Actor.visitor()):
        counts = queries.withheld_counts()
        assert not Embargo.objects.exists()
    assert (counts["secrecy"].events, counts["secrecy"].with_regulator) == (1, 1)
    with acting_as(Actor.portal()):
        assert list(SharingNote.objects.order_by("id").values_list("kind", flat=True)) == ["embargo", "review"]
    lifted(row)
    with acting_as(Actor.visitor()):
        assert queries.withheld_counts() == {}


def test_the_counts_are_public_by_ground(client: Client, event: UUID) -> None:
    withheld(event)
    client.cookies["django_language"] = "en"
    page = text_of(client, reverse("ledger:withheld"))
    for told in ("Telling would hinder a state organ in its duty", "Article 18(1)", "goes to the regulator"):
        assert told in page
    assert page.count('<td class="number">1</td>') == 1


def test_two_clerks_and_the_regulator_do_it_in_the_admin(event: UUID) -> None:
    first, second = Client(), Client()
    tax = catalogue.agency("tax")
    first.force_login(people.clerk(tax, "first"), backend=BACKEND)
    second.force_login(people.clerk(tax, "second"), backend=BACKEND)
    form = {"event": str(event), "ground": "secrecy", "reason": "By the law on secrets.", "review_on": "2000-01-01"}
    address = reverse("admin:ledger_embargo_new")
    assert first.post(address, form).status_code == 422
    from_now = (events_of()[0].recorded_at + timedelta(days=60)).date().isoformat()
    assert first.post(address, {**form, "review_on": from_now}).status_code == 200
    with acting_as(Actor.portal()):
        row = Embargo.objects.get()
    approve = reverse("admin:ledger_embargo_take", args=[row.pk, "approve"])
    assert first.post(approve).status_code == 422
    assert second.post(approve).status_code == 302
    with acting_as(Actor.portal()):
        assert Embargo.objects.get().state == EmbargoState.IN_FORCE
    regulator = Client()
    regulator.force_login(people.staff(UserKind.REGULATOR), backend=BACKEND)
    assert regulator.get(reverse("admin:ledger_embargo_changelist")).status_code == 200
    assert regulator.post(reverse("admin:ledger_embargo_take", args=[row.pk, "lift"])).status_code == 302
    with acting_as(as_person(PERSON)):
        assert queries.event(key_of(), event)


@pytest.mark.parametrize("before", list(EmbargoState))
@pytest.mark.parametrize("after", list(EmbargoState))
def test_every_move_is_in_the_table(before: EmbargoState, after: EmbargoState) -> None:
    if after in MOVES[before]:
        require_move(before, after)
    else:
        with pytest.raises(IllegalMove):
            require_move(before, after)
