"""What a representative reaches: by the acts of their mandate, its agencies, its days; tried as the web role.

Every look is without the ORM's filters: `Model.objects.count()` counts what the database shows to this actor.
"""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from consent import actions as consents
from consent import policy as consent_policy
from consent import queries as consent_queries
from consent.errors import GuardianDecides, UnknownConsent
from consent.models import Consent, ConsentEvent, Purpose
from portal.accounts import actions as accounts
from portal.accounts.models import Person, User
from portal.inbox.models import Letter
from portal.ledger.models import Holding, SharingEvent
from portal.representation import actions as representations
from portal.representation.models import Arrangement, Document, Representation
from portal.representation.states import Act, Kind
from portal.trail.actor import Actor, Mandate, acting_as
from portal.trail.errors import NotPermitted
from portal.trail.ids import new_id
from portal.trail.models import Entry
from rights import actions as rights
from rights.actions import Filing
from rights.errors import OutsideMandate
from rights.models import Kind as Right
from rights.models import Part, RightsRequest
from tests.catalogue import factories as catalogue
from tests.consent import factories as consent_town
from tests.ledger import factories as ledger
from tests.people import as_citizen
from tests.representation import factories as town
from tests.rights import factories as rights_town

pytestmark = pytest.mark.django_db
AsOwner = Callable[[], AbstractContextManager[None]]


def furnished() -> User:
    """Somebody with holdings at two agencies, one share, one question, one routed request, one letter."""
    user = rights_town.person()
    at = timezone.now()
    ledger.report(
        rights_town.tax(),
        ledger.event_row(
            subject=town.number_of(user), dataset="tax.income", occurred_at=at.isoformat(), depth="viewed"
        ),
        at=at,
    )
    consent_town.asked(user, _purpose(), at=at)
    rights_town.routed(user, at=at)
    return user


def _purpose() -> Purpose:
    with acting_as(Actor.portal()):
        found = Purpose.objects.select_related("agency").filter(code="study").first()
    return found or consent_town.approved()


def seen() -> dict[str, int]:
    tables = (Holding, SharingEvent, Consent, ConsentEvent, RightsRequest, Part, Person)
    return {model.__name__: model.objects.count() for model in tables}


EVERYTHING = {
    "Holding": 2,
    "SharingEvent": 1,
    "Consent": 1,
    "ConsentEvent": 1,
    "RightsRequest": 1,
    "Part": 2,
    "Person": 1,
}


def test_who_may_see_sees_all_of_the_represented_and_nothing_of_their_own() -> None:
    wang, li = furnished(), furnished()
    with acting_as(as_citizen(wang)):
        assert seen() == EVERYTHING
    row = town.proxy(wang, li)
    with acting_as(town.stand_in(row, li)):
        assert seen() == EVERYTHING
        assert {bytes(key) for key in Holding.objects.values_list("subject_key", flat=True)} == {wang.subject_key}
        assert Letter.objects.count() == 0  # neither's inbox
        assert Representation.objects.get() == row
    with acting_as(as_citizen(li)):
        assert {bytes(key) for key in Holding.objects.values_list("subject_key", flat=True)} == {li.subject_key}


@pytest.mark.parametrize(
    ("acts", "sight"),
    [
        (Act.FILE, (2, 0, 0, 0, 1, 2, 1)),
        (Act.CONSENT, (0, 0, 1, 1, 0, 0, 1)),
        (Act.SEE, (2, 1, 1, 1, 1, 2, 1)),
    ],
)
def test_the_database_shows_as_much_as_the_acts_say(acts: Act, sight: tuple[int, ...]) -> None:
    wang, li = furnished(), town.person()
    row = town.proxy(wang, li, acts)
    with acting_as(town.stand_in(row, li)):
        assert tuple(seen().values()) == sight  # in the order of EVERYTHING


def test_a_mandate_for_one_agency_shows_that_agencys_rows() -> None:
    wang, li = furnished(), town.person()
    housing = rights_town.housing()
    row = town.proxy(wang, li, agencies=(housing.pk,))
    with acting_as(town.stand_in(row, li)):
        assert seen() == {**EVERYTHING, "Holding": 1, "Consent": 0, "ConsentEvent": 0, "Part": 1}
        assert Holding.objects.get().agency_id == Part.objects.get().agency_id == housing.pk


@pytest.mark.parametrize("over", ["ended", "expired", "of another kind of holder", "of another person", "made up"])
def test_when_the_representation_does_not_hold_not_a_row_is_seen(over: str, as_owner: AsOwner) -> None:
    wang, li = furnished(), town.person()
    row = town.proxy(wang, li)
    actor = town.stand_in(row, li)
    mandate = actor.mandate
    assert mandate
    match over:
        case "ended":
            town.act("end", row, wang)
        case "expired":
            with as_owner():
                Representation.objects.filter(pk=row.pk).update(valid_until=timezone.now() - timedelta(seconds=5))
        case "of another kind of holder":
            actor = as_citizen(town.person()).standing_in_for(
                wang.subject_key or b"", Mandate(row.pk, bytes(16), mandate.acts)
            )
        case "of another person":
            actor = as_citizen(li).standing_in_for(furnished().subject_key or b"", mandate)
        case "made up":
            actor = as_citizen(li).standing_in_for(
                wang.subject_key or b"", Mandate(new_id(), li.subject_key, mandate.acts)
            )
    with acting_as(actor):
        assert set(seen().values()) == {0}
        assert Entry.objects.count() == 0
    with connection.cursor() as cursor:
        cursor.execute("SELECT portal_subject(), portal_self(), portal_represents()")
        assert cursor.fetchone() == (None, None, False)


def test_everybody_sees_the_representations_that_are_theirs() -> None:
    wang, li = town.person(), town.person()
    town.desk()
    row = town.proxy(wang, li)
    checked = town.asked(town.person(), town.person(8))
    sights: list[tuple[Actor, set[Any]]] = [
        (as_citizen(wang), {row.pk}),
        (as_citizen(li), {row.pk}),
        (town.stand_in(row, li), {row.pk}),
        (as_citizen(town.person()), set()),
        (town.checker(), {checked.pk}),
        (catalogue.clerk_of(catalogue.agency("tax")), set()),
        (catalogue.client_of(town.desk()), set()),
        (catalogue.REGULATOR, {row.pk, checked.pk}),
        (catalogue.AUTHORITY, set()),
        (Actor.visitor(), set()),
        (Actor.portal(), {row.pk, checked.pk}),
    ]
    for actor, sight in sights:
        with acting_as(actor):
            assert set(Representation.objects.values_list("pk", flat=True)) == sight, actor.kind
    assert Representation.objects.count() == 0


def test_nobody_writes_a_representation_between_others_or_in_anothers_name() -> None:
    wang, li = town.person(), town.person()
    row = town.proxy(wang, li)
    stranger = as_citizen(town.person())
    for actor in (stranger, town.stand_in(row, li), Actor.visitor(), catalogue.clerk_of(town.desk())):
        copy = Representation.objects.none().model(
            id=new_id(), kind=Kind.AGENT, subject_key=wang.subject_key, representative_key=li.subject_key,
            represented_sealed=b"x", representative_sealed=b"x", acts=["see"], asked_at=timezone.now(),
        )  # fmt: skip
        with acting_as(actor), pytest.raises(DatabaseError, match="row-level security"), transaction.atomic():
            copy.save(force_insert=True)
    with acting_as(town.stand_in(row, li)):
        assert Representation.objects.filter(pk=row.pk).update(reason="x") == 0
    with acting_as(as_citizen(wang)), pytest.raises(DatabaseError, match="permission denied"), transaction.atomic():
        Representation.objects.filter(pk=row.pk).delete()


def test_documents_and_arrangements_are_for_who_made_them_and_who_checks() -> None:
    town.desk()
    parent, child = town.person(), town.person(8)
    row = town.asked(parent, child)
    town.act("hand_in", row, parent, name="a.txt", content=[b"x"])
    with acting_as(as_citizen(child)) as actor:
        representations.arrange(relatives_may=False, actor=actor, at=timezone.now())
    sights = [(as_citizen(parent), (1, 0)), (as_citizen(child), (0, 1)), (town.checker(), (1, 0)),
              (catalogue.clerk_of(catalogue.agency("tax")), (0, 0)), (catalogue.REGULATOR, (0, 0))]  # fmt: skip
    for actor, sight in sights:
        with acting_as(actor):
            assert (Document.objects.count(), Arrangement.objects.count()) == sight


# ------------------------------------------------------------------ acting
def _give(consent: Consent, actor: Actor) -> Consent:
    at = timezone.now()
    with acting_as(actor):
        notice = consent_queries.current_notice(consent.purpose_id)
        assert notice
        return consents.give(
            consent, items=[consent_town.item("year").pk], valid_until=at + timedelta(days=100),
            notice=notice.pk, language="en", actor=actor, at=at,
        )  # fmt: skip


def test_for_a_child_the_guardian_decides_and_the_child_sees_it() -> None:
    child = town.person(8)
    parent, row = town.parent_of(child)
    asked = consent_town.asked(child, at=timezone.now())
    with pytest.raises(GuardianDecides):
        _give(asked, as_citizen(child))
    with acting_as(as_citizen(child)) as actor, pytest.raises(GuardianDecides):
        consents.refuse(asked, actor=actor, at=timezone.now())
    given = _give(asked, town.stand_in(row, parent))
    assert (given.state, given.acted_by, given.on_behalf_of) == ("given", parent.pk, child.subject_key)
    entry = town.entry("consent.consent.given")
    assert (entry.actor_user, entry.on_behalf_of, entry.facts["representation"]) == (
        parent.pk, child.subject_key, str(row.pk),
    )  # fmt: skip
    with acting_as(as_citizen(child)):
        assert Consent.objects.get().state == "given"
        (step,) = ConsentEvent.objects.filter(move="given")
        assert (step.actor_user, bytes(step.on_behalf_of or b"")) == (parent.pk, child.subject_key)
    assert town.letters(child)[-1] == "representation_acted"
    with acting_as(as_citizen(child)):
        assert "allowed a use of your data: A study" in Letter.objects.latest("created_at").body


def test_a_consent_of_the_guardians_kind_is_the_guardians_alone() -> None:
    child = town.person(8)
    parent, row = town.parent_of(child)
    asked = consent_town.asked(child, consent_town.approved(kind="guardian"), at=timezone.now())
    with pytest.raises(GuardianDecides):
        _give(asked, as_citizen(child))
    assert _give(asked, town.stand_in(row, parent)).state == "given"


def test_a_proxy_does_not_consent_for_a_child() -> None:
    """A grant can't be made by a child; one made before the rules, or a clerk's help, makes no guardian."""
    child = town.person(8)
    _, row = town.parent_of(child)
    asked = consent_town.asked(child, at=timezone.now())
    helper = as_citizen(town.person()).standing_in_for(
        child.subject_key or b"", Mandate(row.pk, bytes(row.representative_key or b""), frozenset(Act.values))
    )
    with pytest.raises(GuardianDecides):
        _give(asked, helper)


def test_who_may_only_file_cannot_consent_and_who_may_only_see_does_neither() -> None:
    wang, li = furnished(), town.person()
    with acting_as(as_citizen(wang)):
        asked = Consent.objects.select_related("purpose").get()
    for acts in ((Act.SEE, Act.FILE), (Act.SEE,)):
        actor = town.stand_in(town.proxy(wang, li, *acts), li)
        assert not consent_policy.may(actor, "consent.answer", asked)
        with pytest.raises((NotPermitted, UnknownConsent)):  # the database does not even give the row to be locked
            _give(asked, actor)
        with acting_as(actor):
            assert Consent.objects.update(language="en") == 0
            if Act.FILE not in acts:
                with pytest.raises(NotPermitted):
                    rights.submit(Filing(Right.ACCESS), actor=actor, at=timezone.now())
                assert RightsRequest.objects.update(words="x") == 0
        town.act("end", town.now(_only(wang)), li)


def _only(wang: User) -> Representation:
    with acting_as(as_citizen(wang)):
        return Representation.objects.get(state="proven")


def test_a_proxy_who_may_consents_and_extends_nothing() -> None:
    wang, li = furnished(), town.person()
    row = town.proxy(wang, li, Act.CONSENT)
    actor = town.stand_in(row, li)
    with acting_as(as_citizen(wang)):
        asked = Consent.objects.select_related("purpose").get()
    given = _give(asked, actor)
    assert given.state == "given"
    assert not consent_policy.may(actor, "consent.extend", given)
    assert consent_policy.may(as_citizen(wang), "consent.extend", given)
    with acting_as(actor):
        assert consents.withdraw(given, actor=actor, at=timezone.now()).state == "withdrawn"
    assert town.letters(wang)[-1] == "representation_acted"


def test_a_proxy_files_and_both_stand_in_the_trail() -> None:
    wang, li = furnished(), town.person()
    row = town.proxy(wang, li, Act.FILE)
    with acting_as(town.stand_in(row, li)) as actor:
        filed = rights.submit(Filing(Right.ACCESS), actor=actor, at=timezone.now())
        assert rights.withdraw(filed, actor=actor, at=timezone.now()).state == "withdrawn"
    assert (bytes(filed.subject_key), filed.filed_by) == (wang.subject_key, li.pk)
    for event in ("rights.request.submitted", "rights.request.withdrawn"):
        entry = town.entry(event)
        assert (entry.actor_user, entry.on_behalf_of) == (li.pk, wang.subject_key)
    assert town.letters(wang)[-2:] == ["representation_acted", "representation_acted"]


def test_a_proxy_for_one_agency_asks_that_agency_alone() -> None:
    wang, li = furnished(), town.person()
    row = town.proxy(wang, li, Act.SEE, Act.FILE, agencies=(rights_town.housing().pk,))
    at = timezone.now()
    with acting_as(town.stand_in(row, li)) as actor:
        for datasets in ((), (rights_town.dataset("tax.income").pk,)):
            with pytest.raises(OutsideMandate):
                rights.submit(Filing(Right.ACCESS, datasets), actor=actor, at=at)
        other = RightsRequest.objects.get()  # the person's own, which names this agency too
        with pytest.raises(NotPermitted):
            rights.withdraw(other, actor=actor, at=at)
        filed = rights.submit(Filing(Right.ACCESS, (rights_town.dataset("housing.account").pk,)), actor=actor, at=at)
    assert filed.state == "submitted"


def test_nobody_changes_how_the_represented_is_reached() -> None:
    wang, li = town.person(), town.person()
    row = town.proxy(wang, li)
    with acting_as(town.stand_in(row, li)) as actor:
        with pytest.raises(NotPermitted):
            accounts.ask_mail(wang.subject_key or b"", "li@example.org", actor=actor, at=timezone.now())
        assert Person.objects.update(mail_sealed=None) == 0
