"""What departments are told: permits, every reason for a denial, the log, the token, and the release."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from consent import actions
from consent.decisions import Question, decide
from consent.errors import NotAskable, RecipientMissing, ShareDiffers, UnknownPurpose
from consent.models import Consent, Decision, Kind, Purpose
from portal.accounts.models import User
from portal.catalogue.errors import UnknownItem
from portal.catalogue.models import Dataset
from portal.ledger.models import SharingEvent
from portal.trail import keys
from portal.trail.actor import Actor, acting_as
from portal.trail.errors import Invalid, NotPermitted
from tests.catalogue import factories as catalogue
from tests.consent import factories as town
from tests.consent.factories import AT, YEAR
from tests.people import number

pytestmark = pytest.mark.django_db
AsOwner = Callable[[], AbstractContextManager[None]]
SHARE = {"reference": "s-1", "occurred_at": AT.isoformat()}


def test_a_consent_that_stands_permits_and_the_answer_names_what_it_rests_on(as_owner: AsOwner) -> None:
    consent = town.given()
    verdict = town.decided(town.question(consent))
    assert (verdict.answer, verdict.reason, verdict.consent) == ("permit", "consent", consent.id)
    assert (verdict.notice_version, verdict.valid_until, verdict.items) == (1, consent.valid_until, ("year",))
    with as_owner():
        row = Decision.objects.get(subject_key=consent.subject_key)
    assert (row.answer, row.reason, row.consent_id, row.caller_id) == ("permit", "consent", consent.id, town.asker().pk)


def test_a_decision_is_a_handful_of_queries_on_one_person(django_assert_max_num_queries: Any) -> None:
    consent = town.given()
    asking, client = town.question(consent, items=("year",)), catalogue.client_of(town.asker())
    with acting_as(client), django_assert_max_num_queries(9):
        decide(asking, actor=client, at=AT)


def test_the_token_proves_the_answer_to_its_caller_for_a_minute() -> None:
    consent = town.given()
    verdict = town.decided(town.question(consent))
    token = keys.check(verdict.token, use="decisions")
    assert token["aud"] == catalogue.client_of(town.asker()).client_id
    assert token["exp"] - token["iat"] == 60
    assert (token["decision"], token["consent"]) == ("permit", str(consent.id))
    assert token["sub"].startswith("pk")
    assert town.identity(consent) not in str(token)


def test_items_are_permitted_only_if_each_was_ticked() -> None:
    consent = town.given()
    assert town.decided(town.question(consent, items=("year",))).answer == "permit"
    denied = town.decided(town.question(consent, items=("year", "income")))
    assert (denied.answer, denied.reason) == ("deny", "not-covered")


def test_every_state_but_given_is_denied_with_its_reason() -> None:
    consent = town.asked()
    asking = town.question(consent)
    assert town.decided(asking).reason == "not-answered"
    town.give(consent)
    with acting_as(town.citizen_of(consent)) as actor:
        actions.pause(consent, actor=actor, at=AT)
    assert town.decided(asking).reason == "paused"
    town.withdraw(consent)
    denied = town.decided(asking)
    assert (denied.answer, denied.reason) == ("deny", "withdrawn")


def test_a_consent_is_denied_from_its_last_moment_on_even_before_the_task_ends_it() -> None:
    consent = town.given(valid_until=AT + YEAR / 2)
    asking = town.question(consent)
    assert town.decided(asking, at=AT + YEAR / 2 - timedelta(seconds=1)).answer == "permit"
    assert town.decided(asking, at=AT + YEAR / 2).reason == "expired"


def test_an_ended_purpose_permits_nothing() -> None:
    consent = town.given()
    with acting_as(catalogue.clerk_of(town.asker())) as clerk:
        actions.end_purpose(consent.purpose, actor=clerk, at=AT)
    assert town.decided(town.question(consent)).reason == "purpose-ended"


def test_only_a_named_recipient_gets_it_whoever_asks() -> None:
    consent = town.given()
    asking = town.question(consent)
    assert town.decided(asking, by=town.holder()).reason == "not-recipient"
    by_holder = town.question(consent, recipient="health")
    assert town.decided(by_holder, by=town.holder()).answer == "permit"
    assert town.decided(by_holder, by=catalogue.agency("housing")).reason == "no-consent"


def test_an_unknown_person_looks_like_one_without_consent(as_owner: AsOwner) -> None:
    known = town.adult()
    town.approved()
    consent_of_none = Question(subject=town.identity(_nothing(known)), purpose="study", dataset="tax.income")
    stranger = Question(subject=number(), purpose="study", dataset="tax.income")
    one, other = town.decided(consent_of_none), town.decided(stranger)
    assert (one.answer, one.reason, one.consent) == (other.answer, other.reason, other.consent)
    of_one, of_other = (keys.check(verdict.token, use="decisions") for verdict in (one, other))
    assert of_one.keys() == of_other.keys()
    assert len(of_one["sub"]) == len(of_other["sub"])
    assert keys.check(town.decided(stranger).token, use="decisions")["sub"] == of_other["sub"]
    with as_owner():
        assert Decision.objects.count() == 1


def _nothing(user: User) -> Consent:
    return Consent(subject_key=user.subject_key)


def test_what_is_not_registered_is_not_found_and_only_systems_decide() -> None:
    consent = town.given()
    for wrong, error in (({"purpose": "none"}, UnknownPurpose), ({"items": ("none",)}, UnknownItem)):
        with pytest.raises(error):
            town.decided(town.question(consent, **wrong))
    with acting_as(catalogue.clerk_of(town.asker())) as clerk, pytest.raises(NotPermitted):
        decide(town.question(consent), actor=clerk, at=AT)


def test_a_single_use_is_permitted_once(as_owner: AsOwner) -> None:
    consent = town.given(purpose=town.approved(kind=Kind.SINGLE_USE))
    asking = town.question(consent)
    assert town.decided(asking).answer == "permit"
    assert town.decided(asking).reason == "used"
    with as_owner():
        ended = Consent.objects.get(id=consent.id)
    assert (ended.state, ended.used_at) == ("expired", AT)


def test_a_release_is_recorded_with_its_permit_once(as_owner: AsOwner) -> None:
    consent = town.given()
    asking = town.question(consent, recipient="health", share=SHARE)
    first, again = town.decided(asking, by=town.holder()), town.decided(asking, by=town.holder())
    assert first.shared == again.shared
    with as_owner():
        (event,) = SharingEvent.objects.filter(subject_key=consent.subject_key)
        assert Decision.objects.filter(shared_event=event.id).count() == 2
    assert (event.consent_id, event.items, event.legal_basis) == (consent.id, ["year"], "consent")
    assert event.recipient_id == town.asker().pk


def test_a_denied_release_is_not_recorded(as_owner: AsOwner) -> None:
    consent = town.withdraw(town.given())
    denied = town.decided(town.question(consent, recipient="health", share=SHARE), by=town.holder())
    assert (denied.answer, denied.shared) == ("deny", None)
    with as_owner():
        assert not SharingEvent.objects.exists()


def test_a_release_that_cannot_be_recorded_uses_nothing_up(as_owner: AsOwner) -> None:
    consent = town.given(purpose=town.approved(kind=Kind.SINGLE_USE))
    wrong = town.question(consent, recipient="health", share={**SHARE, "occurred_at": "yesterday"})
    with pytest.raises(Invalid):
        town.decided(wrong, by=town.holder())
    with pytest.raises(RecipientMissing):
        town.decided(town.question(consent, share=SHARE), by=town.holder())
    with as_owner():
        assert Consent.objects.get(id=consent.id).state == "given"
        assert not Decision.objects.exists()


@pytest.mark.parametrize(
    ("name", "said"),
    [("items", ["year", "income"]), ("recipient", "tax"), ("dataset", "tax.wages"), ("legal_basis", "contract"),
     ("consent", "019a0000-0000-7000-8000-000000000000"), ("outcome", "denied")],
)  # fmt: skip
def test_a_share_that_differs_from_its_permit_is_refused_and_nothing_stays(
    name: str, said: Any, as_owner: AsOwner
) -> None:
    consent = town.given(purpose=town.approved(kind=Kind.SINGLE_USE))
    asking = town.question(consent, recipient="health", share={**SHARE, name: said})
    with pytest.raises(ShareDiffers) as refused:
        town.decided(asking, by=town.holder())
    assert refused.value.field == f"share/{name}"
    with as_owner():
        assert (SharingEvent.objects.count(), Decision.objects.count()) == (0, 0)
        assert Consent.objects.get(id=consent.id).state == "given"


def test_a_share_that_says_what_was_permitted_is_taken() -> None:
    consent = town.given()
    said = {"items": ["year"], "recipient": "health", "dataset": "tax.income", "legal_basis": "consent"}
    asking = town.question(consent, recipient="health", share={**SHARE, **said})
    assert town.decided(asking, by=town.holder()).shared


def duty() -> Purpose:
    """A use that the law has the health commission make."""
    return town.approved(legal_basis="statutory_duty", duty="《传染病防治法》第四十二条")


def on_duty(**changes: Any) -> Question:
    return Question(**{"subject": number(), "purpose": "study", "dataset": "tax.income", **changes})


CITED = {"citation_zh": "《传染病防治法》第四十二条", "citation_en": "Law on infectious diseases, Article 42"}


def test_a_statutory_use_is_permitted_only_where_an_approved_agreement_cites_the_duty(as_owner: AsOwner) -> None:
    purpose = duty()
    denied = town.decided(on_duty())
    assert (denied.answer, denied.reason, denied.agreement) == ("deny", "no-duty", None)
    with acting_as(Actor.portal()):
        income = Dataset.objects.select_related("agency").get(code="tax.income")
    uncited = catalogue.granted(income, town.asker(), code="plain", citation_zh="", citation_en="")
    assert town.decided(on_duty()).reason == "no-duty"
    catalogue.applied(income, town.asker(), code="waiting", **CITED)
    assert town.decided(on_duty()).reason == "no-duty"
    agreement = catalogue.granted(income, town.asker(), code="cited", **CITED)
    permitted = town.decided(on_duty())
    assert (permitted.answer, permitted.reason, permitted.consent) == ("permit", "duty", None)
    assert (permitted.agreement, permitted.items) == (agreement.code, ("year", "income"))
    assert permitted.citation in CITED.values()
    assert keys.check(permitted.token, use="decisions")["agreement"] == "cited"
    with as_owner():
        row = Decision.objects.get(answer="permit")
    assert (row.agreement_id, row.purpose_id, uncited.pk != agreement.pk) == (agreement.pk, purpose.pk, True)


def test_a_release_on_duty_is_recorded_under_its_agreement(as_owner: AsOwner) -> None:
    duty()
    with acting_as(Actor.portal()):
        income = Dataset.objects.select_related("agency").get(code="tax.income")
    agreement = catalogue.granted(income, town.asker(), code="cited", **CITED)
    verdict = town.decided(on_duty(recipient="health", share=SHARE), by=town.holder())
    with as_owner():
        event = SharingEvent.objects.get(id=verdict.shared or UUID(int=0))
    assert (event.agreement_id, event.legal_basis, event.consent_id) == (agreement.pk, "statutory_duty", None)
    assert town.decided(on_duty(), by=catalogue.agency("housing")).answer == "deny"


def test_nobody_is_asked_for_what_the_law_has_done() -> None:
    purpose = duty()
    with pytest.raises(NotAskable):
        town.asked(purpose=purpose)
