"""Every page of a citizen, in both languages, on a desktop and on a phone."""

import re
from email import message_from_string
from email.policy import default

import pytest
from playwright.sync_api import ViewportSize, expect

from portal.demo import story
from portal.demo.serving import Demo
from tests.browser.conftest import Open
from tests.browser.people import file_request, sign_in
from tests.browser.window import DESKTOP, PHONE, Language, Window

pytestmark = pytest.mark.browser

PERSON = "chen-jing"  # who allows one use of her data
PAGES = {  # what each says
    "/": "Who shared your data this month",
    "/data/": "Ask for a copy or a change",
    "/sharing/": "Who shared your data, and why",
    "/consents/": "Stop now",
    "/consents/?by=recipient": "Stop now",
    "/purposes/": "Approved",
    "/requests/": "File a request",
    "/requests/new/": "What do you want?",
    "/requests/new/?kind=access": "Everything that agencies hold about me",
    "/requests/new/?kind=correction": "Which data is it about?",
    "/inbox/": "What we told you",
    "/settings/": "Choose digests and quiet hours",
    "/settings/contact/": "Where we write to you",
    "/settings/devices/": "Where you are signed in",
    "/settings/mail/": "When we write to you",
    "/representation/": "Who acts for whom",
    "/help/": "How do I stop a use?",
    "/verify/": "Check whether a document is ours and unchanged",
}
BEHIND = {  # a list, the first link of this kind on it, and what the page behind it says
    "/sharing/": ("a[href^='/sharing/0']", "Prove that this record has not been changed"),
    "/consents/": (".usa-collection a[href^='/consents/0']", "When agencies checked this consent"),
    "/requests/": (".usa-collection a[href^='/requests/0']", "Who answers"),
    "/inbox/": (".letters a", "Back to the inbox"),
    "/data/": ("a[href^='/catalogue/']", "Who may receive it"),
}
SIZES = pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
LANGUAGES = pytest.mark.parametrize("language", ["zh", "en"])


@pytest.fixture(scope="module")
def filed(module_window: Open) -> None:
    """A request for everything, on its way to many agencies."""
    citizen = module_window("zh")
    sign_in(citizen, PERSON)
    file_request(citizen, "access")
    citizen.eventually(citizen.page.locator("article[aria-labelledby^='part-']").first)


@LANGUAGES
@SIZES
def test_every_page_reads_well(filed: None, window: Open, language: Language, size: ViewportSize) -> None:
    citizen = window(language, size)
    sign_in(citizen, PERSON)
    place = f"{language}-{'phone' if size == PHONE else 'desktop'}"
    for number, (path, said) in enumerate(PAGES.items(), 1):
        citizen.go(path)
        reads_as_it_should(citizen, said)
        citizen.look(f"page-{place}-{number:02}-{name_of(path)}")
    for number, (path, (link, said)) in enumerate(BEHIND.items(), len(PAGES) + 1):
        citizen.go(path)
        citizen.page.locator("main").locator(link).first.click()
        reads_as_it_should(citizen, said)
        citizen.look(f"page-{place}-{number:02}-{name_of(path)}-behind")


def name_of(path: str) -> str:
    return "-".join(re.findall(r"\w+", path)) or "home"


def reads_as_it_should(citizen: Window, said: str) -> None:
    """In the reader's language, under one heading, naming whose record it is."""
    citizen.reads(citizen.say("You are seeing your own record."), citizen.say(said))
    expect(citizen.page.locator("html")).to_have_attribute("lang", {"zh": "zh-hans", "en": "en"}[citizen.language])
    expect(citizen.page.get_by_role("heading", level=1)).to_have_count(1)


def link_mailed_to(address: str, demo: Demo) -> str:
    """The link in the mail to this address, once it has been sent."""

    def found() -> str:
        for file in (demo.data / "mail").glob("*.log"):
            mail = message_from_string(file.read_text(), policy=default)
            body = mail.get_body()
            link = re.search(r"http://\S+/settings/contact/confirm/\S+", body.get_content()) if body else None
            if mail["To"] == address and link:
                return link[0]
        return ""

    return str(story.eventually(found, f"no mail with a link to {address}"))


@LANGUAGES
def test_a_mail_address_counts_once_its_link_is_opened_and_a_wrong_one_is_refused_at_its_field(
    window: Open, language: Language, demo: Demo
) -> None:
    citizen, address = window(language), f"{language}@linjiang.example"
    sign_in(citizen, "liu-yang", "/settings/contact/")
    mail = citizen.page.get_by_label(citizen.say("New mail address"))
    mail.fill("nobody")
    citizen.button("Send the link").click()
    expect(citizen.page.locator("#id_mail_error")).to_be_visible()
    citizen.look(f"settings-{language}-wrong", status=422)
    mail.fill(address)
    citizen.button("Send the link").click()
    citizen.page.goto(link_mailed_to(address, demo))
    citizen.look(f"settings-{language}-confirm")
    citizen.page.locator("main form button").click()
    citizen.go("/settings/contact/")
    expect(citizen.page.locator("main")).to_contain_text(address)


def test_a_letter_leads_to_what_it_is_about_and_all_can_be_marked_as_read(window: Open) -> None:
    citizen = window("en")
    sign_in(citizen, "liu-yang", "/inbox/")
    unread = citizen.page.locator(".site-tools .count")
    expect(unread).to_be_visible()
    citizen.page.locator(".letters a", has_text="Linjiang Water Group").first.click()
    citizen.look("letter")
    citizen.page.locator("main a.usa-button").click()
    citizen.reads("Linjiang Water Group asks: Water relief without an application")
    citizen.go("/inbox/")
    citizen.button("Mark all as read").click()
    expect(unread).to_have_count(0)
    citizen.look("inbox-read")


@LANGUAGES
def test_after_signing_out_nothing_of_the_record_can_be_seen(window: Open, language: Language) -> None:
    citizen = window(language)
    sign_in(citizen, "liu-yang", "/data/")
    citizen.page.locator(".site-tools").get_by_role("button", name=citizen.say("Sign out")).click()
    citizen.reads(citizen.say("See what the government knows about you, and decide"))
    citizen.go("/data/")
    citizen.reads(citizen.say("Sign in to see your own record"))
    citizen.page.go_back()
    citizen.page.go_back()
    expect(citizen.page.locator("body")).not_to_contain_text("刘洋")
