"""Whoever uses no mouse reaches everything, and sees where they are."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Open
from tests.browser.people import sign_in
from tests.browser.window import Language, Window

pytestmark = pytest.mark.browser

# A box of USWDS lies out of sight; its label draws it, and its mark.
FOCUSED = """() => {
    const one = document.activeElement, isDrawn = one.matches('.usa-checkbox__input, .usa-radio__input');
    const seen = isDrawn ? one.labels[0] : one, style = getComputedStyle(seen, isDrawn ? '::before' : null);
    const box = seen.getBoundingClientRect();
    return {
        name: `${one.tagName} ${one.id || one.name || one.getAttribute('href') || one.innerText}`,
        is_page: one === document.body,
        is_marked: style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2,
        is_on_screen: box.bottom > 0 && box.top < innerHeight && box.right > 0 && box.left < innerWidth,
    };
}"""


def stops(page: Page, most: int = 150) -> list[str]:
    """Every place that Tab comes to, in order; fails where the reader can't see that they are there."""
    names = []
    for _ in range(most):
        page.keyboard.press("Tab")
        focused = page.evaluate(FOCUSED)
        if focused["is_page"]:
            break
        assert focused["is_marked"], f"no mark on {focused['name']}"
        assert focused["is_on_screen"], f"out of sight: {focused['name']}"
        names.append(focused["name"])
    return names


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_first_stop_skips_to_the_content(window: Open, language: Language) -> None:
    visitor = window(language)
    visitor.go("/catalogue/")
    visitor.page.keyboard.press("Tab")
    skip = visitor.page.get_by_role("link", name=visitor.say("Skip to the content"))
    expect(skip).to_be_focused()
    expect(skip).to_be_in_viewport()
    visitor.look(f"keyboard-{language}-skip")
    visitor.page.keyboard.press("Enter")
    visitor.page.keyboard.press("Tab")
    expect(visitor.page.locator("#id_words")).to_be_focused()


def test_the_language_is_switched_without_a_mouse_and_the_reader_stays_where_they_are(window: Open) -> None:
    visitor = window("zh")
    visitor.go("/catalogue/?words=收入")
    tab_to(visitor, "button[name=language]")
    visitor.page.keyboard.press("Enter")
    expect(visitor.page.locator("html")).to_have_attribute("lang", "en")
    expect(visitor.page.locator("#id_words")).to_have_value("收入")
    visitor.go("/help/")
    visitor.reads("How this works")


def tab_to(visitor: Window, selector: str, most: int = 60) -> None:
    for _ in range(most):
        visitor.page.keyboard.press("Tab")
        if visitor.page.evaluate("selector => document.activeElement.matches(selector)", selector):
            return
    pytest.fail(f"Tab does not come to {selector}")


@pytest.mark.parametrize("path", ["/", "/sharing/", "/consents/", "/requests/new/?kind=access", "/settings/"])
def test_every_stop_of_a_citizens_page_is_marked_and_in_sight(window: Open, path: str) -> None:
    citizen = window("en")
    sign_in(citizen, "zhang-san", path)
    citizen.page.reload()
    assert len(stops(citizen.page)) > 15


def test_a_request_is_filed_without_a_mouse(window: Open) -> None:
    citizen = window("zh")
    sign_in(citizen, "zhang-xiaoming", "/requests/new/?kind=access")
    tab_to(citizen, "[name=scope]")
    citizen.page.keyboard.press("ArrowDown")
    citizen.page.keyboard.press("ArrowDown")
    tab_to(citizen, "[name=datasets]")
    citizen.page.keyboard.press("Space")
    tab_to(citizen, "button[value=next]")
    citizen.page.keyboard.press("Enter")
    citizen.page.wait_for_url("**/ask/**")
    while "/ask/" in citizen.page.url:
        before = citizen.page.url
        if "/words/" in before:
            tab_to(citizen, "#id_words")
            citizen.page.keyboard.type("请给我一份。")
        tab_to(citizen, "button[value=next]")
        citizen.page.keyboard.press("Enter")
        expect(citizen.page).not_to_have_url(before)
    citizen.reads("请给我一份。")
    tab_to(citizen, "button[value=send]")
    citizen.page.keyboard.press("Enter")
    citizen.reads(citizen.say("Your request is filed. Its clock runs from now on."))
