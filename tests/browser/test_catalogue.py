"""The catalogue: everybody searches and reads it; a clerk registers, the authority approves, everybody finds."""

import re

import pytest
from playwright.sync_api import ViewportSize, expect

from portal.demo.city import City
from tests.browser.conftest import Open
from tests.browser.people import sign_in_staff
from tests.browser.window import DESKTOP, PHONE, Language

pytestmark = pytest.mark.browser
SIZES = [("zh", PHONE), ("en", DESKTOP)]


@pytest.mark.parametrize(("language", "size"), SIZES, ids=["zh-phone", "en-desktop"])
def test_everybody_finds_a_dataset_by_a_part_of_its_name_and_reads_all_of_it(
    window: Open, language: Language, size: ViewportSize, sample: City
) -> None:
    reader = window(language, size)
    dataset = sample.datasets["income-tax"]
    name = dataset.name.zh if language == "zh" else dataset.name.en
    reader.go("/catalogue/")
    reader.page.locator("#id_words").fill({"zh": "得税", "en": "incom"}[language])
    reader.page.locator("summary", has_text=reader.say("More to narrow by")).click()
    reader.page.locator("#id_kind").select_option("government")
    reader.button("Search").click()
    reader.look(f"catalogue-{language}-search")
    reader.page.locator("main tbody tr").get_by_role("link", name=name).first.click()
    reader.reads(
        *(reader.say(text) for text in ("Whose it is", "Impact assessment", "undetermined", "Who may receive it"))
    )
    reader.look(f"catalogue-{language}-dataset")
    reader.link("what has changed").click()
    reader.reads(reader.say("The first version that was public"))
    reader.look(f"catalogue-{language}-versions", bilingual=True)  # a version says both languages' fields


def test_what_is_spelt_wrongly_is_offered_nearly_right(window: Open) -> None:
    reader = window("en")
    reader.go("/catalogue/?words=incone+tax")
    reader.reads("Nothing has all of these words; this comes nearest")
    reader.look("catalogue-en-near")


@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_clerk_registers_the_authority_approves_and_everybody_finds_it(window: Open, language: Language) -> None:
    clerk, authority, reader = window(language), window(language), window(language)
    code, name = f"tax.browser-{language}", f"Vehicle purchase tax {language}"
    sign_in_staff(clerk, "clerk-tax", "/admin/catalogue/dataset/register/")
    typed = {
        "code": code, "name_zh": f"车辆购置税{language}", "name_en": name, "head": "王处长", "assessment": "PIA-1",
        "collection_citation_zh": "《车辆购置税法》第一条",
        "collection_citation_en": "Vehicle Purchase Tax Law, Article 1",
        "assessed_on": "2026-01-10", "head_approved_on": "2026-01-12", "items": "plate | 号牌号码 | Plate number",
    }  # fmt: skip
    for field, value in typed.items():
        clerk.page.locator(f"#id_{field}").fill(value)
    clerk.page.locator("#id_collection_basis").select_option("duty")
    clerk.look(f"register-{language}", bilingual=True)
    clerk.page.get_by_role("button", name=clerk.say("Send to approval")).click()
    expect(clerk.page.locator("body")).to_contain_text(clerk.say("Sent to the catalogue authority for approval."))
    sign_in_staff(authority, "authority", "/admin/catalogue/dataset/?waiting=yes")
    authority.page.get_by_role("link", name=code).click()
    authority.page.get_by_role("link", name=authority.say("Approve"), exact=True).click()
    authority.page.get_by_role("button", name=authority.say("Approve"), exact=True).click()
    expect(authority.page.locator("body")).to_contain_text(authority.say("Published."))
    reader.go(f"/catalogue/?words={code}")
    expect(reader.page.locator("main tbody tr")).to_have_count(1)
    reader.page.locator("main tbody tr a").first.click()
    expect(reader.page).to_have_url(re.compile(re.escape(code)))
    reader.reads(reader.say("no standard for it"))


def test_a_table_is_looked_at_before_it_is_taken(window: Open) -> None:
    clerk = window("en")
    sign_in_staff(clerk, "clerk-tax", "/admin/catalogue/dataset/")
    clerk.look("catalogue-en-registering")
    answer = clerk.page.request.get("/admin/catalogue/dataset/table.csv/")
    assert answer.ok
    changed = answer.text().replace("yearly", "every now and then")
    clerk.go("/admin/catalogue/dataset/import/")
    clerk.look("import-en")
    clerk.page.locator("#id_file").set_input_files(
        {"name": "t.csv", "mimeType": "text/csv", "buffer": changed.encode()}
    )
    clerk.page.get_by_role("button", name="Check").click()
    expect(clerk.page.locator("body")).to_contain_text("Nothing is changed yet.")
    expect(clerk.page.locator("tbody")).to_contain_text("/update_frequency")
    clerk.look("import-en-preview", bilingual=True)
