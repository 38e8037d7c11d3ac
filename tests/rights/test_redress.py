"""Complaints and mediation: somebody has them, both sides are heard, and what came of them is told and recorded."""

from typing import Any

import pytest
from django.db import DatabaseError, transaction

from portal.law import queries as law
from portal.trail.actor import Actor, acting_as
from portal.trail.errors import IllegalMove
from rights import deadlines, organisations, redress
from rights.actions import complaints, mediating
from rights.errors import (
    AgencyUnknown,
    MediationStanding,
    NothingToMediate,
    OrganisationUnknown,
    TextMissing,
    UnknownComplaint,
    UnknownMediation,
)
from rights.models import Complaint, Mediation, Part
from rights.states import ComplaintState, MediationState, Outcome
from tests.catalogue import factories as catalogue
from tests.people import as_citizen, citizen
from tests.rights import factories as town
from tests.rights.factories import AT, DAY

pytestmark = pytest.mark.django_db


# ------------------------------------------------------------------ complaints
def decided(complaint: Complaint, *, upheld: bool = True) -> Complaint:
    with acting_as(catalogue.REGULATOR) as regulator:
        complaints.take_complaint(complaint, actor=regulator, at=AT + DAY)
        return complaints.decide_complaint(
            complaint, upheld=upheld, text="They must pick up.", actor=regulator, at=AT + 2 * DAY
        )


def test_a_complaint_has_a_number_a_term_and_somebody_and_its_result_is_told() -> None:
    user = town.person()
    complaint = town.complained(user, agency="tax")
    assert complaint.number.startswith("T20261103-")
    assert complaint.agency_id == town.tax().pk
    assert complaint.due_at == law.due(law.jurisdiction().clocks["complaint"].rule, AT).at
    told = decided(complaint)
    assert (told.state, told.result, told.assigned_to) == ("upheld", "They must pick up.", catalogue.REGULATOR.user_id)
    assert town.events(complaint) == [f"rights.complaint.{step}" for step in ("filed", "assigned", "upheld")]
    with acting_as(as_citizen(user)):
        assert redress.complaint_of(bytes(user.subject_key or b""), complaint.pk).result == "They must pick up."


def test_a_complaint_is_decided_by_the_regulator_alone_and_once() -> None:
    complaint = town.complained()
    with acting_as(town.clerk(town.tax())) as clerk, pytest.raises(UnknownComplaint):
        complaints.take_complaint(complaint, actor=clerk, at=AT)
    with acting_as(catalogue.REGULATOR) as regulator, pytest.raises(IllegalMove):
        complaints.decide_complaint(complaint, upheld=True, text="Yes.", actor=regulator, at=AT)
    decided(complaint)
    with pytest.raises(IllegalMove):
        decided(complaint, upheld=False)
    with acting_as(Actor.portal()), pytest.raises(DatabaseError, match="pgtrigger"), transaction.atomic():
        Complaint.objects.filter(pk=complaint.pk).update(result="Otherwise.")


def test_a_complaint_needs_words_and_an_agency_that_exists() -> None:
    with pytest.raises(TextMissing):
        town.complained(text=" ")
    with pytest.raises(AgencyUnknown):
        town.complained(agency="nobody")


def test_a_complaint_can_be_taken_back_by_whose_it_is() -> None:
    user = town.person()
    complaint = town.complained(user)
    with acting_as(as_citizen(citizen())) as stranger, pytest.raises(UnknownComplaint):
        complaints.withdraw_complaint(complaint, actor=stranger, at=AT)
    with acting_as(as_citizen(user)) as owner:
        gone = complaints.withdraw_complaint(complaint, actor=owner, at=AT)
    assert gone.state == ComplaintState.WITHDRAWN


def test_a_complaint_that_nobody_decides_in_time_is_noted_once() -> None:
    complaint = town.complained()
    assert deadlines.watch(at=complaint.due_at - DAY).reviews == 0
    assert deadlines.watch(at=complaint.due_at + DAY).reviews == 1
    assert deadlines.watch(at=complaint.due_at + DAY).reviews == 0
    assert town.events(complaint)[-1] == "rights.complaint.overdue"


# ------------------------------------------------------------------ mediation
def refused() -> Part:
    return town.replied(town.part(), Outcome.REFUSED)


def by_agency(name: str, mediation: Mediation, **given: Any) -> Mediation:
    with acting_as(town.clerk(town.tax())) as clerk:
        done: Mediation = getattr(mediating, name)(mediation, **given, actor=clerk, at=AT + 3 * DAY)
    return done


def by_person(name: str, mediation: Mediation, **given: Any) -> Mediation:
    with acting_as(town.owner_of(mediation.part.request)) as owner:
        done: Mediation = getattr(mediating, name)(mediation, **given, actor=owner, at=AT + 3 * DAY)
    return done


def test_what_both_sides_agree_to_is_recorded_as_the_settlement() -> None:
    part = refused()
    mediation = town.mediated(part)
    by_agency("join_mediation", mediation, text="We come.")
    by_agency("propose_settlement", mediation, text="We show 2024.")
    with pytest.raises(IllegalMove):
        by_agency("agree_settlement", mediation)
    by_person("propose_settlement", mediation, text="2024 and 2023.")
    settled = by_agency("agree_settlement", mediation)
    assert (settled.state, settled.settlement) == (MediationState.SETTLED, "2024 and 2023.")
    assert settled.agreed_by_person_at
    assert settled.agreed_by_agency_at
    with acting_as(town.owner_of(part.request)) as owner:
        found = redress.mediation_of(owner.subject_key or b"", mediation.pk)
        assert [step.state for step in found.steps.all()] == ["asked", "under_way", "proposed", "proposed", "settled"]


def test_mediation_is_open_where_an_answer_is_bad_or_missing_once_at_a_time() -> None:
    part = town.part()
    with pytest.raises(NothingToMediate):
        town.mediated(part, at=AT)
    part = refused()
    town.mediated(part)
    with pytest.raises(MediationStanding):
        town.mediated(part)
    part = refused()
    with acting_as(town.owner_of(part.request)) as owner, pytest.raises(OrganisationUnknown):
        mediating.ask_mediation(part, organisation="nobody", text="x", actor=owner, at=AT + 2 * DAY)


def test_an_agency_may_decline_and_says_why_and_the_person_may_end_it() -> None:
    mediation = town.mediated(refused())
    with pytest.raises(TextMissing):
        by_agency("decline_mediation", mediation, text="")
    with pytest.raises(IllegalMove):
        by_person("join_mediation", mediation, text="")
    assert by_person("end_mediation", mediation, text="").state == MediationState.WITHDRAWN
    declined = by_agency("decline_mediation", town.mediated(refused()), text="It is before a court.")
    assert declined.ended_at == AT + 3 * DAY


def test_no_other_agency_takes_part() -> None:
    mediation = town.mediated(refused())
    with acting_as(town.clerk(town.housing())) as clerk, pytest.raises(UnknownMediation):
        mediating.join_mediation(mediation, text="", actor=clerk, at=AT)


def test_a_settlement_that_one_side_did_not_agree_to_is_none_the_database_says_so() -> None:
    mediation = town.mediated(refused())
    with acting_as(Actor.portal()), pytest.raises(DatabaseError, match="both_agree"), transaction.atomic():
        Mediation.objects.filter(pk=mediation.pk).update(state="settled", settlement="x", ended_at=AT)


# ------------------------------------------------------------------ who helps
def test_organisations_are_listed_by_region_and_for_minors_theirs_come_first() -> None:
    assert organisations.listed(region="110101")[0].region == "11"
    assert "31" not in {row.region for row in organisations.listed(region="110101")}
    assert organisations.listed(for_minor=True)[0].for_minors
    assert all(row.mediates for row in organisations.listed(mediates=True))
    for row in organisations.by_code().values():
        assert all([row.names.zh, row.names.en, row.helps.zh, row.helps.en, row.contact])
