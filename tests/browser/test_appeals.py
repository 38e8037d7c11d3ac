"""A refusal, the appeal, another person, the regulator, the reopened part and its answer; and a complaint."""

import pytest
from playwright.sync_api import Locator, expect

from portal.demo.city import City
from tests.browser.conftest import Open
from tests.browser.people import file_request, sign_in, sign_in_staff, take_step
from tests.browser.test_requests import number_of, opened, words
from tests.browser.window import PHONE, Language, Window

pytestmark = pytest.mark.browser
CLERK, COLLEAGUE = "clerk-civil-affairs", "clerk2-civil-affairs"
WHY = {"zh": "我认为法律没有要求保密。", "en": "I think that no law demands secrecy here."}
STANDS = {"zh": "维持原答复。", "en": "The answer stands."}
RIGHT = {"zh": "您说得对。", "en": "You are right."}
RULE = {"zh": "须有明文规定要求保密，才能用这个理由。", "en": "This ground needs a rule that demands secrecy."}

OTHERWISE = {"zh": "本案的情形不同。", "en": "This case is a different one."}


def refused(clerk: Window, number: str) -> None:
    """A clerk refuses the part on the first ground that there is."""
    opened(clerk, number)
    ground = clerk.page.locator("[name=reply-ground] option").nth(1).get_attribute("value")
    take_step(
        clerk,
        "reply",
        outcome="refused",
        ground=ground,
        text=STANDS[clerk.language],
        departure=OTHERWISE[clerk.language],
    )
    expect(clerk.page.locator("body")).to_contain_text(clerk.say("Answered."))


def button(desk: Window, text: str) -> Locator:
    """The one button with this text, on the site's own pages and on the admin's, which have no <main>."""
    return desk.page.get_by_role("button", name=desk.say(text), exact=True)


def decided(desk: Window, *, granted: bool, text: str) -> None:
    """Whoever reviews takes the appeal and decides it."""
    button(desk, "Begin the review").click()
    desk.page.locator("[name=granted]").select_option("yes" if granted else "no")
    desk.page.locator("[name=text]").fill(text)
    desk.page.locator("[name=published]").fill(RULE[desk.language])
    button(desk, "Decide").click()
    expect(desk.page.locator("[name=granted]")).to_have_count(0)
    expect(desk.page.locator("body")).to_contain_text(text)


def appealed(citizen: Window) -> None:
    """The person goes from the answer to the appeal and files it."""
    citizen.page.locator("#id_text").fill(WHY[citizen.language])
    citizen.button("File the appeal").click()
    citizen.reads(citizen.say("Your appeal is filed. Another person looks at it."))


@pytest.mark.parametrize(("language", "person"), [("zh", "chen-jing"), ("en", "wu-jun")])
def test_a_refusal_is_looked_at_by_another_person_then_by_the_regulator_and_answered_again(
    language: Language, person: str, window: Open, sample: City
) -> None:
    citizen, clerk, colleague, regulator = window(language, PHONE), window(language), window(language), window(language)
    person = person if person in sample.citizens else next(iter(sample.citizens))
    sign_in(citizen, person)
    code = next(code for code, row in sample.datasets.items() if row.agency == "civil-affairs")
    address = file_request(citizen, "access", words(language, sample.datasets[code].name))
    citizen.eventually(citizen.page.locator("article[aria-labelledby^='part-']"))
    number = number_of(citizen)
    sign_in_staff(clerk, CLERK)
    refused(clerk, number)

    citizen.go(address)
    citizen.reads(citizen.say("Where you can turn"))
    citizen.look(f"appeals-{language}-refused")
    citizen.link("Have this answer looked at again").click()
    citizen.look(f"appeals-{language}-new")
    appealed(citizen)
    appeal = citizen.page.url
    citizen.look(f"appeals-{language}-filed")

    clerk.go("/admin/rights/appeal/")
    clerk.page.get_by_role("link", name=number).click()
    expect(clerk.page.locator("body")).to_contain_text(
        clerk.say("You gave this answer. Another person must look at it again.")
    )
    sign_in_staff(colleague, COLLEAGUE)
    colleague.go("/admin/rights/appeal/")
    colleague.page.get_by_role("link", name=number).click()
    decided(colleague, granted=False, text=STANDS[language])
    colleague.look(f"appeals-{language}-dismissed-desk")

    citizen.go(appeal)
    citizen.reads(STANDS[language])
    citizen.link("Go on to the regulator").click()
    appealed(citizen)
    sign_in_staff(regulator, "regulator")
    regulator.go("/oversight/cases/")
    regulator.page.get_by_role("link", name=number).click()
    decided(regulator, granted=True, text=RIGHT[language])
    regulator.look(f"appeals-{language}-granted-desk")

    citizen.go(address)
    citizen.eventually(citizen.page.locator("body", has_text=citizen.say("being worked on")))
    opened(clerk, number)
    expect(clerk.page.locator("body")).to_contain_text(RULE[language])
    clerk.look(f"appeals-{language}-precedents")
    take_step(clerk, "reply", outcome="fulfilled", text=RIGHT[language])
    citizen.go(address)
    citizen.reads(RIGHT[language])
    citizen.look(f"appeals-{language}-answered")
    citizen.go("/appeals/outcomes/")
    citizen.reads(RULE[language])
    citizen.look(f"appeals-{language}-outcomes")


@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_complaint_is_taken_and_its_result_told(language: Language, window: Open, sample: City) -> None:
    citizen, regulator = window(language, PHONE), window(language)
    sign_in(citizen, list(sample.citizens)[-1])
    citizen.go("/appeals/")
    citizen.link("Complain to the regulator").click()
    citizen.look(f"complaint-{language}-new")
    citizen.page.locator("#id_text").fill(WHY[language])
    citizen.button("Send the complaint").click()
    page = citizen.page.url
    number = citizen.page.title().split("·")[1].strip()
    sign_in_staff(regulator, "regulator")
    regulator.go("/oversight/cases/")
    regulator.page.get_by_role("link", name=number).click()
    regulator.button("Take it").click()
    regulator.look(f"complaint-{language}-desk")
    regulator.page.locator("[name=upheld]").select_option("yes")
    regulator.page.locator("[name=text]").fill(RIGHT[language])
    regulator.button("Decide").click()
    citizen.go(page)
    citizen.reads(RIGHT[language])
    citizen.look(f"complaint-{language}-decided")
    citizen.go("/appeals/help/?minor=yes")
    citizen.look(f"helpers-{language}")
