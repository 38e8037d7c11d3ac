"""The main job in a real browser: see, allow, stop, ask for a copy, take it along. Once in each language."""

import json
import zipfile
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Locator, expect

from portal.demo.city import City
from portal.demo.city.records import Text
from tests.browser.conftest import Open, System
from tests.browser.people import answer_questions, confirm, sign_in, sign_in_staff, take_step
from tests.browser.window import Language, Window

pytestmark = pytest.mark.browser

PURPOSE = "loan-preapproval"  # asked by the housing fund; the tax bureau holds what it needs
BY_SYSTEM, BY_CLERK = "income-tax", "marriage-register"  # the two datasets of the request
CLERK = "clerk-civil-affairs"
ANSWER = {"zh": "附件是您的婚姻登记信息。", "en": "Attached is your marriage registration."}
TWO_PLACES = {"zh": "已分送 2 处", "en": "Sent to 2 places"}
ALL_ANSWERED = {"zh": "已答复 2 件，共 2 件", "en": "2 of 2 answered"}


@dataclass
class Walk:
    """Who walks, where, and what they find on the way."""

    system: System
    sample: City
    citizen: Window
    clerk: Window
    person: str
    folder: Path
    consent: str = ""
    request: str = ""

    @property
    def language(self) -> Language:
        return self.citizen.language

    def words(self, text: Text) -> str:
        return text.zh if self.language == "zh" else text.en

    def look(self, name: str, window: Window | None = None) -> None:
        (window or self.citizen).look(f"story-{self.language}-{name}")

    def saved(self, link: Locator) -> Path:
        """The file behind a link."""
        with self.citizen.page.expect_download() as started:
            link.click()
        path = self.folder / started.value.suggested_filename
        started.value.save_as(path)
        return path

    def holds(self, document: str, name: str = "") -> bool:
        """Whether the public page says that a document is the portal's own and unchanged."""
        self.citizen.go("/verify/")
        self.citizen.page.locator("#id_text").fill(document)
        self.citizen.button("Check").click()
        answer = self.citizen.page.locator("main .usa-alert")
        expect(answer).to_be_visible()
        if name:
            self.look(name)
        return self.citizen.say("This is ours, and nobody changed it.") in answer.inner_text()

    def decision(self) -> tuple[str, str]:
        """What the portal answers when the tax bureau asks whether it may give the income to the housing fund."""
        planned = self.sample.purposes[PURPOSE]
        question = {
            "subject": self.sample.citizens[self.person].number,
            "purpose": PURPOSE,
            "dataset": self.sample.datasets[BY_SYSTEM].unified,
            "items": [wish.item for wish in planned.items if wish.needed and wish.dataset == BY_SYSTEM],
            "recipient": planned.recipient,
        }
        answer: dict[str, Any] = self.system("tax").call("POST", "/consents/decisions", json=question).json()
        return answer["decision"], answer["reason"]


@pytest.mark.parametrize(("language", "person"), [("zh", "zhang-san"), ("en", "li-mei")])
def test_a_citizen_sees_decides_stops_asks_and_takes_their_data_along(
    language: Language, person: str, system: System, sample: City, window: Open, tmp_path: Path
) -> None:
    walk = Walk(system, sample, window(language), window(language), person, tmp_path)
    sees_who_holds_and_who_shared(walk)
    proves_that_an_event_is_unchanged(walk)
    allows_what_they_ticked(walk)
    keeps_a_receipt(walk)
    is_obeyed_and_stops_it(walk)
    asks_for_a_copy_of_two_datasets(walk)
    the_tax_bureaus_system_answers(walk)
    the_clerk_of_civil_affairs_answers(walk)
    takes_the_package_along(walk)


def sees_who_holds_and_who_shared(walk: Walk) -> None:
    citizen = walk.citizen
    sign_in(citizen, walk.person, surely=False)
    expect(citizen.page.locator(".site-tools")).to_contain_text(walk.sample.citizens[walk.person].name.zh)
    citizen.reads(citizen.say("Who shared your data this month"))
    walk.look("home")
    citizen.menu("My data")
    citizen.reads(*(walk.words(walk.sample.datasets[dataset].name) for dataset in (BY_SYSTEM, BY_CLERK)))
    walk.look("data")
    citizen.menu("Sharing")
    expect(citizen.page.get_by_role("heading", level=1)).to_have_text(citizen.say("Who shared your data, and why"))
    walk.look("sharing")


def proves_that_an_event_is_unchanged(walk: Walk) -> None:
    citizen = walk.citizen
    citizen.page.locator(".timeline a").first.click()
    citizen.reads(citizen.say("Legal basis"), citizen.say("Why, in the agency's words"))
    unsealed = citizen.page.get_by_text(citizen.say("This record was only just written. It is sealed within a minute."))
    if unsealed.count():
        citizen.eventually(
            citizen.page.get_by_text({"zh": "已封存，序号", "en": "is sealed at position"}[walk.language]).first
        )
    walk.look("event")
    proof = json.loads(walk.saved(citizen.link("Download the proof")).read_text())
    assert proof["head"], "the event is not sealed"
    assert walk.holds(json.dumps(proof), "proof-holds")
    assert not walk.holds(json.dumps({**proof, "event": {**proof["event"], "leaf": "00" * 32}}), "proof-forged")


def allows_what_they_ticked(walk: Walk) -> None:
    citizen, number = walk.citizen, walk.sample.citizens[walk.person].number
    fund, question = walk.system("housing-fund"), {"subject": number, "purpose": PURPOSE}
    walk.consent = fund.call("POST", "/consents/requests", json=question).json()["id"]
    assert walk.decision()[0] == "deny", "permitted before anybody was asked"
    citizen.menu("Consents")
    citizen.page.locator(f"a.usa-button[href*='{walk.consent}']").click()
    citizen.reads(walk.words(walk.sample.purposes[PURPOSE].refusal))
    walk.look("plainly-signed-in")
    citizen.page.locator("main a[href*='level=substantial']").click()
    walk.look("confirm")
    confirm(citizen)
    expect(citizen.page.locator("main input:checked")).to_have_count(0)
    walk.look("asked")
    for needed in citizen.page.locator(".usa-checkbox", has_text=citizen.say("needed")).all():
        needed.locator("label").click()
    citizen.page.locator("label[for=how-long-91]").click()
    citizen.button("Allow what I ticked").click()
    citizen.reads(citizen.say("You allow this now. You can stop it at any time."))
    walk.look("given")
    assert walk.decision()[0] == "permit"


def keeps_a_receipt(walk: Walk) -> None:
    receipt = walk.saved(walk.citizen.link("Download your receipt")).read_text()
    assert walk.holds(receipt, "receipt-holds")
    assert not walk.holds(receipt.replace(".", ".x", 1))


def is_obeyed_and_stops_it(walk: Walk) -> None:
    citizen = walk.citizen
    citizen.go(f"/consents/{walk.consent}/")
    citizen.eventually(citizen.link("what was shared"))
    walk.look("used")
    citizen.link("Stop now").click()
    citizen.reads(citizen.say("What stops"), citizen.say("What does not stop"))
    walk.look("stops")
    citizen.button("Yes, stop it now").click()
    citizen.reads(citizen.say("This has been stopped. What was done before stays done."))
    expect(citizen.link("Stop now")).to_have_count(0)
    walk.look("stopped")
    assert walk.decision()[0] == "deny", "permitted after it was stopped"


def asks_for_a_copy_of_two_datasets(walk: Walk) -> None:
    citizen = walk.citizen
    citizen.menu("Requests")
    walk.look("requests")
    citizen.link("File a request").click()
    walk.look("rights")
    citizen.page.locator("main a[href*='kind=access']").first.click()
    citizen.page.get_by_label(citizen.say("Only what I tick below")).check()
    for dataset in (BY_SYSTEM, BY_CLERK):
        citizen.page.get_by_label(walk.words(walk.sample.datasets[dataset].name)).first.check()
    walk.look("filing")
    citizen.button("Go on").click()
    citizen.reads(*(walk.words(walk.sample.datasets[dataset].name) for dataset in (BY_SYSTEM, BY_CLERK)))
    answer_questions(citizen)
    walk.look("check")
    citizen.button("Send").click()
    citizen.reads(citizen.say("Your request is filed. Its clock runs from now on."))
    walk.request = citizen.page.url
    citizen.eventually(citizen.page.get_by_text(TWO_PLACES[walk.language]))
    expect(citizen.page.locator("article[aria-labelledby^='part-']")).to_have_count(2)
    walk.look("routed")


def the_tax_bureaus_system_answers(walk: Walk) -> None:
    walk.citizen.eventually(walk.citizen.page.locator("a[href*='/requests/files/']").first)
    table = walk.saved(walk.citizen.page.locator("a[href*='/requests/files/']").first)
    assert walk.sample.citizens[walk.person].number in table.read_text()


def the_clerk_of_civil_affairs_answers(walk: Walk) -> None:
    clerk, number = walk.clerk, walk.citizen.page.title().split("·")[1].strip()
    sign_in_staff(clerk, CLERK, "/admin/rights/part/")
    walk.look("queue", clerk)
    clerk.page.get_by_role("link", name=number).click()
    take_step(clerk, "acknowledge")
    expect(clerk.page.locator("body")).to_contain_text(clerk.say("The person was told that you work on it."))
    assert walk.sample.citizens[walk.person].name.zh not in clerk.page.content(), "the name is shown without a reason"
    answer = {"name": "marriage.txt", "mimeType": "text/plain", "buffer": ANSWER[walk.language].encode()}
    clerk.page.locator("[name=reply-attachments]").set_input_files(answer)  # type: ignore[arg-type]  # a FilePayload
    walk.look("clerks-part", clerk)
    take_step(clerk, "reply", outcome="fulfilled", text=ANSWER[walk.language])
    expect(clerk.page.locator("body")).to_contain_text(clerk.say("Answered."))
    walk.look("answered-by-clerk", clerk)


def takes_the_package_along(walk: Walk) -> None:
    citizen = walk.citizen
    citizen.go(walk.request)
    citizen.eventually(citizen.button("Download your package"))
    citizen.reads(ANSWER[walk.language], ALL_ANSWERED[walk.language])
    walk.look("package")
    with zipfile.ZipFile(walk.saved(citizen.button("Download your package"))) as package:
        manifest = package.read("manifest.json").decode()
        for file in json.loads(manifest)["files"]:
            assert sha256(package.read(file["name"])).hexdigest() == file["sha256"], file["name"]
        names = package.namelist()
    assert {"tax", "civil-affairs"} <= {name.split("/")[0] for name in names}, names
    assert walk.holds(manifest, "manifest-holds")
