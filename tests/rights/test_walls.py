"""Who sees what: requests, parts and all that hangs on them, under each actor; and what no role may write."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction

from portal.trail.actor import Actor, acting_as
from rights.models import Package, Part, PartFile, PartMessage, Pause, RightsRequest
from tests.catalogue import factories as catalogue
from tests.people import as_citizen, citizen
from tests.rights import factories as town
from tests.rights.factories import AT, DAY

pytestmark = pytest.mark.django_db
AsOwner = Callable[[], AbstractContextManager[None]]
TABLES: tuple[Any, ...] = (RightsRequest, Part, Pause, PartMessage, PartFile, Package)


def seen() -> tuple[int, ...]:
    return tuple(model.objects.count() for model in TABLES)


def finished() -> RightsRequest:
    """The tax bureau asked and gave a file; the housing fund had nothing."""
    request = town.routed()
    town.act("ask", town.part(request, "tax"), text="Which year?", at=AT)
    town.replied(town.part(request, "tax"))
    town.replied(town.part(request, "housing"), "nothing_held")  # type: ignore[arg-type]  # its value
    town.run(AT + DAY)
    return request


def test_everybody_sees_only_what_is_theirs() -> None:
    request = finished()
    sights = {
        "the citizen": (town.owner_of(request), (1, 2, 1, 1, 1, 1)),
        "another citizen": (as_citizen(citizen()), (0, 0, 0, 0, 0, 0)),
        "the tax bureau's clerk": (town.clerk(town.tax()), (1, 1, 1, 1, 1, 0)),
        "the tax bureau's system": (catalogue.client_of(town.tax()), (1, 1, 1, 1, 1, 0)),
        "the housing fund": (town.clerk(town.housing()), (1, 1, 0, 0, 0, 0)),
        "an agency without a part": (town.clerk(catalogue.agency("health")), (0, 0, 0, 0, 0, 0)),
        "the regulator": (catalogue.REGULATOR, (1, 2, 1, 0, 0, 0)),
        "the authority": (catalogue.AUTHORITY, (0, 0, 0, 0, 0, 0)),
        "a visitor": (Actor.visitor(), (0, 0, 0, 0, 0, 0)),
        "the portal": (Actor.portal(), (1, 2, 1, 1, 1, 1)),
    }
    for who, (actor, sight) in sights.items():
        with acting_as(actor):
            assert seen() == sight, who
    assert seen() == (0,) * 6


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM rights_part",
        "UPDATE rights_partmessage SET text = ''",
        "UPDATE rights_partfile SET name = ''",
        "UPDATE rights_package SET manifest = ''",
        "INSERT INTO rights_part SELECT * FROM rights_part",
    ],
)
def test_what_a_page_never_does_its_role_may_not_do(statement: str) -> None:
    with (
        acting_as(town.clerk(town.tax())),
        pytest.raises(DatabaseError, match="permission denied"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(statement)


def test_nothing_but_a_draft_of_ones_own_is_ever_removed() -> None:
    user = town.person()
    sent, draft, foreign = town.routed(user), town.begun(user), town.begun()
    for actor in (as_citizen(user), town.clerk(town.tax()), Actor.portal()):
        with acting_as(actor), connection.cursor() as cursor, transaction.atomic():
            cursor.execute("DELETE FROM rights_rightsrequest WHERE state <> 'draft'")
            assert cursor.rowcount == 0
    with acting_as(as_citizen(user)), connection.cursor() as cursor:
        cursor.execute("DELETE FROM rights_rightsrequest")
        assert cursor.rowcount == 1
    with acting_as(Actor.portal()):
        assert set(RightsRequest.objects.values_list("pk", flat=True)) == {sent.pk, foreign.pk}
    assert draft.pk


@pytest.mark.parametrize("kind", ["regulator", "clerk"])
def test_a_draft_is_seen_by_its_owner_alone(kind: str) -> None:
    town.begun()
    with acting_as(catalogue.REGULATOR if kind == "regulator" else town.clerk(town.tax())):
        assert not RightsRequest.objects.exists()


def test_an_agency_writes_nothing_into_anothers_part() -> None:
    part = town.part()
    with acting_as(town.clerk(town.housing())):
        assert Part.objects.filter(pk=part.pk).update(reply="forged") == 0
        with pytest.raises(DatabaseError, match="row-level security"), transaction.atomic():
            PartMessage.objects.create(
                part=part, agency_id=part.agency_id, subject_key=part.subject_key, is_from_agency=True, text="x", at=AT
            )
