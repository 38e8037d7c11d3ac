"""What is looked for every day: permits without a share, items that nobody uses, shares that nothing covers."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from consent import findings
from consent.models import Consent, Finding, FindingKind, Purpose
from portal.accounts import queries as accounts
from portal.accounts.models import UserKind
from portal.ledger import actions as ledger
from portal.ledger.models import SharingNote
from portal.trail.actor import Actor, acting_as
from portal.trail.errors import NotPermitted
from portal.trail.models import Entry
from tests.catalogue import factories as catalogue
from tests.consent import factories as town
from tests.consent.factories import AT
from tests.people import as_citizen, staff
from tests.test_walls import BACKEND

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


def permitted(consent: Consent, **changes: Any) -> Any:
    """The tax bureau asks whether it may hand the record to the health commission, and is told yes."""
    verdict = town.decided(town.question(consent, recipient="health", **changes), by=town.holder())
    assert verdict.answer == "permit"
    return verdict


def reported(consent: Consent, occurred_at: datetime = AT, at: datetime | None = None) -> None:
    """The tax bureau reports the share by its own call."""
    tax = town.holder()
    row = {
        "subject": accounts.pairwise_key(bytes(consent.subject_key), agency_id=tax.pk),
        "reference": "r-1",
        "occurred_at": occurred_at.isoformat(),
        "dataset": "tax.income",
        "recipient": "health",
        "items": ["year"],
        "purpose_zh": "研究",
        "purpose_en": "a study",
        "legal_basis": "consent",
        "consent": str(consent.id),
    }
    with acting_as(catalogue.client_of(tax)) as client:
        outcome = ledger.report_events([row], actor=client, at=at or AT + DAY)
    assert (outcome.accepted, outcome.rejected) == (1, [])


def found(at: datetime) -> int:
    with acting_as(Actor.portal()) as portal:
        return findings.find_unreported(actor=portal, at=at)


def test_a_permit_that_no_share_followed_goes_to_the_regulator_once() -> None:
    consent = town.given()
    permitted(consent)
    assert found(AT + 2 * DAY) == 0
    assert found(AT + 3 * DAY) == 1
    assert found(AT + 4 * DAY) == 0
    with acting_as(catalogue.REGULATOR):
        (finding,) = findings.open_findings(FindingKind.UNREPORTED)
        assert (finding.agency.code, finding.recipient and finding.recipient.code) == ("tax", "health")
    with acting_as(town.citizen_of(consent)):
        assert Finding.objects.count() == 1
    for actor in (as_citizen(town.adult()), catalogue.client_of(town.asker())):
        with acting_as(actor):
            assert Finding.objects.count() == 0
    with acting_as(Actor.portal()):
        assert [entry.facts["count"] for entry in Entry.objects.filter(event="consent.unreported.found")] == [1]


def test_a_permit_with_its_share_is_no_finding_however_it_was_reported() -> None:
    recorded, later = town.given(), town.given(town.adult(), _study())
    permitted(recorded, share={"reference": "s-1", "occurred_at": AT.isoformat()})
    permitted(later)
    reported(later, occurred_at=AT + DAY)
    assert found(AT + 3 * DAY) == 0


def _study() -> Any:
    with acting_as(Actor.portal()):
        return Purpose.objects.select_related("agency").get(code="study")


def test_a_permit_for_ones_own_data_needs_no_share() -> None:
    consent = town.given(purpose=town.approved(recipients=[town.holder()]))
    assert town.decided(town.question(consent), by=town.holder()).answer == "permit"
    assert found(AT + 3 * DAY) == 0


def test_a_share_that_is_reported_late_settles_the_finding() -> None:
    consent = town.given()
    permitted(consent)
    assert found(AT + 3 * DAY) == 1
    reported(consent, occurred_at=AT + timedelta(hours=1), at=AT + 4 * DAY)
    with acting_as(Actor.portal()):
        assert findings.settle(at=AT + 4 * DAY) == 1
        assert findings.settle(at=AT + 5 * DAY) == 0
        assert Finding.objects.get().settled_at == AT + 4 * DAY


def test_an_item_called_needed_that_no_permit_covered_for_a_year_is_reported() -> None:
    consent = town.given()
    with acting_as(Actor.portal()) as portal:
        assert findings.find_unused(actor=portal, at=AT + 364 * DAY) == 0
        assert findings.find_unused(actor=portal, at=AT + 365 * DAY) == 1
        assert findings.find_unused(actor=portal, at=AT + 366 * DAY) == 0
        (finding,) = Finding.objects.select_related("item")
    assert (finding.item and finding.item.code, finding.agency_id) == ("year", town.asker().pk)
    assert consent.state == "given"


def test_an_item_that_is_used_again_settles_what_was_found() -> None:
    consent = town.given(valid_until=AT + 365 * DAY)
    with acting_as(Actor.portal()) as portal:
        findings.find_unused(actor=portal, at=AT + 365 * DAY)
    town.decided(town.question(consent), at=AT + 364 * DAY)
    with acting_as(Actor.portal()) as portal:
        assert findings.find_unused(actor=portal, at=AT + 366 * DAY) == 0
        assert Finding.objects.get().settled_at == AT + 366 * DAY


def test_a_share_whose_news_was_lost_is_flagged_the_next_day() -> None:
    consent = town.withdraw(town.given())
    reported(consent, occurred_at=AT + timedelta(hours=2))
    with acting_as(Actor.portal()) as portal:
        assert findings.flag_shares(actor=portal, at=AT + DAY) == 1
        assert findings.flag_shares(actor=portal, at=AT + DAY) == 0
        assert SharingNote.objects.get().kind == "uncovered"


def test_only_the_portal_looks() -> None:
    permitted(town.given())
    with acting_as(catalogue.REGULATOR) as regulator, pytest.raises(NotPermitted):
        findings.find_unreported(actor=regulator, at=AT + 3 * DAY)


def test_the_regulator_reads_all_of_it_on_one_page(client: Any, django_assert_max_num_queries: Any) -> None:
    consents = [town.given()] + [town.given(town.adult(), _study()) for _ in range(2)]
    for consent in consents:
        permitted(consent)
    found(AT + 3 * DAY)
    town.withdraw(consents[0], at=AT)
    client.force_login(staff(UserKind.REGULATOR), BACKEND)
    with django_assert_max_num_queries(16):
        page = client.get("/oversight/consents/", headers={"Accept-Language": "en"}).content.decode()
    assert page.count("Health Commission") >= 4  # once late, thrice the recipient
    assert "Permits without a reported share" in page
