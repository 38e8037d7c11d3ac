"""A rotation of keys misses nothing: every sealed column is named, and opens after it was sealed anew."""

import pytest
from django.apps import apps

from portal.representation import names
from portal.trail.actor import Actor, acting_as
from portal.trail.sealed_places import SealedTable, places
from tests.representation import factories as representations


def test_every_sealed_column_has_its_place() -> None:
    tables = [place for place in places().values() if isinstance(place, SealedTable)]
    known = {(table.model, column) for table in tables for column in table.columns}
    ours = [config for config in apps.get_app_configs() if config.name.startswith(("portal.", "consent", "rights"))]
    sealed = {
        (model._meta.label, field.name)
        for config in ours
        for model in config.get_models()
        for field in model._meta.local_concrete_fields
        if field.name.endswith("_sealed")
    }
    assert sealed == known


@pytest.mark.django_db
def test_the_names_of_a_representation_are_sealed_anew_where_they_lie(monkeypatch: pytest.MonkeyPatch) -> None:
    row = representations.granted(representations.person(), representations.person())
    before, name = bytes(row.representative_sealed), names.representative(row.pk, bytes(row.representative_sealed))
    place = places()["representations"]
    assert isinstance(place, SealedTable)
    with acting_as(Actor.portal()):
        monkeypatch.setattr("portal.trail.vault.current_version", lambda: "next")  # all rows count as old
        done = place.rewrite(None, 10)
        assert (done.rows, done.unreadable) == (1, ())
        row.refresh_from_db()
    assert bytes(row.representative_sealed) != before
    assert names.representative(row.pk, bytes(row.representative_sealed)) == name
