"""The sample city is consistent, and its reader refuses one that is not."""

import shutil
from pathlib import Path

import pytest
from stdnum.cn import ric

from portal.catalogue import words
from portal.catalogue.models.bases import CODE
from portal.demo.city import BadCity, city, read
from portal.demo.city.reading import FOLDER
from portal.ledger.models.events import Depth, Form, Outcome


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the sample's files, to be spoilt."""
    return Path(shutil.copytree(FOLDER, tmp_path / "city", ignore=shutil.ignore_patterns("*.py", "__pycache__")))


def change(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def test_the_city_is_as_large_as_promised() -> None:
    sample = city()
    assert len(sample.agencies) == 24
    assert len(sample.systems) == 40
    assert len(sample.datasets) == 90
    assert len(sample.agreements) >= 70
    assert len(sample.citizens) == 12
    assert len(sample.purposes) == 8


def test_every_word_is_one_the_catalogue_knows() -> None:
    sample = city()
    for agency in sample.agencies.values():
        assert agency.kind in words.AgencyKind
        assert agency.channel in words.Channel
    for dataset in sample.datasets.values():
        assert CODE.match(dataset.unified)
        assert dataset.update in words.UpdateFrequency
        assert dataset.sharing in words.Sharing
        assert dataset.method in words.Method
        assert dataset.classification in words.Classification
        assert dataset.grade in words.Grade
        assert set(dataset.special) <= set(words.SpecialCategory)
    for agreement in sample.agreements.values():
        assert agreement.method in words.Method
        assert agreement.basis in words.Basis


def test_every_flow_speaks_the_ledgers_words() -> None:
    for flow in city().flows.values():
        assert flow.depth in Depth
        assert flow.form in Form
        assert flow.outcome in Outcome
        assert flow.law.cited.zh.startswith("《")


def test_what_is_stricter_than_basic_says_why() -> None:
    for dataset in city().datasets.values():
        stricter = dataset.classification != "basic" or dataset.sharing != "unconditional"
        assert bool(dataset.reason.zh) == bool(dataset.reason.en) == stricter, dataset.code


def test_every_sample_number_is_valid_and_belongs_to_nobody() -> None:
    for person in city().citizens.values():
        assert ric.is_valid(person.number)
        assert person.number.startswith("330000")  # a whole province: no register issues these


def test_the_main_person_has_a_record_at_a_system_and_at_a_clerk() -> None:
    sample = city()
    held = {sample.datasets[code].agency for code in sample.citizens["zhang-san"].holds}
    assert sample.agencies["tax"].channel == "api"
    assert sample.agencies["civil-affairs"].channel == "clerk"
    assert {"tax", "civil-affairs"} <= held


def test_there_are_two_persons_at_the_authority_so_that_one_can_approve_the_others_work() -> None:
    assert len(city().authority()) == 2


def test_an_unknown_system_is_refused(folder: Path) -> None:
    change(folder / "datasets" / "money.toml", 'system = "golden-tax"', 'system = "silver-tax"')
    with pytest.raises(BadCity, match="silver-tax"):
        read(folder)


def test_a_code_used_twice_is_refused(folder: Path) -> None:
    change(folder / "systems.toml", 'code = "entry-exit"', 'code = "population"')
    with pytest.raises(BadCity, match="population: the code is used twice"):
        read(folder)


def test_an_agreement_over_items_that_the_dataset_lacks_is_refused(folder: Path) -> None:
    change(folder / "agreements.toml", '"guardian", "enrolled-on"]', '"guardian", "diagnosis"]')
    with pytest.raises(BadCity, match="diagnosis"):
        read(folder)


def test_a_row_without_a_law_is_refused(folder: Path) -> None:
    change(folder / "agreements.toml", 'law = "income-tax-15"\n', "")
    with pytest.raises(BadCity, match="law"):
        read(folder)


def test_a_key_that_nobody_reads_is_refused(folder: Path) -> None:
    change(folder / "systems.toml", 'code = "population"', 'code = "population"\ncolour = "red"')
    with pytest.raises(BadCity, match="colour"):
        read(folder)


def test_text_in_one_language_only_is_refused(folder: Path) -> None:
    change(folder / "systems.toml", 'name_en = "Population register"\n', "")
    with pytest.raises(BadCity, match="both languages"):
        read(folder)


def test_a_flow_about_somebody_of_whom_nothing_is_held_is_refused(folder: Path) -> None:
    change(folder / "flows.toml", 'people = ["zhang-xiaoming"]', 'people = ["sun-lan"]')
    with pytest.raises(BadCity, match="sun-lan"):
        read(folder)
