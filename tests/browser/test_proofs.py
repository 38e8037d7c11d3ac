"""What anybody can check of the record, and what departments' own logs say when a citizen looks."""

import json

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Open
from tests.browser.people import sign_in
from tests.browser.window import DESKTOP, PHONE, Language

pytestmark = pytest.mark.browser
LANGUAGES = pytest.mark.parametrize("language", ["zh", "en"])


@LANGUAGES
def test_everybody_sees_which_agencies_report_and_how_late(window: Open, language: Language) -> None:
    visitor = window(language, PHONE if language == "zh" else DESKTOP)
    visitor.go("/transparency/")
    visitor.link("Which agencies report").click()
    visitor.reads(visitor.say("Which agencies report what they share"))
    expect(visitor.page.get_by_role("table").first).to_be_visible()
    visitor.look(f"coverage-{language}")


@LANGUAGES
def test_the_heads_are_published_and_a_proof_between_two_of_them_checks_out(window: Open, language: Language) -> None:
    visitor = window(language, DESKTOP if language == "en" else PHONE)
    visitor.go("/transparency/heads")
    visitor.reads(visitor.say("The record, signed every few seconds"))
    visitor.look(f"heads-{language}")
    heads = visitor.page.request.get("/transparency/heads.json").json()["results"]
    newest, oldest = heads[0]["size"], heads[-1]["size"]
    asked = visitor.page.request.get(f"/transparency/heads/consistency.json?first={oldest}&second={newest}")
    for document, kind in (
        (asked.json(), "a proof that the record only grew"),
        (heads[0], "a signed head of the record"),
    ):
        visitor.go("/verify/")
        visitor.page.locator("#id_text").fill(json.dumps(document))
        visitor.button("Check").click()
        expect(visitor.page.locator("main")).to_contain_text(visitor.say("This is ours, and nobody changed it."))
        expect(visitor.page.locator("main")).to_contain_text(visitor.say(kind))
    visitor.look(f"verified-{language}")
    visitor.page.locator("#id_text").fill(json.dumps({**heads[0], "root": "00" * 32}))
    visitor.button("Check").click()
    expect(visitor.page.locator("main")).to_contain_text(visitor.say("This does not hold."))


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "plain"])
def test_what_a_departments_own_log_says_fills_in_and_works_without_scripts(window: Open, *, scripts: bool) -> None:
    citizen = window("zh", PHONE, scripts=scripts)
    sign_in(citizen, "zhang-san", "/sharing/")
    section = citizen.page.locator("section[aria-labelledby=own-logs]")
    if not scripts:
        section.get_by_role("link").click()
        section = citizen.page.locator("main")
    expect(section).to_contain_text("核对年度申报")
    expect(section).to_contain_text(
        citizen.say("Asked just now, and not kept here. So nothing below is sealed in our record.")
    )
    citizen.look(f"own-logs-{'scripts' if scripts else 'plain'}")
