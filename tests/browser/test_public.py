"""What anybody may read without signing in, in both languages, on a desktop and on a phone."""

import re

import pytest
from playwright.sync_api import ViewportSize, expect

from portal.demo.city import City
from tests.browser.conftest import Open
from tests.browser.people import to_provider
from tests.browser.window import DESKTOP, PHONE, Language

pytestmark = pytest.mark.browser

PAGES = {  # what each says
    "/": "See what the government knows about you, and decide",
    "/sign-in/": "Sign in to see your own record",
    "/help/": "How do I stop a use?",
    "/verify/": "Check whether a document is ours and unchanged",
    "/catalogue/": "See what the government holds about people, and why",
    "/catalogue/agencies/tax/": "What it holds",
    "/transparency/": "How the city's agencies share data",
    "/transparency/agencies/": "How the agencies do",
    "/api/v1/docs": "The departments' API",
    "/problems/conflict/": "How to mend it",
}
SIZES = pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
LANGUAGES = pytest.mark.parametrize("language", ["zh", "en"])


@LANGUAGES
@SIZES
def test_every_public_page_reads_well(window: Open, language: Language, size: ViewportSize, sample: City) -> None:
    visitor = window(language, size)
    place = f"{language}-{'phone' if size == PHONE else 'desktop'}"
    dataset = sample.datasets["household-register"]
    pages = {**PAGES, f"/catalogue/{dataset.unified}/": "Who may receive it"}
    for path, said in pages.items():
        visitor.go(path)
        visitor.reads(visitor.say(said))
        expect(visitor.page.locator("html")).to_have_attribute("lang", {"zh": "zh-hans", "en": "en"}[language])
        visitor.look(f"public-{place}-{path.strip('/').replace('/', '-') or 'welcome'}")


@LANGUAGES
def test_what_is_not_there_is_said_to_be_missing_and_leads_back(window: Open, language: Language) -> None:
    visitor = window(language, PHONE)
    visitor.go("/no/such/page/")
    visitor.reads(visitor.say("We found nothing here"))
    visitor.look(f"missing-{language}", status=404)
    visitor.link("Go to the first page").click()
    visitor.reads(visitor.say("See what the government knows about you, and decide"))


@LANGUAGES
def test_the_catalogue_is_searched_and_narrowed_and_nothing_found_is_explained(
    window: Open, language: Language, sample: City
) -> None:
    visitor = window(language)
    agency = sample.agencies["tax"]
    name = sample.datasets["income-tax"].name
    name_here, agency_here = (name.zh, agency.name.zh) if language == "zh" else (name.en, agency.name.en)
    visitor.go("/catalogue/")
    visitor.page.locator("#id_words").fill({"zh": "收入", "en": "income"}[language])
    visitor.page.locator("#id_agency").select_option("tax")
    visitor.button("Search").click()
    rows = visitor.page.locator("main tbody tr")
    expect(rows.filter(has_text=name_here)).not_to_have_count(0)
    expect(rows.filter(has_not_text=agency_here)).to_have_count(0)
    visitor.look(f"catalogue-{language}-found")
    rows.get_by_role("link", name=name_here).first.click()
    visitor.reads(agency_here, visitor.say("Why it may be collected"))
    visitor.page.go_back()
    visitor.page.locator("#id_words").fill("qwertz")
    visitor.button("Search").click()
    visitor.reads(visitor.say("No dataset has all of these words. Try fewer words, or another agency."))
    visitor.look(f"catalogue-{language}-nothing")
    visitor.link("Show all").click()
    expect(rows).not_to_have_count(0)


def test_the_catalogues_pages_follow_one_another_and_keep_the_search(window: Open) -> None:
    visitor = window("en")
    visitor.go("/catalogue/?classification=basic")
    first = visitor.page.locator("main tbody tr").first.inner_text()
    visitor.page.locator("nav.usa-pagination").get_by_text("Next").click()
    expect(visitor.page.locator("nav.usa-pagination [aria-current=page]")).to_have_text("2")
    assert visitor.page.locator("main tbody tr").first.inner_text() != first
    expect(visitor.page.locator("main tbody tr").filter(has_not_text="basic")).to_have_count(0)


@LANGUAGES
def test_the_citys_figures_name_who_shares_with_whom_in_a_picture_and_in_a_table(
    window: Open, language: Language, sample: City
) -> None:
    visitor = window(language)
    visitor.go("/transparency/")
    table = visitor.page.locator("main table")
    visitor.eventually(table)
    agency = sample.agencies["tax"].name
    expect(table).to_contain_text(agency.zh if language == "zh" else agency.en)
    expect(
        visitor.page.get_by_role("img", name=visitor.say("Who shared with whom. The table below says the same."))
    ).to_be_visible()
    visitor.look(f"figures-{language}")


def test_who_wants_a_page_of_their_own_signs_in_and_is_then_there(window: Open) -> None:
    visitor = window("zh")
    visitor.go("/sharing/?year=2026")
    visitor.reads("登录")
    to_provider(visitor).click()
    expect(visitor.page.get_by_role("heading", level=1)).to_contain_text("您是哪一位？")
    visitor.look("identity")
    visitor.page.locator("button[name=sub][value=zhao-liu]").click()
    expect(visitor.page).to_have_url(re.compile(r"/sharing/\?year=2026$"))
    visitor.reads(visitor.say("Who shared your data, and why"))


def test_who_does_not_sign_in_after_all_is_told_that_nothing_happened(window: Open) -> None:
    visitor = window("en")
    visitor.go("/sign-in/")
    to_provider(visitor).click()
    visitor.page.locator("button[value=deny]").click()
    visitor.reads("You stopped the sign-in", "we learned nothing about you")
    visitor.look("sign-in-left")
    visitor.link("Sign in again").click()
    expect(to_provider(visitor)).to_be_visible()
