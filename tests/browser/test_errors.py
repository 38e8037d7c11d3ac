"""What is wrong is said at its field and above the form, in words; nothing that was typed is lost."""

import pytest
from playwright.sync_api import Locator, expect

from tests.browser.conftest import Open
from tests.browser.people import sign_in
from tests.browser.window import PHONE, Language, Window

pytestmark = pytest.mark.browser

LANGUAGES = pytest.mark.parametrize("language", ["zh", "en"])


def is_said_at(citizen: Window, field: Locator, text: str) -> None:
    """The words stand at the field, the field points to them, and the summary's link leads to it."""
    said = citizen.say(text)
    expect(citizen.page.locator(".usa-error-message", has_text=said)).to_be_visible()
    described = field.get_attribute("aria-describedby") or ""
    pointed = [citizen.page.locator(f"#{name}").inner_text() for name in described.split() if name]
    assert any(said in words for words in pointed), f"{described!r} does not lead a screen reader to {said!r}"
    citizen.page.get_by_role("alert").get_by_role("link", name=said).click()
    focused = citizen.page.evaluate("document.activeElement.tagName")
    assert focused in {"INPUT", "TEXTAREA", "SELECT", "FIELDSET"}, f"the link of {said!r} leads to {focused}"


@LANGUAGES
def test_a_consent_with_nothing_ticked_is_not_given(window: Open, language: Language) -> None:
    citizen = window(language, PHONE)
    sign_in(citizen, "liu-yang", "/consents/")
    citizen.link("Decide").first.click()
    asked = citizen.page.url
    citizen.button("Allow what I ticked").click()
    citizen.reads(citizen.say("Nothing was allowed yet. Please look again"))
    is_said_at(citizen, citizen.page.locator("#id_how_long"), "Choose for how long.")
    is_said_at(citizen, citizen.page.locator("#id_items"), "Tick what you allow, or choose “Do not allow”.")
    citizen.look(f"error-{language}-consent", status=422)
    citizen.page.locator("label[for=item-1]").click()
    citizen.button("Allow what I ticked").click()
    expect(citizen.page.locator("#item-1")).to_be_checked()
    citizen.go(asked)
    expect(citizen.button("Allow what I ticked")).to_be_visible()


@LANGUAGES
def test_a_request_for_chosen_data_with_nothing_chosen_is_not_sent(window: Open, language: Language) -> None:
    citizen = window(language, PHONE)
    sign_in(citizen, "zhang-san", "/requests/new/?kind=access")
    citizen.page.get_by_label(citizen.say("Only what I tick below")).check()
    citizen.button("Go on").click()
    is_said_at(
        citizen, citizen.page.locator("fieldset:has([name=datasets])"), "Choose at least one dataset, or everything."
    )
    expect(citizen.page.get_by_label(citizen.say("Only what I tick below"))).to_be_checked()
    citizen.look(f"error-{language}-request", status=422)
    citizen.page.get_by_label(citizen.say("Everything that agencies hold about me")).check()
    citizen.button("Go on").click()
    citizen.page.locator("#id_period_from").fill("2026-03-01")
    citizen.page.locator("#id_period_to").fill("2026-02-01")
    citizen.button("Go on").click()
    is_said_at(citizen, citizen.page.locator("#id_period_to"), "The period ends before it begins.")
    expect(citizen.page.locator("#id_period_from")).to_have_value("2026-03-01")
    citizen.look(f"error-{language}-request-period", status=422)


@LANGUAGES
def test_what_is_none_of_our_documents_does_not_hold(window: Open, language: Language) -> None:
    visitor = window(language, PHONE)
    visitor.go("/verify/")
    visitor.button("Check").click()
    is_said_at(visitor, visitor.page.locator("#id_text"), "Paste a document or choose its file.")
    visitor.look(f"error-{language}-verify-empty", status=422)
    for text, fault in (
        ("qwertz", "This is neither a signed text nor JSON."),
        ('{"a": 1}', "This is JSON, but none of our documents."),
        ("eyJhbGciOiJFZERTQSJ9.e30.AAAA", "The signature is not ours, or the text was changed."),
    ):
        visitor.page.locator("#id_text").fill(text)
        visitor.button("Check").click()
        visitor.reads(visitor.say("This does not hold."), visitor.say(fault))
        expect(visitor.page.locator("#id_text")).to_have_value(text)
    visitor.look(f"error-{language}-verify")
