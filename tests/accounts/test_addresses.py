"""No identity number stands in an address: whoever writes one there is turned away, and the log keeps none of it."""

import pytest
from django.test import Client

from portal.accounts import numbers
from tests import people
from tests.logs import Watch

BACKEND = "django.contrib.auth.backends.ModelBackend"
NUMBER = people.number(77)
pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    "address",
    [
        f"/catalogue/?words={NUMBER}",
        f"/catalogue/?words=x%20{NUMBER}%20y",
        f"/catalogue/?{NUMBER}",
        f"/catalogue/{NUMBER}/",
        f"/api/v1/rights/parts?after={NUMBER}",
        f"/api/v1/anything/{NUMBER}",
        f"/admin/login/?next=/admin/rights/part/?q={NUMBER}",
    ],
)
def test_an_address_with_a_number_is_refused(address: str, watched_logs: Watch) -> None:
    before = watched_logs.lines
    answer = Client(headers={"Accept-Language": "en"}).get(address)
    assert answer.status_code == 400
    if address.startswith("/api/"):
        assert answer.json()["code"] == "number-in-address"
        assert NUMBER not in answer.json()["detail"]
    else:
        assert "belong in an address" in answer.content.decode()
    assert watched_logs.lines > before  # what was logged is read by the fixture that watches every test


def test_a_clerk_who_searches_by_number_is_told_that_it_would_stand_in_the_address() -> None:
    browser = Client()
    browser.force_login(people.clerk(people.agency()), BACKEND)
    assert browser.get("/admin/rights/part/", {"q": NUMBER}).status_code == 400
    assert browser.get("/admin/rights/part/", {"q": "2026-000001"}).status_code == 200


@pytest.mark.parametrize("text", [NUMBER, f"x={NUMBER}&y", f"{NUMBER[:-1]}x" if NUMBER[-1] == "X" else f" {NUMBER} "])
def test_a_number_is_found_wherever_it_stands(text: str) -> None:
    assert numbers.stands_in(text)


@pytest.mark.parametrize("text", ["", "123456789012345678", f"a{NUMBER}", f"{NUMBER}0", str(10**17), "9" * 18])
def test_what_only_looks_like_a_number_is_let_through(text: str) -> None:
    assert not numbers.stands_in(text)
