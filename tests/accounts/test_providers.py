"""The setting that names the identity providers: whatever is wrong in it stops the start and is named."""

import json
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured

from portal.accounts import providers
from portal.accounts.levels import Level

CITY: dict[str, Any] = {
    "id": "city",
    "name": {"zh": "统一身份认证", "en": "Unified identity"},
    "issuer": "https://id.example.gov.cn",
    "client_id": "my-data-rights",
    "levels": {"password": "base", "face": "substantial", "in person": "high"},
}
AGENCY = {**CITY, "id": "tax", "issuer": "https://id.tax.example", "audience": "staff", "agency": "tax"}


def test_several_providers_are_read_with_what_is_usual_left_out() -> None:
    city, tax = providers.parsed(json.dumps([CITY, AGENCY]))
    assert (city.audience, city.number_claim) == ("citizens", "national_id")
    assert city.scopes == ("openid", "profile", "email")
    assert (tax.audience, tax.agency, tax.client_secret) == ("staff", "tax", "")
    assert city.title == "Unified identity"
    assert city.form_targets == ("https://id.example.gov.cn",)
    assert providers.parsed("[]") == ()


def test_a_level_is_asked_for_by_every_name_that_reaches_it() -> None:
    (city,) = providers.parsed(json.dumps([CITY]))
    assert [city.acr_values(level) for level in Level] == [
        ["password", "face", "in person"],
        ["face", "in person"],
        ["in person"],
    ]
    assert [city.level_of(acr) for acr in ("face", "in person", "", "else")] == ["substantial", "high", None, None]


def test_without_a_name_for_base_every_sign_in_is_at_least_that() -> None:
    (city,) = providers.parsed(json.dumps([{**CITY, "levels": {"face": "substantial"}}]))
    assert [city.level_of(acr) for acr in ("face", "", "else")] == ["substantial", "base", "base"]


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("", "not JSON"),
        ("{}", "a list"),
        ("[5]", r"\[0\] is an object"),
        (json.dumps([{**CITY, "isuer": "https://id.example"}]), "unknown fields: isuer"),
        (json.dumps([{"id": "city"}]), "lacks name, issuer, client_id"),
        (json.dumps([{**CITY, "client_id": ""}]), "lacks client_id"),
        (json.dumps([{**CITY, "id": "a city"}]), "id is not"),
        (json.dumps([{**CITY, "name": "city"}]), "name is not"),
        (json.dumps([{**CITY, "name": {"zh": "市"}}]), "name is not"),
        (json.dumps([{**CITY, "issuer": "http://id.example"}]), "issuer is not"),
        (json.dumps([{**CITY, "issuer": ["https://id.example"]}]), "issuer is not"),
        (json.dumps([{**CITY, "audience": "everybody"}]), "audience is not"),
        (json.dumps([{**CITY, "scopes": "openid"}]), "scopes is not"),
        (json.dumps([{**CITY, "scopes": ["profile"]}]), "scopes is not"),
        (json.dumps([{**CITY, "levels": {"face": "sure"}}]), "levels is not"),
        (json.dumps([{**CITY, "origins": ["id.example"]}]), "origins is not"),
        (json.dumps([{**CITY, "number_claim": 5}]), "number_claim is not"),
        (json.dumps([{**CITY, "agency": "tax"}]), "for its staff"),
        (json.dumps([CITY, {**AGENCY, "id": "city"}]), "the same id"),
        (json.dumps([CITY, {**AGENCY, "issuer": CITY["issuer"]}]), "the same issuer"),
    ],
)
def test_what_is_wrong_stops_the_start_and_is_named(text: str, named: str) -> None:
    with pytest.raises(ImproperlyConfigured, match=named):
        providers.parsed(text)
