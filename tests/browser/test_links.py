"""Consent in the middle of a service, from both sides: the housing fund sends somebody here and gets them back."""

import json
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from joserfc import jws
from joserfc.jwk import KeySet

from portal.demo.city import City
from portal.demo.client import Refused
from portal.demo.seeding.consents import RETURN_URL
from tests.browser.conftest import Open, System
from tests.browser.people import sign_in
from tests.browser.window import DESKTOP, PHONE, Language, Window

pytestmark = pytest.mark.browser
PURPOSE = "loan-preapproval"


def link_for(system: System, sample: City, person: str) -> str:
    """The housing fund asks for a link; its path."""
    wanted = {
        "subject": sample.citizens[person].number,
        "purposes": [PURPOSE],
        "return_url": RETURN_URL,
        "state": f"loan of {person}",
    }
    made = system("housing-fund").call("POST", "/consents/links", json=wanted).json()
    assert (made["asks"], made["left_out"]) == ([PURPOSE], [])
    return str(urlsplit(made["link"]).path)


def the_service(window: Window) -> None:
    """What the housing fund's own site answers, which is not there."""
    page = "<!doctype html><html lang=en><title>Loan</title><main><h1>Your loan</h1></main>"
    window.page.route(f"{RETURN_URL}**", lambda route: route.fulfill(content_type="text/html", body=page))


def told(window: Window, site: str) -> dict[str, Any]:
    """What the service learns, its signature checked by the published keys and another library's hands."""
    window.page.wait_for_url(f"{RETURN_URL}**")
    query = parse_qs(urlsplit(window.page.url).query)
    keys = KeySet.import_key_set(httpx.get(f"{site}/.well-known/jwks.json", trust_env=False).json())
    signed = jws.deserialize_compact(query["result"][0], keys, algorithms=["EdDSA"])
    return {"query": query, **json.loads(signed.payload)}


@pytest.mark.parametrize(("language", "person", "scripts"), [("zh", "zhao-liu", False), ("en", "liu-yang", True)])
def test_somebody_is_sent_here_decides_and_goes_back(
    language: Language, person: str, scripts: bool, window: Open, system: System, sample: City, demo: Any
) -> None:
    path = link_for(system, sample, person)
    citizen = window(language, PHONE if language == "zh" else DESKTOP, scripts=scripts)
    the_service(citizen)
    sign_in(citizen, person, path)
    citizen.reads(citizen.say("not decided yet"))
    citizen.look(f"link-{language}")
    citizen.link("Read and decide").click()
    for box in citizen.page.locator(".usa-checkbox__label").all():
        box.click()
    citizen.page.locator("input[name=how_long] + label").first.click()
    citizen.page.locator("form[action$='/give/'] button").first.click()
    citizen.reads(citizen.say("You have decided everything"))
    citizen.look(f"link-{language}-decided")
    citizen.page.locator("form[action$='/back/'] button").click()
    answer = told(citizen, demo.site)
    (one,) = answer["results"]
    assert (answer["state"], answer["query"]["state"]) == (f"loan of {person}", [f"loan of {person}"])
    assert (one["purpose"], one["outcome"]) == (PURPOSE, "given")
    citizen.faults.clear()  # what the other site's page lacks
    citizen.go(path)
    citizen.look(f"link-{language}-used", status=410)
    with pytest.raises(Refused) as refused:
        link_for(system, sample, person)
    assert refused.value.problem["code"] == "all-valid"


def test_a_link_opens_to_nobody_else_and_leaving_decides_nothing(
    window: Open, system: System, sample: City, demo: Any
) -> None:
    path = link_for(system, sample, "wang-wu")
    other = window("en")
    sign_in(other, "zhao-liu", path)
    other.look("link-of-another", status=403)
    citizen = window("en")
    the_service(citizen)
    sign_in(citizen, "wang-wu", path)
    citizen.button("Go back without deciding the rest").click()
    (one,) = told(citizen, demo.site)["results"]
    assert one["outcome"] == "undecided"
