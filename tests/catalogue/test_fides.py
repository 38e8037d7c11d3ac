"""A dataset annotation of Fides becomes a dataset with an item for each personal column; what is none is refused."""

import json
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from portal.catalogue.importing import fides
from portal.catalogue.importing.records import Found, UnreadableFile, Unusable
from portal.catalogue.models import Dataset
from portal.trail.actor import Actor, acting_as
from tests.rights import department

pytestmark = pytest.mark.django_db


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "shop.yml"
    path.write_text(json.dumps(department.DOCUMENT))  # JSON is YAML
    return path


def test_each_personal_column_is_an_item_and_the_others_are_none(file: Path) -> None:
    (found,) = fides.read(file)
    assert isinstance(found, Found)
    assert found.dataset
    codes = [item["code"] for item in found.dataset["items"]]
    assert "customer.email" in codes
    assert "product.price" not in codes


def test_the_command_takes_it_over_into_the_catalogue(file: Path) -> None:
    call_command("import_catalogue", str(file), format="fides")
    with acting_as(Actor.portal()):
        dataset = Dataset.objects.get(code="shop")
        assert dataset.agency.code == "fides-shop"
        assert dataset.versions.count() == 1


def test_a_file_that_is_none_changes_nothing(tmp_path: Path) -> None:
    path = tmp_path / "x.yml"
    for text in ("a: [", "- 1", "dataset: 1"):
        path.write_text(text)
        with pytest.raises((UnreadableFile, CommandError)):
            fides.read(path)
    path.write_text("dataset: [{fides_key: a, name: A}, {name: B}]")
    assert [type(row) for row in fides.read(path)] == [Unusable, Unusable]
