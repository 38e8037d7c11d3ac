"""Who shared what: every filter and every download, a challenge seen from both sides, and what one wants to hear of."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from playwright.sync_api import expect

from portal.demo.city import City
from tests.browser.conftest import Open, System
from tests.browser.people import sign_in, sign_in_staff, take_step
from tests.browser.window import DESKTOP, PHONE, Language, Window

pytestmark = pytest.mark.browser
PERSON = "zhang-san"
CHOICES = ("year", "agency", "recipient", "dataset", "purpose", "basis", "depth")


def narrow(citizen: Window) -> None:
    """Open the filters, where they are not open."""
    if not citizen.page.locator("#id_search").is_visible():
        citizen.page.locator("details.filter summary").click()


def shown(citizen: Window) -> int:
    return citizen.page.locator(".timeline > li").count()


@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_filter_narrows_the_timeline(language: Language, window: Open) -> None:
    citizen = window(language)
    sign_in(citizen, PERSON, "/sharing/")
    everything = shown(citizen)
    for name in CHOICES:
        citizen.go("/sharing/?show=list")
        narrow(citizen)
        field = citizen.page.locator(f"#id_{name}")
        value = field.locator("option").nth(1).get_attribute("value") or ""
        field.select_option(value)
        citizen.button("Show").click()
        assert f"{name}=" in citizen.page.url
        expect(citizen.page.locator(f"#id_{name}")).to_have_value(value)
        assert 0 <= shown(citizen) <= everything
        citizen.look(f"sharing-{language}-by-{name}")
    narrow(citizen)
    day = datetime.now(UTC).date()
    citizen.go(f"/sharing/?since={day - timedelta(days=90)}&until={day}")
    assert 0 < shown(citizen) <= everything
    citizen.go("/sharing/?flagged=on")
    citizen.look(f"sharing-{language}-flagged")
    citizen.go("/sharing/?search=nothing-like-it")
    citizen.reads(citizen.say("Nothing to show"))
    citizen.look(f"sharing-{language}-nothing")
    citizen.go("/sharing/?since=2026-02-02&until=2026-02-01")
    citizen.reads(citizen.say("This day comes before the first one."))
    citizen.look(f"sharing-{language}-wrong")


def test_repeats_open_to_the_list_of_each(window: Open) -> None:
    citizen = window("en", PHONE)
    sign_in(citizen, PERSON, "/sharing/?show=list")
    repeats = citizen.page.locator(".timeline details").first
    if repeats.count():
        repeats.locator("summary").click()
        expect(repeats.locator("ul li").first).to_be_visible()
    citizen.look("sharing-en-repeats")


def test_every_download_is_a_file_of_its_kind(window: Open, tmp_path: Path) -> None:
    citizen = window("zh")
    sign_in(citizen, PERSON, "/sharing/")
    begins = {"CSV": b"\xef\xbb\xbf", "JSON": b"{", "PDF": b"%PDF-"}
    for kind, first in begins.items():
        with citizen.page.expect_download() as waiting:
            citizen.link(f"Download ({kind})").click()
        file = tmp_path / waiting.value.suggested_filename
        waiting.value.save_as(file)
        assert file.suffix == f".{kind.lower()}"
        assert file.read_bytes().startswith(first)
        if kind == "JSON":
            assert json.loads(file.read_text())["events"]


def reported(system: System, sample: City) -> str:
    """A sharing of the person's data that happened just now; the purpose it was reported with."""
    flow = next(flow for flow in sample.flows.values() if PERSON in flow.people and flow.recipient in sample.agencies)
    dataset, purpose = sample.datasets[flow.dataset], f"checking case {uuid4().hex[:8]}"
    row = {
        "subject": sample.citizens[PERSON].number,
        "reference": uuid4().hex,
        "occurred_at": (datetime.now(UTC) - timedelta(minutes=5)).isoformat(),
        "dataset": dataset.unified,
        "recipient": flow.recipient,
        "purpose_zh": "核对案件",
        "purpose_en": purpose,
        "legal_basis": "statutory_duty",
    }
    assert system(dataset.agency).call("POST", "/sharing-events", json=[row]).json()["accepted"] == 1
    return purpose


def test_a_challenge_is_seen_and_answered_from_both_sides(window: Open, system: System, sample: City) -> None:
    purpose = reported(system, sample)
    citizen = window("en", DESKTOP)
    sign_in(citizen, PERSON, "/sharing/")
    row = citizen.page.locator(".timeline > li", has_text=purpose)
    expect(row).to_have_count(1)
    row.get_by_role("link", name="Ask why").click()
    citizen.look("challenge-en-form")
    citizen.page.get_by_label("To say that this was not right").check()
    citizen.button("Send").click()
    citizen.reads("Say in a sentence what is not right.")
    citizen.look("challenge-en-no-words", status=422)
    citizen.page.locator("#id_text").fill("I have no case of this number.")
    citizen.button("Send").click()
    citizen.reads("Asked. You see the answer here once it is given.", "must answer by")
    citizen.look("challenge-en-asked")
    event = citizen.page.url.rstrip("/").rsplit("/", 1)[-1]

    flow = next(flow for flow in sample.flows.values() if PERSON in flow.people and flow.recipient in sample.agencies)
    provider = sample.datasets[flow.dataset].agency
    clerk = window("en")
    sign_in_staff(clerk, f"clerk-{provider}", "/admin/ledger/challenge/")
    clerk.look("challenge-clerk-queue", bilingual=True)
    clerk.page.locator("#result_list tbody a").first.click()
    expect(clerk.page.locator("body")).to_contain_text("I have no case of this number.")
    take_step(clerk, "answer", text="It is the case of your house, filed in May.")
    expect(clerk.page.locator("body")).to_contain_text("Answered. The citizen was told.")
    clerk.look("challenge-clerk-answered", bilingual=True)

    answer = {"kind": "answer", "text": "We asked for it to decide that case."}
    assert system(flow.recipient).call("POST", f"/sharing-events/{event}/notes", json=answer).status_code == 201

    citizen.go("/sharing/")
    row = citizen.page.locator(".timeline > li", has_text=purpose)
    for told in ("It is the case of your house, filed in May.", "We asked for it to decide that case."):
        expect(row).to_contain_text(told)
    citizen.look("challenge-en-answered")
    citizen.menu("Sharing")
    citizen.go("/inbox/")
    citizen.reads("An agency says why it shared your data")


@pytest.mark.parametrize("language", ["zh", "en"])
def test_people_choose_what_they_hear_of(language: Language, window: Open) -> None:
    citizen = window(language, PHONE)
    sign_in(citizen, PERSON, "/settings/sharing/")
    citizen.look(f"alerts-{language}")
    citizen.page.locator("#id_purpose").fill("")
    citizen.button("Save").click()
    citizen.reads(citizen.say("Saved."))


@pytest.mark.parametrize("language", ["zh", "en"])
def test_what_is_withheld_is_public_by_ground(language: Language, window: Open) -> None:
    visitor = window(language)
    visitor.go("/transparency/withheld/")
    visitor.reads(visitor.say("Events withheld now, by ground"))
    visitor.look(f"withheld-{language}")
