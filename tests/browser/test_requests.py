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
    other.page.get_by_role("button", name=other.say("Take it"), exact=True).click()
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


# ------------------------------------------------------------------ all nine rights, from the filing to the end
KINDS = (
    "access",
    "correction",
    "erasure",
    "portability",
    "restriction",
    "objection",
    "explanation_of_decision",
    "explanation_of_rules",
    "withdrawal_follow_up",
)
MOVABLE = "water-accounts"  # held by a contract; nobody of the water group works in the sample
BY_SYSTEM = ("access", "explanation_of_rules")  # asked of the tax bureau, whose system answers by the API
INCOME = "income-tax"
ENDED = {"zh": "已按您的要求办理。", "en": "Done as you asked."}


@pytest.mark.parametrize(("language", "person"), [("zh", "chen-jing"), ("en", "zhao-liu")])
def test_each_right_is_filed_question_by_question_and_answered(
    language: Language, person: str, window: Open, sample: City
) -> None:
    citizen, clerk = window(language, PHONE), window(language)
    sign_in(citizen, person)
    sign_in_staff(clerk, CLERK)
    for kind in KINDS if language == "zh" else ("correction", "access"):
        dataset = MOVABLE if kind == "portability" else INCOME if kind in BY_SYSTEM else DATASET
        address = asks(citizen, kind, words(language, sample.datasets[dataset].name))
        citizen.eventually(citizen.page.locator("article[aria-labelledby^='part-']"))
        if kind == "portability":
            citizen.page.locator("form[action$='/withdraw/'] button").evaluate("button => button.click()")
            citizen.reads(citizen.say("You took this request back. What was answered stays here."))
        elif kind in BY_SYSTEM:
            citizen.eventually(citizen.page.locator("article .tag--done").first)
        else:
            number = number_of(citizen)
            opened(clerk, number)
            if kind == "correction":
                expect(clerk.page.locator("body")).to_contain_text(ANSWER[language])  # what it should read
            if kind == "erasure":
                erased(clerk, window(language), number)
            take_step(clerk, "reply", outcome="fulfilled", text=ENDED[language])
            citizen.go(address)
            citizen.eventually(citizen.page.get_by_text(ENDED[language]).first)
        citizen.look(f"right-{language}-{kind}-end")


def erased(clerk: Window, second: Window, number: str) -> None:
    """One clerk states what was erased, a colleague confirms it."""
    take_step(clerk, "erase", erased=ENDED[clerk.language], method=CAUSE[clerk.language])
    expect(clerk.page.locator("body")).to_contain_text(clerk.say("A second person can confirm it now."))
    sign_in_staff(second, "clerk2-public-security")
    opened(second, number)
    take_step(second, "confirm")
    expect(second.page.locator("body")).to_contain_text(second.say("Confirmed. The part can be answered."))
    opened(clerk, number)


def asks(citizen: Window, kind: str, dataset: str) -> str:
    """File a request of this right about one dataset, each question looked at; the address of its page."""
    language = citizen.language
    citizen.go(f"/requests/new/?kind={kind}")
    if citizen.page.locator("[name=about]").count():  # a consent of theirs has ended
        citizen.page.locator("[name=about][value=none]").check()
        citizen.button("Go on").click()
    if citizen.page.locator("[name=scope]").count():
        citizen.page.get_by_label(citizen.say("Only what I tick below")).check()
    citizen.page.locator("label", has_text=dataset).first.click()
    citizen.look(f"right-{language}-{kind}-data")
    citizen.button("Go on").click()
    while "/ask/" in citizen.page.url:
        question = citizen.page.url.rstrip("/").split("/")[-1]
        if question == "changes":
            citizen.page.locator("#id_item").select_option(index=1)
            citizen.page.locator("#id_held").fill(QUESTION[language])
            citizen.page.locator("#id_wanted").fill(ANSWER[language])
            citizen.button("Add this and another").click()
            citizen.reads(ANSWER[language])
        if question == "evidence":
            proof = {"name": "proof.txt", "mimeType": "text/plain", "buffer": CAUSE[language].encode()}
            citizen.page.locator("[name=attachments]").set_input_files(proof)  # type: ignore[arg-type]  # a FilePayload
            citizen.button("Add these files").click()
            citizen.reads("proof.txt")
        citizen.look(f"right-{language}-{kind}-{question}")
        before = citizen.page.url
        citizen.button("Go on").click()
        expect(citizen.page).not_to_have_url(before)
    citizen.look(f"right-{language}-{kind}-check")
    citizen.page.locator("button[value=send]").click()
    citizen.reads(citizen.say("Your request is filed. Its clock runs from now on."))
    return citizen.page.url


@pytest.mark.parametrize(("language", "scripts"), [("zh", True), ("en", False)])
def test_a_draft_is_put_aside_and_gone_on_with_after_a_sign_out(
    language: Language, scripts: bool, window: Open, sample: City
) -> None:
    citizen = window(language, PHONE, scripts=scripts)
    sign_in(citizen, "zheng-hao", "/requests/new/?kind=access")
    citizen.page.get_by_label(citizen.say("Only what I tick below")).check()
    citizen.page.locator("label", has_text=words(language, sample.datasets[DATASET].name)).first.click()
    citizen.button("Save and go on later").click()
    citizen.reads(citizen.say("Begun and not sent yet"))
    citizen.look(f"draft-{language}-list")
    citizen.page.locator(".site-tools form[action='/sign-out/'] button").click()
    sign_in(citizen, "zheng-hao", "/requests/")
    citizen.page.locator("section[aria-labelledby=drafts] a").first.click()
    citizen.reads(words(language, sample.datasets[DATASET].name))
    citizen.page.locator("button[value=send]").click()
    citizen.reads(citizen.say("Your request is filed. Its clock runs from now on."))
    citizen.link("Confirmation to print").click()
    citizen.look(f"draft-{language}-confirmation")
