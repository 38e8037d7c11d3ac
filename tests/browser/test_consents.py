"""What a citizen decides about a use of their data, and what the portal then answers those who ask."""

import re
from email import message_from_string
from email.policy import default
from typing import Any

import pytest
from playwright.sync_api import expect

from portal.demo import story
from portal.demo.city import City
from portal.demo.serving import Demo
from tests.browser.conftest import Open, System
from tests.browser.people import sign_in, sign_in_staff
from tests.browser.window import PHONE, Language, Window

pytestmark = pytest.mark.browser


def decision(system: System, sample: City, person: str, purpose: str) -> dict[str, Any]:
    """What a system is answered that asks whether it may use a person's data for a purpose."""
    planned = sample.purposes[purpose]
    dataset = sample.datasets[planned.items[0].dataset]
    question = {
        "subject": sample.citizens[person].number,
        "purpose": purpose,
        "dataset": dataset.unified,
        "items": [wish.item for wish in planned.items if wish.needed and wish.dataset == dataset.code],
        "recipient": planned.recipient,
    }
    answer: dict[str, Any] = system(dataset.agency).call("POST", "/consents/decisions", json=question).json()
    return answer


def ask(system: System, sample: City, person: str, purpose: str = "loan-preapproval") -> str:
    """The housing fund's system asks; the id of the question."""
    question = {"subject": sample.citizens[person].number, "purpose": purpose}
    return str(system("housing-fund").call("POST", "/consents/requests", json=question).json()["id"])


@pytest.mark.parametrize(("language", "person"), [("zh", "zheng-hao"), ("en", "he-xue")])
def test_saying_no_changes_nothing_and_holds(
    language: Language, person: str, window: Open, system: System, sample: City
) -> None:
    consent = ask(system, sample, person)
    citizen = window(language, PHONE)
    sign_in(citizen, person, f"/consents/{consent}/")
    citizen.button("Do not allow").click()
    purpose = sample.purposes["loan-preapproval"]
    citizen.reads(citizen.say("You did not allow this."))
    citizen.reads(purpose.refusal.zh if language == "zh" else purpose.refusal.en)
    expect(citizen.button("Allow what I ticked")).to_have_count(0)
    citizen.look(f"consent-{language}-refused")
    citizen.menu("Consents")
    citizen.reads(citizen.say("You did not allow"), purpose.title.zh if language == "zh" else purpose.title.en)
    citizen.look(f"consents-{language}-refused")
    assert decision(system, sample, person, "loan-preapproval")["decision"] == "deny"


@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_pause_holds_until_it_is_ended(language: Language, window: Open, system: System, sample: City) -> None:
    citizen = window(language)
    sign_in(citizen, "chen-jing", "/consents/")
    purpose = sample.purposes["loan-preapproval"].title
    citizen.page.get_by_role("link", name=purpose.zh if language == "zh" else purpose.en, exact=True).click()
    citizen.button("Pause").click()
    citizen.reads(citizen.say("This is paused until you resume it."))
    citizen.look(f"consent-{language}-paused")
    assert decision(system, sample, "chen-jing", "loan-preapproval")["reason"] == "paused"
    citizen.button("Resume").click()
    citizen.reads(citizen.say("This goes on, on the terms you agreed to."))
    citizen.look(f"consent-{language}-resumed")
    assert decision(system, sample, "chen-jing", "loan-preapproval")["decision"] == "permit"


def test_a_day_of_ones_own_is_taken_as_the_end(window: Open, system: System, sample: City) -> None:
    citizen = window("en")
    consent = ask(system, sample, "wang-wu")
    sign_in(citizen, "wang-wu", f"/consents/{consent}/")
    last = citizen.page.locator("#id_until").get_attribute("max") or ""
    for box in citizen.page.locator(".usa-checkbox__label").all():
        box.click()
    citizen.page.locator("label[for=how-long-until]").click()
    citizen.button("Allow what I ticked").click()
    is_asked_for_the_day(citizen)
    citizen.page.locator("#id_until").fill(last)
    citizen.button("Allow what I ticked").click()
    citizen.reads("You allow this now.")
    expect(citizen.page.locator("main")).to_contain_text(last[:4])
    citizen.go(f"/consents/{consent}/")
    citizen.link("Stop now").click()
    citizen.button("Yes, stop it now").click()
    citizen.reads("This has been stopped.")


def is_asked_for_the_day(citizen: Window) -> None:
    expect(citizen.page.locator("#id_until_error")).to_have_text("Choose the day.")
    expect(citizen.page.locator(".usa-checkbox__input:checked")).not_to_have_count(0)
    citizen.look("consent-day-missing", status=422)


def give(citizen: Window, consent: str) -> None:
    """On its page: tick what is needed, for half a year."""
    citizen.go(consent)
    for needed in citizen.page.locator(".usa-checkbox", has_text=citizen.say("needed")).all():
        needed.locator("label").click()
    citizen.page.locator("label[for=how-long-182]").click()
    citizen.button("Allow what I ticked").click()
    citizen.reads(citizen.say("You allow this now. You can stop it at any time."))


def mailed_links(address: str, demo: Demo) -> list[str]:
    """The links that stop a use, in the mails to this address so far."""
    links = []
    for file in sorted((demo.data / "mail").glob("*.log")):
        mail = message_from_string(file.read_text(), policy=default)
        body = mail.get_body()
        if mail["To"] == address and body:
            links += re.findall(r"http://\S+/consents/stop/mail/\S+", body.get_content())
    return links


def change_notice(window: Open, language: Language) -> None:
    """A clerk proposes a notice that changes more than words; the authority sees what changed, and approves it."""
    clerk, authority = window(language), window(language)
    sign_in_staff(clerk, "clerk-health", "/admin/consent/purpose/?q=flu-vaccine-study")
    clerk.page.get_by_role("link", name="flu-vaccine-study").click()
    clerk.page.get_by_role("link", name=clerk.say("Propose a notice"), exact=True).click()
    for name, added in (("full_zh", "另外会统计您所在的街道。"), ("full_en", "Your street is counted too.")):
        field = clerk.page.locator(f"#id_{name}")
        field.fill(f"{field.input_value()}\n\n{added}")
    clerk.page.locator("#id_asks_anew").check()
    clerk.look(f"notice-{language}-proposed", bilingual=True)
    clerk.page.get_by_role("button", name=clerk.say("Propose"), exact=True).click()
    expect(clerk.page.locator("body")).to_contain_text(clerk.say("Proposed. A second person approves it."))
    sign_in_staff(authority, "authority", "/admin/consent/purpose/?q=flu-vaccine-study")
    authority.page.get_by_role("link", name="flu-vaccine-study").click()
    authority.page.get_by_role("link", name=authority.say("Approve the notice"), exact=True).click()
    expect(authority.page.locator("ins").first).to_be_visible()
    authority.look(f"notice-{language}-compared", bilingual=True)
    authority.page.get_by_role("button", name=authority.say("Approve the notice"), exact=True).click()
    expect(authority.page.locator("body")).to_contain_text(authority.say("Approved. It is shown from now on."))


def question_for(citizen: Window, title: str) -> str:
    """Where the question about this use waits, in the list of what is asked."""
    citizen.go("/consents/")
    return citizen.page.locator(".needs li", has_text=title).locator("a.usa-button").get_attribute("href") or ""


@pytest.mark.parametrize(("language", "person"), [("zh", "zheng-hao"), ("en", "zhang-san")])
def test_a_changed_notice_asks_anew_and_what_is_allowed_then_is_stopped_by_the_link_of_a_mail(
    language: Language, person: str, window: Open, sample: City, demo: Demo
) -> None:
    title = getattr(sample.purposes["flu-vaccine-study"].title, language)
    address = f"{person}@linjiang.example"
    citizen = window(language, PHONE)
    sign_in(citizen, person)
    before = set(mailed_links(address, demo))
    first = question_for(citizen, title)  # they were asked before the demo began
    give(citizen, first)
    change_notice(window, language)
    citizen.go(first)
    citizen.eventually(citizen.page.locator("main .tag", has_text=citizen.say("replaced by a newer one")))
    citizen.go("/inbox/")
    asked_anew = citizen.page.get_by_text(citizen.say("What you allowed has changed, and you are asked anew"))
    citizen.eventually(asked_anew.first)
    anew = question_for(citizen, title)
    assert anew != first
    citizen.go(anew)
    citizen.reads({"zh": "另外会统计您所在的街道。", "en": "Your street is counted too."}[language])
    citizen.look(f"consent-{language}-asked-anew")
    give(citizen, anew)
    keeps_receipts(citizen, anew)
    both = story.eventually(
        lambda: found if len(found := set(mailed_links(address, demo)) - before) >= 2 else None,
        f"two mails with a link to {address}",
    )
    stops_by_mail(window(language, PHONE), sorted(both))
    citizen.go(anew)
    citizen.reads(citizen.say("by the link in a mail"))
    citizen.look(f"consent-{language}-stopped-by-mail")


def keeps_receipts(citizen: Window, consent: str) -> None:
    """The page of a receipt, and the text that was shown when it was given."""
    citizen.go(consent)
    citizen.page.locator("a[href*='/consents/receipts/']").first.click()
    citizen.reads(citizen.say("Take it with you"))
    citizen.look(f"receipt-{citizen.language}")
    citizen.go(consent)
    citizen.page.locator("a[href*='/consents/shown/']").first.click()
    citizen.look(f"shown-{citizen.language}")


def stops_by_mail(anybody: Window, links: list[str]) -> None:
    """Signed out: of two links one is of what has ended already; the other stops the use, once."""
    done = 0
    for link in links:
        anybody.page.goto(link)
        if anybody.status == 409:
            anybody.look(f"mail-{anybody.language}-ended", status=409)
            continue
        anybody.reads(anybody.say("What stops"))
        anybody.look(f"mail-{anybody.language}-stops")
        anybody.button("Yes, stop it now").click()
        anybody.reads(anybody.say("This has been stopped. What was done before stays done."))
        anybody.look(f"mail-{anybody.language}-stopped")
        done += 1
        anybody.page.goto(link)
        anybody.reads(anybody.say("There is nothing left to stop"))
    assert done == 1
