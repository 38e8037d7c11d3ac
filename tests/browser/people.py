"""How people of the sample come in."""

from playwright.sync_api import Locator, expect

from portal.demo.city import city
from tests.browser.window import Window


def to_provider(window: Window) -> Locator:
    """The button that leads to the identity provider, to sign in or to be confirmed once more."""
    return window.page.locator("main form[action*='/accounts/oidc/'] button")


def sign_in(window: Window, person: str, wanted: str = "/", *, surely: bool = True) -> None:
    """As a citizen: the portal's page, the identity provider's choice of people, and back to the page wanted."""
    window.go(f"/sign-in/?next={'/' if surely else wanted}")
    to_provider(window).click()
    window.page.locator(f"button[name=sub][value={person}]").click()
    expect(window.page.locator(".whose")).to_be_visible()
    if surely:
        window.go(f"/sign-in/confirm/?next={wanted}")
        confirm(window)


def confirm(window: Window) -> None:
    """From the page that asks for it: confirmed by the provider, and back."""
    to_provider(window).click()
    window.page.locator("button[name=confirmed]").click()
    expect(window.page.locator(".whose")).to_be_visible()


def sign_in_staff(window: Window, username: str, wanted: str = "/admin/") -> None:
    """As a clerk, the authority, the regulator or the operator, at the admin's own page."""
    window.go(f"/admin/login/?next={wanted}")
    window.page.locator("#id_username").fill(username)
    window.page.locator("#id_password").fill(city().password)
    window.page.locator("form:has(#id_password) button[type=submit]").click()
    expect(window.page.locator("#id_password")).to_have_count(0)


def file_request(citizen: Window, kind: str, dataset: str = "", words: str = "") -> str:
    """File a request for one dataset, by its name, or for everything; the address of the request's page."""
    citizen.go(f"/requests/new/?kind={kind}")
    if dataset:
        if citizen.page.locator("[name=scope]").count():
            citizen.page.get_by_label(citizen.say("Only what I tick below")).check()
        citizen.page.locator("label", has_text=dataset).first.click()
    citizen.button("Go on").click()
    answer_questions(citizen, words)
    citizen.button("Send").click()
    citizen.reads(citizen.say("Your request is filed. Its clock runs from now on."))
    return citizen.page.url


def answer_questions(citizen: Window, words: str = "") -> None:
    """Go on through the questions of a draft to the page that sends it."""
    while "/ask/" in citizen.page.url:
        if "/ask/words/" in citizen.page.url:
            citizen.page.locator("#id_words").fill(words)
        before = citizen.page.url
        citizen.button("Go on").click()
        expect(citizen.page).not_to_have_url(before)


def take_step(clerk: Window, name: str, **values: str | None) -> None:
    """Fill in the form of one step on a part's page, and send it."""
    step = clerk.page.locator(f"form[action$='/take/{name}/']")
    step.wait_for(state="attached")
    if not step.is_visible():
        clerk.page.locator("details", has=step).locator("summary").click()
    for field, value in values.items():
        control = step.locator(f"[name={name}-{field}]")
        if control.evaluate("one => one.tagName") == "SELECT":
            control.select_option(value)
        else:
            control.fill(value or "")
    step.locator("button").click()
