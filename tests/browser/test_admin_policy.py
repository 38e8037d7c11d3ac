"""Every page of the admin works under the site's own content security policy: nothing is evaluated, nothing refused."""

import shutil
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.contrib.auth import SESSION_KEY
from django.test import Client
from playwright.sync_api import ConsoleMessage, Page, expect, sync_playwright

from portal.accounts.models import User, UserKind
from tests import people
from tests.accounts.test_second_factor import code, has_app
from tests.consent import factories as consents
from tests.rights import factories as rights

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
BACKEND = "django.contrib.auth.backends.ModelBackend"
PROGRAM = shutil.which("chromium") or shutil.which("google-chrome")
# What Alpine and browsers say when a policy or an expression is in the way.
COMPLAINTS = ("error", "warning")


@pytest.fixture
def page(monkeypatch: pytest.MonkeyPatch) -> Iterator[Page]:
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")  # playwright's loop runs in this thread
    with sync_playwright() as player:
        browser = player.chromium.launch(executable_path=PROGRAM, args=["--no-sandbox"])
        page = browser.new_page(locale="en-GB", viewport={"width": 1440, "height": 900})
        yield page
        browser.close()


@pytest.fixture
def said(page: Page) -> list[str]:
    """What the console and the page complained of."""
    heard: list[str] = []

    def hear(message: ConsoleMessage) -> None:
        if message.type in COMPLAINTS and "status of 4" not in message.text:
            heard.append(f"{page.url}: {message.text}")

    page.on("console", hear)
    page.on("pageerror", lambda error: heard.append(f"{page.url}: {error}"))
    return heard


def signed_in(page: Page, site: str, user: User) -> None:
    browser = Client()
    browser.force_login(user, BACKEND)
    assert browser.session[SESSION_KEY]
    page.context.add_cookies([{"name": "sessionid", "value": browser.cookies["sessionid"].value, "url": site}])


def _clerk() -> tuple[User, list[str]]:
    part = rights.part(rights.routed())
    return people.clerk(part.agency), [
        "rights/part/",
        f"rights/part/{part.pk}/change/",
        "catalogue/dataset/",
        f"catalogue/dataset/{part.dataset_id}/change/",
    ]


def _authority() -> tuple[User, list[str]]:
    purpose = consents.approved()
    return people.staff(UserKind.AUTHORITY), [
        f"consent/purpose/{purpose.pk}/change/",
        "consent/purpose/",
        "catalogue/dataset/",
        "catalogue/agency/",
        "catalogue/agreement/",
        "catalogue/system/",
        "law/dayoverride/",
        "law/dayoverride/add/",
        f"catalogue/agency/{consents.asker().pk}/change/",
    ]


def _operator() -> tuple[User, list[str]]:
    user = people.staff(UserKind.OPERATOR)
    system, _ = people.api_client(people.agency(), "rights")
    return user, [
        "accounts/user/",
        f"accounts/user/{user.pk}/change/",
        "accounts/apiclient/",
        f"accounts/apiclient/{system.pk}/change/",
        "law/dayoverride/",
        "password_change/",
    ]


READERS: dict[str, Callable[[], tuple[User, list[str]]]] = {
    "clerk": _clerk,
    "authority": _authority,
    "operator": _operator,
}


@pytest.mark.parametrize("kind", READERS)
def test_the_pages_of_staff_work_without_an_exception_to_the_policy(
    kind: str, page: Page, said: list[str], live_server: Any
) -> None:
    user, paths = READERS[kind]()
    signed_in(page, live_server.url, user)
    for path in ("", *paths):
        answer = page.goto(f"{live_server.url}/admin/{path}", wait_until="networkidle")
        assert answer is not None
        assert answer.status == 200, path
        assert "unsafe" not in answer.headers["content-security-policy"]
        assert page.locator("#main, #content").first.is_visible(), path
    assert not said, "\n".join(said)


def test_staff_signs_in_and_the_menus_open(page: Page, said: list[str], live_server: Any) -> None:
    secret = has_app(people.staff(UserKind.AUTHORITY))
    page.goto(f"{live_server.url}/admin/login/?next=/admin/", wait_until="networkidle")
    page.fill("input[name=username]", "authority")
    page.fill("input[name=password]", "a long password 1")
    page.click("button[type=submit]")
    page.wait_for_url(f"{live_server.url}/accounts/2fa/authenticate/")
    page.fill("input[name=code]", code(secret))
    page.locator("form:has(input[name=code]) button").click()
    page.wait_for_url(f"{live_server.url}/admin/")
    sidebar = page.locator("#nav-sidebar").get_by_role("link", name="Datasets")
    toggle = page.get_by_role("button", name="Toggle navigation")
    expect(sidebar).to_be_visible()
    toggle.click()
    expect(sidebar).to_be_hidden()
    page.reload()
    expect(sidebar).to_be_hidden()  # kept in the browser
    toggle.click()
    expect(sidebar).to_be_visible()
    page.locator("[x-on\\:click='openUserLinks = !openUserLinks']").click()
    expect(page.get_by_role("button", name="Log out")).to_be_visible()
    assert not said, "\n".join(said)


def test_a_clerk_filters_the_queue_and_takes_a_step(page: Page, said: list[str], live_server: Any) -> None:
    part = rights.part(rights.routed())
    signed_in(page, live_server.url, people.clerk(part.agency))
    page.set_viewport_size({"width": 1000, "height": 800})
    page.goto(f"{live_server.url}/admin/rights/part/", wait_until="networkidle")
    expect(page.get_by_role("heading", name="By state")).to_be_hidden()
    page.locator("a", has_text="Filters").click()
    expect(page.get_by_role("heading", name="By state")).to_be_visible()
    page.goto(f"{live_server.url}/admin/rights/part/{part.pk}/change/", wait_until="networkidle")
    page.get_by_role("button", name="Acknowledge").click()
    page.wait_for_url(f"**/admin/rights/part/{part.pk}/change/")
    expect(page.get_by_text("The person was told that you work on it.")).to_be_visible()
    assert not said, "\n".join(said)
