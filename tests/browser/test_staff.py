"""The admin of those who work there, and the regulator's desk."""

import pytest
from playwright.sync_api import expect

from portal.demo.city import City
from portal.demo.seeding.register import payload
from tests.browser.conftest import Open, System
from tests.browser.people import sign_in_staff
from tests.browser.window import PHONE, Language

pytestmark = pytest.mark.browser

LANGUAGES = pytest.mark.parametrize("language", ["zh", "en"])


@LANGUAGES
def test_what_a_system_registers_is_public_once_the_authority_has_approved_it(
    language: Language, window: Open, system: System, sample: City
) -> None:
    dataset = sample.datasets["income-tax"]
    summary = {"zh": f"由{language}测试改写的说明。", "en": f"Rewritten by the {language} test."}
    revised = {**payload(sample, dataset), "summary_zh": summary["zh"], "summary_en": summary["en"]}
    system("tax").call("PUT", f"/catalogue/datasets/{dataset.unified}", json=revised)
    reader, authority = window(language), window(language)
    reader.go(f"/catalogue/{dataset.unified}/")
    expect(reader.page.locator("main")).not_to_contain_text(summary[language])
    sign_in_staff(authority, "authority", "/admin/catalogue/dataset/?waiting=yes")
    authority.look(f"authority-{language}-waiting")
    authority.page.get_by_role("link", name=dataset.unified).click()
    expect(authority.page.locator("body")).to_contain_text(summary[language])
    authority.look(f"authority-{language}-dataset", bilingual=True)
    authority.page.get_by_role("link", name=authority.say("Approve"), exact=True).click()
    authority.look(f"authority-{language}-approve", bilingual=True)
    authority.page.get_by_role("button", name=authority.say("Approve"), exact=True).click()
    expect(authority.page.locator("body")).to_contain_text(authority.say("Published."))
    reader.page.reload()
    reader.reads(summary[language])


@LANGUAGES
def test_the_regulator_sees_who_is_late_and_what_nothing_covers(language: Language, window: Open, sample: City) -> None:
    regulator = window(language)
    sign_in_staff(regulator, "regulator", "/oversight/")
    regulator.reads(regulator.say("How the agencies stand"))
    agency = sample.agencies["public-security"].name
    row = regulator.page.locator("tbody tr", has_text=agency.zh if language == "zh" else agency.en)
    expect(row.locator(".tag--unlawful")).to_be_visible()
    regulator.look(f"oversight-{language}")


def test_the_regulators_desk_fits_a_phone(window: Open) -> None:
    regulator = window("zh", PHONE)
    sign_in_staff(regulator, "regulator", "/oversight/")
    regulator.look("oversight-zh-phone")


@pytest.mark.parametrize(
    ("language", "username", "pages"),
    [
        ("zh", "clerk-civil-affairs", ["/admin/", "/admin/rights/part/", "/admin/catalogue/agreement/"]),
        ("en", "clerk-health", ["/admin/", "/admin/rights/part/", "/admin/consent/purpose/"]),
        ("zh", "authority2", ["/admin/", "/admin/catalogue/dataset/", "/admin/consent/purpose/"]),
        ("en", "operator", ["/admin/"]),
    ],
)
def test_each_kind_of_staff_finds_its_own_work_in_the_admin(
    language: Language, username: str, pages: list[str], window: Open
) -> None:
    worker = window(language)
    sign_in_staff(worker, username)
    for path in pages:
        worker.go(path)
        expect(worker.page.get_by_role("heading").first).to_be_visible()
        worker.look(f"admin-{username}-{path.strip('/').replace('/', '-')}")


def test_staff_find_no_citizens_pages_and_citizens_no_admin(window: Open) -> None:
    clerk = window("en")
    sign_in_staff(clerk, "clerk-tax", "/admin/rights/part/")
    for path in ("/data/", "/oversight/", "/admin/accounts/user/"):
        clerk.go(path)
        assert clerk.status in {403, 404}, path


def test_a_wrong_password_is_refused_in_words(window: Open) -> None:
    worker = window("zh")
    worker.go("/admin/")
    worker.page.locator("#id_username").fill("clerk-tax")
    worker.page.locator("#id_password").fill("not the password")
    worker.page.locator("form:has(#id_password) button[type=submit]").click()
    expect(worker.page.locator("body")).to_contain_text("密码")
    worker.look("admin-login-wrong")
