"""Everything that matters works where no script runs."""

import pytest
from playwright.sync_api import expect

from portal.demo.city import City
from tests.browser.conftest import Open, System
from tests.browser.people import file_request, sign_in
from tests.browser.window import PHONE, Language, Window

pytestmark = pytest.mark.browser

PURPOSE = "loan-preapproval"


@pytest.mark.parametrize(("language", "person"), [("zh", "wu-min"), ("en", "zhou-tao")])
def test_consent_is_given_and_stopped_and_a_request_filed_without_scripts(
    language: Language, person: str, window: Open, system: System, sample: City
) -> None:
    question = {"subject": sample.citizens[person].number, "purpose": PURPOSE}
    consent = system("housing-fund").call("POST", "/consents/requests", json=question).json()["id"]
    citizen = window(language, PHONE, scripts=False)
    sign_in(citizen, person)
    gives_and_stops(citizen, consent)
    files_and_takes_back(citizen, sample)
    changes_the_language(citizen)


def gives_and_stops(citizen: Window, consent: str) -> None:
    language = citizen.language
    citizen.page.locator(f".needs a[href*='{consent}']").click()
    citizen.look(f"no-script-{language}-asked")
    for needed in citizen.page.locator(".usa-checkbox", has_text=citizen.say("needed")).all():
        needed.locator("label").click()
    citizen.page.locator("label[for=how-long-30]").click()
    citizen.button("Allow what I ticked").click()
    citizen.reads(citizen.say("You allow this now. You can stop it at any time."))
    citizen.menu("Consents")
    stop = citizen.page.locator(f"a[href*='{consent}/withdraw/']")
    stop.click()
    citizen.look(f"no-script-{language}-stops")
    citizen.button("Yes, stop it now").click()
    citizen.reads(citizen.say("This has been stopped. What was done before stays done."))
    expect(stop).to_have_count(0)
    citizen.look(f"no-script-{language}-stopped")


def files_and_takes_back(citizen: Window, sample: City) -> None:
    name = sample.datasets["household-register"].name
    file_request(citizen, "erasure", name.zh if citizen.language == "zh" else name.en)
    citizen.look(f"no-script-{citizen.language}-filed")
    citizen.page.locator("summary", has_text=citizen.say("Take this request back")).click()
    citizen.button("Take it back").click()
    citizen.reads(citizen.say("You took this request back. What was answered stays here."))


def changes_the_language(citizen: Window) -> None:
    heading = citizen.page.get_by_role("heading", level=1).inner_text()
    citizen.page.locator("button[name=language]").click()
    expect(citizen.page.get_by_role("heading", level=1)).not_to_have_text(heading)
    expect(citizen.page.locator("html")).to_have_attribute("lang", {"zh": "en", "en": "zh-hans"}[citizen.language])
