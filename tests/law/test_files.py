"""The jurisdictions' files: what they promise, and how a bad one is refused."""

import re
from collections.abc import Callable
from dataclasses import FrozenInstanceError
from pathlib import Path

import pytest
from django.test import override_settings
from django.utils.translation import override

from portal.law import checks, files, queries
from portal.law.errors import LawFileError, UnknownProvision
from portal.law.provisions import CLOCKS, RIGHTS, Jurisdiction, Unit

GOOD = (files.FOLDER / "cn.toml").read_text(encoding="utf-8")


@pytest.fixture(params=files.codes())
def law(request: pytest.FixtureRequest) -> Jurisdiction:
    return files.read(files.FOLDER / f"{request.param}.toml")


@pytest.fixture
def spoilt(tmp_path: Path) -> Callable[[str, str], Path]:
    """China's file with one thing changed."""

    def write(old: str, new: str) -> Path:
        assert old in GOOD
        file = tmp_path / "cn.toml"
        file.write_text(GOOD.replace(old, new, 1), encoding="utf-8")
        return file

    return write


def test_china_and_the_gdpr_are_there() -> None:
    assert files.codes() == ("cn", "gdpr")


def test_every_right_and_clock_has_its_rule(law: Jurisdiction) -> None:
    assert set(law.rights) == set(RIGHTS)
    assert set(law.clocks) == set(CLOCKS)
    assert all(right.grounds for right in law.rights.values())


def test_every_text_is_there_in_both_languages(law: Jurisdiction) -> None:
    for right in law.rights.values():
        with override("zh-hans"):
            chinese = (right.title, right.sentence, right.deadline.sentence, right.article.title, right.article.summary)
        with override("en"):
            english = (right.title, right.sentence, right.deadline.sentence, right.article.title, right.article.summary)
        assert all(re.search("[一-鿿]", text) for text in chinese)
        assert not any(re.search("[一-鿿]", text) for text in english)


def test_an_article_is_cited_as_its_readers_cite_it() -> None:
    article = queries.article("pipl-45")
    with override("zh-hans"):
        assert article.title == "《个人信息保护法》第四十五条"
    with override("en"):
        assert article.title == "Personal Information Protection Law, Article 45"


def test_where_the_law_names_no_days_the_count_is_called_a_target() -> None:
    china = queries.jurisdiction("cn")
    for right in china.rights.values():
        assert (right.deadline.unit, right.deadline.count, right.deadline.is_target) == (Unit.WORKING_DAYS, 15, True)
        assert right.deadline.ceiling is not None
        assert right.deadline.ceiling.days == 30
    targets = {code for code, clock in china.clocks.items() if clock.rule.is_target}
    assert targets == {"internal_review", "regulator_review", "complaint"}


def test_the_gdpr_gives_one_month_and_two_more() -> None:
    for right in queries.jurisdiction("gdpr").rights.values():
        rule = right.deadline
        assert rule.extension is not None
        assert (rule.unit, rule.count, rule.extension.count, rule.is_target) == (Unit.MONTHS, 1, 2, False)


@pytest.mark.parametrize(
    ("clock", "count", "extension", "article"),
    [
        ("answer_unconditional", 1, None, "decree809-21"),
        ("answer_conditional", 10, 10, "decree809-21"),
        ("deliver", 20, None, "decree809-22"),
        ("verification", 10, None, "decree809-26"),
        ("catalogue_update", 10, 5, "decree809-17"),
        ("review_of_update", 2, None, "decree809-17"),
    ],
)
def test_the_clocks_of_decree_809(clock: str, count: int, extension: int | None, article: str) -> None:
    rule = queries.jurisdiction("cn").clocks[clock].rule
    assert (rule.count, rule.article.ref, rule.unit) == (count, article, Unit.WORKING_DAYS)
    assert (rule.extension.count if rule.extension else None) == extension


def test_only_data_held_by_consent_or_contract_can_be_moved(law: Jurisdiction) -> None:
    assert {code for code, basis in law.legal_bases.items() if basis.portable} == {"consent", "contract"}
    assert [code for code, basis in law.legal_bases.items() if basis.consent_based] == ["consent"]


def test_a_guardian_consents_for_children_below_the_age_of_the_law() -> None:
    assert queries.jurisdiction("cn").ages.guardian_below == 14
    assert queries.jurisdiction("gdpr").ages.guardian_below == 16


def test_grounds_for_refusal_carry_their_article(law: Jurisdiction) -> None:
    for kind in RIGHTS:
        for ground in law.refusal_grounds(kind):
            assert ground.article.ref in law.articles
            assert ground.text


def test_nothing_read_can_be_changed() -> None:
    law = queries.jurisdiction("cn")
    with pytest.raises(FrozenInstanceError):
        law.code = "xx"  # type: ignore[misc]  # what is being tested
    with pytest.raises(TypeError):
        law.rights["access"] = law.rights["erasure"]  # type: ignore[index]  # what is being tested


def test_what_the_law_does_not_have_is_not_found() -> None:
    with pytest.raises(UnknownProvision):
        queries.jurisdiction("atlantis")
    with pytest.raises(UnknownProvision):
        queries.jurisdiction("../cn")
    with pytest.raises(UnknownProvision):
        queries.article("pipl-999")
    with pytest.raises(UnknownProvision):
        queries.jurisdiction("cn").refusal_grounds("flattery")
    with pytest.raises(UnknownProvision):
        queries.jurisdiction("cn").article("gdpr-12-3")


def test_an_article_of_another_jurisdiction_is_found() -> None:
    assert queries.article("gdpr-12-3").act.code == "gdpr"


# ---------------------------------------------------------------- bad files


@pytest.mark.parametrize(
    ("old", "new", "key", "problem"),
    [
        ('code = "cn"', 'code = "xx"', "code", "not the file's name"),
        ('library = "chinese"', 'library = "lunar"', "calendar.library", "none of"),
        ('country = "CN"', "", "calendar", "not TOML"),
        ("count = 15", 'count = "15"', "rights.access.deadline.count", "must be int, not str"),
        ("count = 15", "count = true", "rights.access.deadline.count", "must be int, not bool"),
        ("count = 15", "count = 0", "rights.access.deadline.count", "1 or more"),
        ("count = 15", "cuont = 15", "rights.access.deadline.count", "is missing"),
        ("\nis_target = true", "\nis_target = true\ngrace = 3", "rights.access.deadline.grace", "not a key"),
        ('unit = "working_days"', 'unit = "weeks"', "rights.access.deadline.unit", "none of"),
        (
            '[rights.access]\narticle = "pipl-45"',
            '[rights.access]\narticle = "pipl-450"',
            "rights.access.article",
            "no article",
        ),
        ("[rights.erasure]", "[rights.oblivion]", "rights.", "missing"),
        ("[clocks.deliver]", "[clocks.delivery]", "clocks.", "missing"),
        ('act = "pipl"', 'act = "pipa"', "articles.pipl-13.act", "no act"),
        ("guardian_below = 14", "guardian_below = 21", "ages.guardian_below", "above the age of adults"),
        ("in_force_on = 2021-11-01", 'in_force_on = "2021-11-01"', "acts.pipl.in_force_on", "must be date"),
        ('en = "China"', 'en = ""', "name.en", "is empty"),
    ],
)
def test_a_bad_file_is_refused_by_name_and_key(
    spoilt: Callable[[str, str], Path], old: str, new: str, key: str, problem: str
) -> None:
    with pytest.raises(LawFileError, match=r"cn\.toml") as refused:
        files.read(spoilt(old, new))
    if "TOML" not in problem:
        assert refused.value.key.startswith(key)
    assert problem in str(refused.value)


def test_a_missing_or_undecodable_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(LawFileError, match="cannot be read"):
        files.read(tmp_path / "nowhere.toml")
    (tmp_path / "latin.toml").write_bytes(b'code = "\xff"')
    with pytest.raises(LawFileError, match="not TOML"):
        files.read(tmp_path / "latin.toml")


# ---------------------------------------------------------------- the start


def test_the_check_at_the_start_passes_with_our_files() -> None:
    assert checks.jurisdictions_are_readable() == []


@override_settings(PORTAL_JURISDICTION="atlantis")
def test_a_jurisdiction_without_a_file_stops_the_start() -> None:
    assert [error.id for error in checks.jurisdictions_are_readable()] == ["law.E002"]


def test_an_unsound_file_stops_the_start(spoilt: Callable[[str, str], Path], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "FOLDER", spoilt("count = 15", "count = 0").parent)
    (error,) = checks.jurisdictions_are_readable()
    assert error.id == "law.E001"
    assert "rights.access.deadline.count" in str(error.msg)
