"""A request between a citizen and a clerk: a question and its answer, more time, another agency, a refusal."""

import re

import pytest
from playwright.sync_api import expect

from portal.demo.city import City
from portal.demo.city.records import Text
from tests.browser.conftest import Open
from tests.browser.people import file_request, sign_in, sign_in_staff, take_step
from tests.browser.window import PHONE, Language, Window

pytestmark = pytest.mark.browser

CLERK = "clerk-public-security"
DATASET = "household-register"
QUESTION = {"zh": "您现在的住址是哪里？", "en": "Where do you live now?"}
ANSWER = {"zh": "临江市江畔路 8 号。", "en": "8 Riverside Road, Linjiang."}
CAUSE = {"zh": "需要向档案馆调取原件。", "en": "The originals must be fetched from the archive."}
LANGUAGES = pytest.mark.parametrize("language", ["zh", "en"])


def words(language: Language, text: Text) -> str:
    return text.zh if language == "zh" else text.en


def opened(clerk: Window, number: str) -> None:
    """The part of the request with this number, out of the clerk's queue."""
    clerk.go("/admin/rights/part/")
    clerk.page.get_by_role("link", name=number).click()
    expect(clerk.page.locator("#steps")).to_be_visible()


def number_of(citizen: Window) -> str:
    return citizen.page.title().split("·")[1].strip()


@pytest.mark.parametrize(("language", "person"), [("zh", "sun-lan"), ("en", "zhou-tao")])
def test_a_question_stops_the_clock_until_the_citizen_has_answered_it(
    language: Language, person: str, window: Open, sample: City
) -> None:
    citizen, clerk = window(language, PHONE), window(language)
    sign_in(citizen, person)
    address = file_request(citizen, "correction", words(language, sample.datasets[DATASET].name), ANSWER[language])
    citizen.eventually(citizen.page.locator("article[aria-labelledby^='part-']"))
    sign_in_staff(clerk, CLERK)
    opened(clerk, number_of(citizen))
    take_step(clerk, "ask", text=QUESTION[language])
    expect(clerk.page.locator("body")).to_contain_text(clerk.say("Asked. The clock stands until the answer is here."))
    clerk.look(f"clerk-{language}-asked")
    answers(citizen, address)
    opened(clerk, number_of(citizen))
    expect(clerk.page.locator("body")).to_contain_text(ANSWER[language])
    expect(clerk.page.locator("body")).not_to_contain_text(clerk.say("the clock stands"))


def answers(citizen: Window, address: str) -> None:
    language = citizen.language
    citizen.go("/")
    citizen.page.locator(f".needs a[href*='{address.split('/')[-2]}']").click()
    citizen.reads(QUESTION[language], citizen.say("needs you"))
    citizen.look(f"request-{language}-asked")
    citizen.button("Send your answer").click()
    expect(citizen.page.locator(".usa-error-message")).to_be_visible()
    citizen.look(f"request-{language}-answer-missing", status=422)
    citizen.page.locator("article textarea").fill(ANSWER[language])
    citizen.button("Send your answer").click()
    citizen.reads(citizen.say("Your answer is sent. The agency's clock runs again."), ANSWER[language])
    expect(citizen.page.locator(".tag--needs-you")).to_have_count(0)
    citizen.look(f"request-{language}-answered")


@LANGUAGES
def test_a_clerk_who_needs_more_time_or_is_the_wrong_one_says_why(
    language: Language, window: Open, sample: City
) -> None:
    citizen, clerk = window(language), window(language)
    sign_in(citizen, "liu-yang")
    address = file_request(citizen, "access", words(language, sample.datasets[DATASET].name))
    citizen.eventually(citizen.page.locator("article[aria-labelledby^='part-']"))
    sign_in_staff(clerk, CLERK)
    opened(clerk, number_of(citizen))
    take_step(clerk, "extend", reason="")
    expect(clerk.page.locator("#id_extend-reason_error")).to_be_visible()
    clerk.look(f"clerk-{language}-extend-missing", status=422)
    take_step(clerk, "extend", reason=CAUSE[language])
    expect(clerk.page.locator("body")).to_contain_text(clerk.say("Extended. The person was told why."))
    citizen.go(address)
    citizen.reads(citizen.say("extended once"))
    take_step(clerk, "transfer", agency="civil-affairs", reason=CAUSE[language])
    expect(clerk.page.locator("body")).to_contain_text(
        clerk.say("Offered. It stays here until the other agency takes it.")
    )
    clerk.look(f"clerk-{language}-offered")
    other = window(language)
    sign_in_staff(other, "clerk-civil-affairs")
    other.go("/admin/rights/handover/")
    other.page.get_by_role("link", name=number_of(citizen)).click()
    other.look(f"clerk-{language}-offer")
    other.button("Take it").click()
    expect(other.page.locator("body")).to_contain_text(other.say("Taken. It is in your queue in a moment."))
    citizen.eventually(citizen.page.locator("article", has_text=words(language, sample.agencies["civil-affairs"].name)))
    citizen.look(f"request-{language}-transferred")


@LANGUAGES
def test_a_refusal_names_its_ground_and_the_look_at_the_person_is_told(
    language: Language, window: Open, sample: City
) -> None:
    citizen, clerk = window(language, PHONE), window(language)
    sign_in(citizen, "he-xue")
    address = file_request(citizen, "erasure", words(language, sample.datasets[DATASET].name))
    citizen.eventually(citizen.page.locator("article[aria-labelledby^='part-']"))
    sign_in_staff(clerk, CLERK)
    opened(clerk, number_of(citizen))
    name = sample.citizens["he-xue"].name.zh
    expect(clerk.page.locator("body")).not_to_contain_text(name)
    clerk.page.locator("#id_show-reason").fill(CAUSE[language])
    clerk.page.locator("form[action*='/show-person/'] button").click()
    expect(clerk.page.locator("#person")).to_contain_text(name)
    clerk.look(f"clerk-{language}-shown")
    take_step(clerk, "reply", outcome="refused", text="")
    expect(clerk.page.locator("#id_reply-ground_error")).to_be_visible()
    clerk.look(f"clerk-{language}-ground-missing", status=422)
    ground = clerk.page.locator("[name=reply-ground] option").nth(1)
    said = re.split(r" ?[(（]", ground.inner_text())[0]  # before the article that it names
    take_step(clerk, "reply", outcome="refused", ground=ground.get_attribute("value"), text=CAUSE[language])
    expect(clerk.page.locator("body")).to_contain_text(clerk.say("Answered."))
    citizen.go(address)
    citizen.reads(said, CAUSE[language])
    expect(citizen.page.locator("#steps ~ ul")).to_contain_text(
        words(language, sample.agencies["public-security"].name)
    )
    citizen.look(f"request-{language}-refused")
