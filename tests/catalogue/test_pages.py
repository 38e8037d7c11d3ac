"""The public catalogue: searching it, and reading what is held, why, and who receives it."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import date
from io import StringIO

import pytest
from django.core.management import call_command
from django.test import Client

from portal.catalogue import actions, queries, search
from portal.catalogue.models import Dataset, Listing
from portal.trail.actor import Actor, acting_as
from tests.catalogue import factories
from tests.catalogue.factories import AT, AUTHORITY

pytestmark = pytest.mark.django_db
AsOwner = Callable[[], AbstractContextManager[None]]
Queries = Callable[[int], AbstractContextManager[None]]


@pytest.fixture
def reader() -> Client:
    return Client(headers={"accept-language": "en"})


def page_of(reader: Client, address: str, status: int = 200, **asked: str) -> str:
    response = reader.get(address, asked or None)
    assert response.status_code == status
    return response.content.decode()


def test_everybody_searches_by_words_in_either_language(reader: Client) -> None:
    factories.published("tax.income")
    factories.published("health.visits", of=factories.agency("health"), name_zh="就诊记录", name_en="Visits to doctors")
    for words in ("visits", "就诊", "VISITS doctors", "health.v"):
        page = page_of(reader, "/catalogue/", words=words)
        assert "Visits to doctors" in page
        assert "Income tax returns" not in page


def test_items_and_agencies_are_searched_too(reader: Client) -> None:
    factories.published()
    for words in ("所得额", "Bureau tax", "declare"):
        assert "Income tax returns" in page_of(reader, "/catalogue/", words=words)


@pytest.mark.parametrize("words", ["得税", "税", "个人所得税", "所得 申报", "ＩＮＣＯＭＥ", "incom", "tax.inc"])
def test_chinese_is_found_by_any_part_and_other_words_by_their_beginning(reader: Client, words: str) -> None:
    factories.published()
    factories.published("health.visits", of=factories.agency("health"), name_zh="就诊记录", name_en="Visits to doctors",
                        summary_zh="得了病的记录，个别人所见", summary_en="", items=ITEMS)  # fmt: skip
    page = page_of(reader, "/catalogue/", words=words)
    assert "Income tax returns" in page
    assert "Visits to doctors" not in page


ITEMS = [{"code": "day", "name_zh": "日期", "name_en": "Day"}]


def test_a_name_counts_more_than_an_item_and_an_item_more_than_a_summary(reader: Client) -> None:
    factories.published("a.summary", name_en="Third", summary_en="About pensions", items=ITEMS)
    factories.published("b.item", name_en="Second", items=[{"code": "x", "name_zh": "养老金", "name_en": "Pensions"}])
    factories.published("c.name", name_en="Pensions first", items=ITEMS)
    page = page_of(reader, "/catalogue/?words=pensions")
    assert page.index("Pensions first") < page.index("Second") < page.index("Third")


def test_what_is_spelt_nearly_right_is_offered(reader: Client) -> None:
    factories.published()
    page = page_of(reader, "/catalogue/", words="incone tax returms")
    assert "Nothing has all of these words" in page
    assert "Income tax returns" in page
    near = page_of(reader, "/catalogue/", words="所得税清算")
    assert "Nothing has all of these words" in near
    assert "Income tax returns" in near


def test_many_matches_come_by_code_and_are_not_ranked(reader: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(search, "RANKED", 1)
    factories.published("b.second", name_en="Returns of cars")
    factories.published("a.first", name_en="Cars", summary_en="Returns")
    page = page_of(reader, "/catalogue/?words=returns")
    assert page.index("a.first") < page.index("b.second")


def test_a_renamed_agency_is_found_by_its_new_name(reader: Client) -> None:
    factories.published()
    factories.agency(name_en="Revenue Office")
    assert "Income tax returns" in page_of(reader, "/catalogue/?words=revenue")
    assert "Income tax returns" not in page_of(reader, "/catalogue/?words=bureau")


def test_the_listings_are_written_anew_by_command(reader: Client, as_owner: AsOwner) -> None:
    factories.published()
    factories.published("tax.old", name_en="Old")
    with as_owner():
        Listing.objects.filter(code="tax.income").update(words="'nothing':1")
        Dataset.objects.filter(code="tax.old").update(status="withdrawn")
    call_command("relist_catalogue", stdout=(said := StringIO()))
    assert said.getvalue() == "1 datasets can be found.\n"
    assert "Income tax returns" in page_of(reader, "/catalogue/?words=income")
    assert list(Listing.objects.values_list("code", flat=True)) == ["tax.income"]


def test_every_filter_narrows(reader: Client) -> None:
    factories.published()
    factories.published("bus.lines", name_en="Bus", kind="public", opening="open", opening_basis_en="Act, 1",
                        collection_basis="contract", special_categories=["location"])  # fmt: skip
    for narrowed in ("kind=public", "opening=open", "basis=contract", "special=location"):
        page = page_of(reader, f"/catalogue/?{narrowed}")
        assert "Bus" in page
        assert "Income tax returns" not in page


def test_the_versions_of_a_dataset_stand_side_by_side(reader: Client) -> None:
    dataset = factories.published()
    factories.published(name_en="Tax returns", retention_en="five years")
    factories.proposed(name_en="Only proposed")
    page = page_of(reader, f"/catalogue/{dataset.code}/versions/")
    for text in ("Version 2", "Version 1", "Income tax returns", "Tax returns", "five years"):
        assert text in page
    assert "Only proposed" not in page
    page_of(reader, "/catalogue/nothing/versions/", 404)


def test_the_search_narrows_by_agency_classification_and_sharing(reader: Client) -> None:
    factories.published()
    factories.published("health.visits", of=factories.agency("health"), name_en="Visits")
    factories.published(
        "tax.cases",
        name_en="Cases",
        classification="sensitive",
        sharing="not-shared",
        sharing_citation_en="Act, 8",
        classification_reason_en="secret",
    )
    assert "Visits" not in page_of(reader, "/catalogue/?agency=tax")
    for narrowed in ("classification=sensitive", "sharing=not-shared", "agency=tax&words=Cases"):
        page = page_of(reader, f"/catalogue/?{narrowed}")
        assert "Cases" in page
        assert "Income tax returns" not in page


def test_what_is_proposed_or_withdrawn_is_not_found(reader: Client) -> None:
    factories.proposed("tax.new", name_en="Plan")
    gone = factories.published("tax.old", name_en="Old")
    with acting_as(AUTHORITY):
        actions.withdraw_dataset(gone, reasons="Merged.", actor=AUTHORITY, at=AT)
    page = page_of(reader, "/catalogue/")
    assert "Plan" not in page
    assert "Old" not in page
    page_of(reader, "/catalogue/tax.new/", 404)
    assert "has been withdrawn" in page_of(reader, "/catalogue/tax.old/")


def test_a_filter_that_is_none_is_refused_at_its_field(reader: Client) -> None:
    factories.published()
    page = page_of(reader, "/catalogue/?sharing=everything", 400)
    assert "id_sharing_error" in page
    assert "Income tax returns" not in page


def test_an_empty_answer_says_what_to_do(reader: Client) -> None:
    assert "No dataset has been published yet" in page_of(reader, "/catalogue/")
    assert "Try fewer words" in page_of(reader, "/catalogue/?words=unicorn")


@pytest.mark.parametrize("words", ["%", "_", "'", '"><script>', "\\", "\x00", "a" * 101])
def test_signs_that_mean_something_elsewhere_mean_nothing_here(reader: Client, words: str) -> None:
    factories.published(summary_en=None, summary_zh=None)
    response = reader.get("/catalogue/", {"words": words})
    assert response.status_code in {200, 400}
    assert "<script>" not in response.content.decode().replace("<script src", "")
    assert "Income tax returns" not in response.content.decode()


def test_long_lists_come_in_pages_that_keep_the_search(reader: Client) -> None:
    for number in range(23):
        factories.published(f"tax.n{number:02}", name_en=f"Returns {number:02}")
    first = page_of(reader, "/catalogue/?words=Returns")
    assert "Returns 00" in first
    assert "Returns 20" not in first
    assert "?words=Returns&amp;page=2" in first
    assert "Returns 20" in page_of(reader, "/catalogue/?words=Returns&page=2")
    for odd in ("0", "99", "x"):
        assert page_of(reader, f"/catalogue/?page={odd}")


def test_a_dataset_says_what_is_held_why_and_who_receives_it(reader: Client) -> None:
    dataset = factories.published()
    with acting_as(Actor.visitor()):
        year = queries.items_of(dataset, ["year"])
    factories.granted(dataset, factories.agency("fund"), items=year, citation_en="Fund Rules, 24")
    factories.applied(dataset, factories.agency("secret"), purpose_en="A hidden plan")
    page = page_of(reader, "/catalogue/tax.income/")
    for text in (
        "Income tax returns",
        "Individual Income Tax Law, Article 10",
        "financial accounts",
        "ten years",
        "Bureau fund",
        "To check who may have a loan",
        "Fund Rules, 24",
    ):
        assert text in page
    assert "A hidden plan" not in page


def test_the_page_is_chinese_for_chinese_readers() -> None:
    factories.published()
    page = page_of(Client(headers={"accept-language": "zh-CN"}), "/catalogue/tax.income/")
    assert "个人所得税申报" in page
    assert "《个人所得税法》第十条" in page


def test_texts_of_departments_are_never_markup(reader: Client) -> None:
    factories.published(name_en="<b>Bold</b>", summary_en="<script>alert(1)</script>")
    for address in ("/catalogue/", "/catalogue/tax.income/", "/catalogue/agencies/tax/"):
        page = page_of(reader, address)
        assert "&lt;b&gt;Bold" in page
        assert "<script>alert" not in page


def test_an_agency_says_whether_it_reports_and_what_it_holds(reader: Client) -> None:
    factories.published()
    page = page_of(reader, "/catalogue/agencies/tax/")
    assert "Income tax returns" in page
    assert "does not report here yet" in page
    factories.agency(reports_sharing=True)
    assert "reports here what it shares" in page_of(reader, "/catalogue/agencies/tax/")


def test_what_is_not_there_is_not_found(reader: Client) -> None:
    page_of(reader, "/catalogue/nothing/", 404)
    page_of(reader, "/catalogue/agencies/nobody/", 404)
    assert reader.post("/catalogue/").status_code == 405


def test_pages_ask_the_database_as_often_for_many_rows_as_for_few(
    reader: Client, django_assert_max_num_queries: Queries
) -> None:
    dataset = factories.published("tax.n00")
    for number in range(1, 12):
        factories.published(f"tax.n{number:02}", of=factories.agency(f"bureau{number}"))
        factories.granted(dataset, factories.agency(f"bureau{number}"), valid_from=date(2026, 1, number))
    for address, most in (
        ("/catalogue/", 8),
        ("/catalogue/?words=returns", 8),
        ("/catalogue/tax.n00/", 9),
        ("/catalogue/tax.n00/versions/", 8),
        ("/catalogue/agencies/tax/", 10),
    ):
        with django_assert_max_num_queries(most):
            page_of(reader, address)
