"""What a citizen decides about a use of their data, and what the portal then answers those who ask."""

from typing import Any

import pytest
from playwright.sync_api import expect

from portal.demo.city import City
from tests.browser.conftest import Open, System
from tests.browser.people import sign_in
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
    citizen.page.get_by_role("link", name=purpose.zh if language == "zh" else purpose.en).click()
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


def is_asked_for_the_day(citizen: Window) -> None:
    expect(citizen.page.locator("#id_until_error")).to_have_text("Choose the day.")
    expect(citizen.page.locator(".usa-checkbox__input:checked")).not_to_have_count(0)
    citizen.look("consent-day-missing", status=422)
