"""What the database shows of the catalogue to whom, whatever the code asks for."""

import pytest
from django.db import DatabaseError, connection, transaction

from portal.catalogue.models import Agency, Agreement, DataItem, Dataset, DatasetVersion, System
from portal.trail.actor import Actor, acting_as
from tests.catalogue import factories
from tests.catalogue.factories import AUTHORITY, REGULATOR

pytestmark = pytest.mark.django_db
CITIZEN = Actor.citizen(factories.NAMES, b"1" * 16)
TABLES = (Agency, System, Dataset, DataItem, DatasetVersion, Agreement)


def seen(actor: Actor) -> tuple[int, int, int]:
    with acting_as(actor):
        return Dataset.objects.count(), DataItem.objects.count(), DatasetVersion.objects.count()


def test_a_proposal_is_seen_by_its_agency_and_by_those_above_only() -> None:
    dataset = factories.proposed()
    health = factories.agency("health")
    for actor in (factories.clerk_of(dataset.agency), AUTHORITY, REGULATOR, Actor.portal()):
        assert seen(actor) == (1, 2, 1), actor.kind
    for actor in (factories.clerk_of(health), factories.client_of(health), CITIZEN, Actor.visitor()):
        assert seen(actor) == (0, 0, 0), actor.kind


def test_what_is_published_is_for_everybody_and_so_are_the_versions_that_were() -> None:
    dataset = factories.published()
    factories.proposed(name_en="Only proposed")
    for actor in (CITIZEN, Actor.visitor(), factories.clerk_of(factories.agency("health"))):
        assert seen(actor) == (1, 2, 1), actor.kind
        with acting_as(actor):
            assert Agency.objects.filter(pk=dataset.agency_id).exists()


def test_without_an_actor_there_are_no_rows() -> None:
    factories.granted(factories.published(), factories.agency("fund"))
    assert [table.objects.count() for table in TABLES] == [0] * len(TABLES)


def test_an_agency_can_not_publish_or_take_a_foreign_row_even_by_sql() -> None:
    mine, theirs = factories.proposed(), factories.published("health.visits", of=factories.agency("health"))
    client = factories.client_of(mine.agency)
    with acting_as(client), pytest.raises(DatabaseError, match="row-level security"), transaction.atomic():
        Dataset.objects.filter(pk=mine.pk).update(status="published", version=1, published_at=factories.AT)
    with acting_as(client):
        assert Dataset.objects.filter(pk=theirs.pk).update(name_en="Mine") == 0
        assert DataItem.objects.filter(dataset=theirs).update(active=False) == 0
        assert Agency.objects.update(active=False) == 0


def test_citizens_write_nothing() -> None:
    factories.granted(factories.published(), factories.agency("fund"))
    with acting_as(CITIZEN):
        assert Dataset.objects.update(name_en="Mine") == 0
        assert Agreement.objects.update(reasons="x") == 0
        with pytest.raises(DatabaseError, match="row-level security"), transaction.atomic():
            Agency.objects.create(code="mine", name_zh="我", name_en="Mine")


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.__name__)
def test_nothing_is_ever_deleted_by_the_site(table: type[Dataset]) -> None:
    refused = pytest.raises(DatabaseError, match="permission denied")
    with acting_as(AUTHORITY), connection.cursor() as cursor, refused, transaction.atomic():
        cursor.execute(f"DELETE FROM {table._meta.db_table}")
