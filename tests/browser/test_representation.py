"""Acting for others, seen from each side: guardian, proxy, a young person who comes of age, the counter."""

import re
import subprocess
import sys

import pytest
from playwright.sync_api import Locator, expect

from portal.demo.city import City
from portal.demo.embedded.services import CHECKOUT
from portal.demo.serving import Demo
from tests.browser.conftest import Open, System
from tests.browser.people import file_request, sign_in, sign_in_staff
from tests.browser.window import PHONE, Language, Window

pytestmark = pytest.mark.browser
CHILD, MOTHER = "zhang-xiaoming", "li-mei"
FOR_THE_CHILD = {"zh": "替孩子提出。", "en": "For the child."}
BIRTHDAY = """
UPDATE representation_representation SET valid_until = now()
WHERE kind = 'child' AND state = 'proven' AND subject_key IN (
    SELECT subject_key FROM representation_representation WHERE id = %s)
"""


def called(sample: City, person: str) -> str:
    return sample.citizens[person].name.zh


def acting(window: Window) -> Locator:
    """The banner that says for whom the reader acts."""
    return window.page.locator("section.acting")


def acts_for(window: Window, name: str) -> None:
    window.go("/representation/")
    line = window.page.locator("section[aria-labelledby=for-others] .statement", has_text=name)
    line.locator("form[action$='/act/'] button").click()
    expect(acting(window)).to_contain_text(name)


def stops(window: Window) -> None:
    acting(window).get_by_role("button").click()
    expect(acting(window)).to_have_count(0)


def was_done_for(window: Window) -> Locator:
    """What others did for the reader, on the page that says who acts for whom."""
    window.go("/representation/")
    return window.page.locator("section[aria-labelledby=done]")


def ticks(window: Window, text: str) -> None:
    window.page.locator("label", has_text=window.say(text)).first.click()


# ------------------------------------------------------------------ a guardian
@pytest.mark.parametrize(("language", "guardian"), [("zh", "wu-min"), ("en", "zhou-tao")])
def test_a_guardian_asks_a_clerk_checks_and_the_child_sees_who_did_what(
    language: Language, guardian: str, window: Open, sample: City
) -> None:
    hers, child = window(language, PHONE), sample.citizens[CHILD]
    sign_in(hers, guardian, "/representation/ask/")
    ticks(hers, "My child, or a child whose guardian I am")
    hers.page.locator("#id_name").fill(child.name.zh)
    hers.page.locator("#id_number").fill(child.number)
    hers.look(f"guardian-{language}-asks")
    hers.button("Ask").click()
    hers.reads(hers.say("the office that checks documents"))
    identifier = hers.page.url.rstrip("/").rsplit("/", 1)[1]
    hers.page.locator("#id_document").set_input_files(
        {"name": "decision.txt", "mimeType": "text/plain", "buffer": b"The court's decision."}
    )
    hers.button("Hand in").click()
    hers.reads(hers.say("The document is with the office that checks it."))
    hers.look(f"guardian-{language}-waits")
    is_checked(window(language), identifier, f"guardian-{language}")

    acts_for(hers, child.name.zh)
    hers.look(f"guardian-{language}-acts")
    hers.menu("Sharing")
    expect(hers.page.get_by_role("heading", level=1)).to_be_visible()
    expect(acting(hers)).to_contain_text(child.name.zh)
    request = file_request(hers, "access", words=FOR_THE_CHILD[language])
    expect(acting(hers)).to_contain_text(child.name.zh)
    stops(hers)
    hers.page.goto(request)
    assert hers.status == 404  # the child's, not the guardian's own

    little = window(language)
    sign_in(little, CHILD, "/representation/")
    for said in ("%(by)s opened your record.", "%(by)s filed a request for you."):
        expect(was_done_for(little)).to_contain_text(little.say(said) % {"by": called(sample, guardian)})
    little.look(f"guardian-{language}-child-sees")
    little.page.goto(request)
    little.reads(little.say("by a representative"))
    little.look(f"guardian-{language}-childs-request")


def is_checked(clerk: Window, identifier: str, name: str) -> None:
    sign_in_staff(clerk, "clerk-civil-affairs", "/admin/representation/representation/")
    clerk.look(f"{name}-queue")
    clerk.page.locator(f"a[href*='{identifier}']").first.click()
    expect(clerk.page.locator("body")).to_contain_text("decision.txt")
    clerk.look(f"{name}-check")
    clerk.page.locator("form[action$='/take/approve/'] button").click()
    expect(clerk.page.locator("body")).to_contain_text(clerk.say("Decided. Both were told."))


# ------------------------------------------------------------------ a proxy
@pytest.mark.parametrize(
    ("language", "grantor", "proxy"), [("zh", "zheng-hao", "wu-min"), ("en", "zhao-liu", "he-xue")]
)
def test_a_proxy_does_what_was_granted_nothing_else_and_nothing_more_once_it_is_ended(
    language: Language, grantor: str, proxy: str, window: Open, sample: City
) -> None:
    his, hers, to = window(language), window(language, PHONE), sample.citizens[proxy]
    sign_in(his, grantor, "/representation/grant/")
    his.page.locator("#id_name").fill(to.name.zh)
    his.page.locator("#id_number").fill(to.number)
    ticks(his, "file requests and follow them")
    his.look(f"proxy-{language}-grant")
    his.button("Let them act for me").click()
    his.reads(his.say("They were asked. Nothing begins before they accept."))
    granted = re.sub(r"^https?://[^/]+", "", his.page.url)

    sign_in(hers, proxy, granted)
    hers.look(f"proxy-{language}-asked")
    hers.button("Accept").click()
    hers.reads(hers.say("Accepted. It is in force."))
    acts_for(hers, called(sample, grantor))
    request = file_request(hers, "access", words="As agreed.")
    for closed in ("/sharing/", "/data/", "/consents/"):
        hers.go(closed)
        hers.reads(hers.say("What you may do for this person does not cover this page."))
    hers.look(f"proxy-{language}-refused", status=403)

    expect(was_done_for(his)).to_contain_text(his.say("%(by)s filed a request for you.") % {"by": to.name.zh})
    his.go(granted)
    his.page.locator("details summary", has_text=his.say("End this")).click()
    his.button("End it now").click()
    his.reads(his.say("Ended. Nothing more can be done by it."))
    his.look(f"proxy-{language}-ended")
    hers.page.goto(request)
    hers.page.wait_for_load_state()
    expect(hers.page.locator("body")).to_contain_text(
        hers.say("You do not act for this person any more. You are seeing your own record.")
    )
    expect(acting(hers)).to_have_count(0)
    hers.page.goto(request)
    assert hers.status == 404


# ------------------------------------------------------------------ coming of age
def test_on_the_birthday_the_guardian_is_out_and_the_young_person_decides_anew(
    window: Open, demo: Demo, system: System, sample: City
) -> None:
    mother, young, child = window("zh"), window("zh", PHONE), sample.citizens[CHILD]
    question = {"subject": child.number, "purpose": "loan-preapproval"}
    consent = str(system("housing-fund").call("POST", "/consents/requests", json=question).json()["id"])
    sign_in(mother, MOTHER, "/representation/")
    acts_for(mother, child.name.zh)
    mother.go(f"/consents/{consent}/")
    for box in mother.page.locator(".usa-checkbox__label").all():
        box.click()
    mother.page.locator("[name=how_long]").first.locator("xpath=following-sibling::label").click()
    mother.button("Allow what I ticked").click()
    mother.reads(mother.say("You allow this now. You can stop it at any time."))
    mother.look("age-mother-allowed")

    comes_of_age(demo, identifier_of(mother, child.name.zh))
    mother.go(f"/consents/{consent}/")
    expect(mother.page.locator("body")).to_contain_text(
        mother.say("You do not act for this person any more. You are seeing your own record.")
    )
    mother.go("/inbox/")
    mother.look("age-mother-told")

    sign_in(young, CHILD, "/representation/")
    line = young.page.locator("section[aria-labelledby=for-me] .statement", has_text=called(sample, MOTHER))
    expect(line).to_contain_text(young.say("the represented person"))
    young.look("age-young-asked")
    line.get_by_role("link").first.click()
    young.button("Accept").click()
    young.reads(young.say("Accepted. It is in force."))
    young.go("/consents/")
    young.eventually(young.page.locator("main a.usa-button[href*='/consents/']").first)
    young.look("age-young-consents")
    mother.go("/representation/")
    acts_for(mother, child.name.zh)
    mother.go(f"/consents/{consent}/extend/")  # she sees, the young person decides
    mother.reads(mother.say("What you may do for this person does not cover this page."))
    assert mother.status == 403


def identifier_of(window: Window, name: str) -> str:
    """The representation by which the reader acts."""
    window.go("/representation/")
    line = window.page.locator("section[aria-labelledby=for-others] .statement", has_text=name)
    return (line.get_by_role("link").first.get_attribute("href") or "").rstrip("/").rsplit("/", 1)[1]


def comes_of_age(demo: Demo, identifier: str) -> None:
    """As if the birthday were today; the task that beat starts is called at once."""
    with demo.services.superuser(demo.database) as rows:
        assert rows.execute(BIRTHDAY, [identifier]).rowcount
    command = [sys.executable, "-m", "celery", "-A", "portal", "call", "representation.expire"]
    environment = demo.environment("portal_worker")
    subprocess.run(command, cwd=CHECKOUT, env=environment, capture_output=True, check=True)  # our own


# ------------------------------------------------------------------ at the counter
def test_a_clerk_helps_somebody_who_reads_out_their_code_and_then_knows_nothing_of_them(
    window: Open, sample: City
) -> None:
    counter, phone, person = window("zh"), window("zh", PHONE), sample.citizens["wang-wu"]
    sign_in(phone, "wang-wu", "/inbox/")
    sign_in_staff(counter, "clerk-civil-affairs", "/representation/assist/")
    counter.page.locator("#id_number").fill(person.number)
    counter.look("counter-asks")
    counter.button("Send them a code").click()
    phone.page.reload()
    phone.page.locator("main a[href*='/inbox/']").first.click()
    code = re.search(r"\b\d{4} ?\d{4}\b", phone.page.locator("main").inner_text())
    assert code, "no code in the letter"
    phone.look("counter-code")
    counter.page.locator("#id_code").fill(code[0])
    counter.button("Act for them").click()
    expect(acting(counter)).to_contain_text(person.name.zh)
    counter.go("/data/")
    counter.look("counter-acts")
    stops(counter)
    counter.go("/data/")
    assert counter.status == 404
    expect(was_done_for(phone)).to_contain_text(phone.say("%(by)s opened your record.") % {"by": "clerk-civil-affairs"})
