"""The identity providers, read from one setting; whatever is missing, unknown or of the wrong kind stops the start.

PORTAL_IDENTITY_PROVIDERS='[{"id": "city", "name": {"zh": "统一身份认证", "en": "Unified identity"},
    "issuer": "https://id.example.gov.cn", "client_id": "my-data-rights", "client_secret": "…",
    "levels": {"urn:example:password": "base", "urn:example:face": "substantial"}}]'
"""

import json
import re
from collections.abc import Mapping
from dataclasses import MISSING, dataclass, field, fields
from enum import StrEnum
from typing import Any, Final
from urllib.parse import urlsplit

from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import get_language

SETTING: Final = "PORTAL_IDENTITY_PROVIDERS"
LEVELS: Final = ("base", "substantial", "high")  # portal.accounts.levels, which needs settings to be read


class Audience(StrEnum):
    """Whom a provider vouches for. One that vouches for an agency's staff never opens a citizen's record."""

    CITIZENS = "citizens"
    STAFF = "staff"


@dataclass(frozen=True, kw_only=True)
class Provider:
    """One OpenID Connect provider."""

    id: str  # stands in our redirect addresses
    name: Mapping[str, str]  # {"zh": …, "en": …}
    issuer: str  # exactly as the provider writes it in its tokens
    client_id: str
    client_secret: str = ""
    audience: str = Audience.CITIZENS
    agency: str = ""  # whose staff; empty for the authority, the regulator and the operator
    scopes: tuple[str, ...] = ("openid", "profile", "email")
    number_claim: str = "national_id"  # citizens: the claim that carries the national number
    user_claim: str = "preferred_username"  # staff: the claim that carries the user name here
    levels: Mapping[str, str] = field(default_factory=dict)  # the provider's acr values -> our levels
    origins: tuple[str, ...] = ()  # where its pages are, if not all at the issuer's

    @property
    def title(self) -> str:
        """Its name in the reader's language."""
        return self.name["en" if (get_language() or "").startswith("en") else "zh"]

    @property
    def form_targets(self) -> tuple[str, ...]:
        """Where our sign-in forms may lead (Content-Security-Policy)."""
        parts = urlsplit(self.issuer)
        return tuple(dict.fromkeys([f"{parts.scheme}://{parts.netloc}", *self.origins]))

    def acr_values(self, level: str) -> list[str]:
        """What to ask the provider for, weakest first, so that somebody reaches at least `level`."""
        rising = sorted(self.levels, key=lambda acr: LEVELS.index(self.levels[acr]))
        return [acr for acr in rising if LEVELS.index(self.levels[acr]) >= LEVELS.index(level)]

    def level_of(self, acr: str) -> str | None:
        """The level that an `acr` stands for; without any that stands for base, every sign-in is at least that."""
        if acr in self.levels:
            return self.levels[acr]
        return None if "base" in self.levels.values() else "base"


def parsed(text: str) -> tuple[Provider, ...]:
    """The providers of the setting's text; raises ImproperlyConfigured, which names what is wrong."""
    try:
        rows = json.loads(text)
    except ValueError as error:
        raise ImproperlyConfigured(f"{SETTING} is not JSON: {error}") from error
    if not isinstance(rows, list):
        raise ImproperlyConfigured(f"{SETTING} is a list of providers")
    providers = tuple(_provider(place, row) for place, row in enumerate(rows))
    for name in ("id", "issuer"):  # a token names its provider by the issuer
        values = [getattr(provider, name) for provider in providers]
        if len(set(values)) < len(values):
            raise ImproperlyConfigured(f"{SETTING}: two providers have the same {name}")
    return providers


def _provider(place: int, row: Any) -> Provider:
    where = f"{SETTING}[{place}]"
    if not isinstance(row, dict):
        raise ImproperlyConfigured(f"{where} is an object")
    known = {one.name: one for one in fields(Provider)}
    required = [name for name, one in known.items() if one.default is MISSING and one.default_factory is MISSING]
    if unknown := sorted(set(row) - set(known)):
        raise ImproperlyConfigured(f"{where} has unknown fields: {', '.join(unknown)}")
    if missing := [name for name in required if not row.get(name)]:
        raise ImproperlyConfigured(f"{where} lacks {', '.join(missing)}")
    wrong = [name for name, value in row.items() if not _fits(name, value)]
    if wrong:
        raise ImproperlyConfigured(f"{where}: {', '.join(wrong)} is not as it should be")
    given: dict[str, Any] = {name: tuple(value) if isinstance(value, list) else value for name, value in row.items()}
    provider = Provider(**given)
    if provider.agency and provider.audience != Audience.STAFF:
        raise ImproperlyConfigured(f"{where}: an agency's provider is for its staff; say so in audience")
    return provider


def _fits(name: str, value: Any) -> bool:
    match name:
        case "id":
            return isinstance(value, str) and re.fullmatch(r"[a-z0-9][a-z0-9-]{0,30}", value) is not None
        case "name":
            return isinstance(value, dict) and set(value) == {"zh", "en"} and all(map(_is_text, value.values()))
        case "issuer":
            return _is_address(value)
        case "audience":
            return value in tuple(Audience)
        case "scopes":
            return isinstance(value, list) and "openid" in value and all(map(_is_text, value))
        case "origins":
            return isinstance(value, list) and all(map(_is_address, value))
        case "levels":
            return isinstance(value, dict) and all(level in LEVELS for level in value.values())
        case "agency" | "client_secret":
            return isinstance(value, str)
    return _is_text(value)


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and bool(value.strip())


def _is_address(value: Any) -> bool:
    """https, or plain http on this machine (the demo and the tests)."""
    if not isinstance(value, str):
        return False
    parts = urlsplit(value)
    is_here = parts.hostname in ("localhost", "127.0.0.1")
    return bool(parts.netloc) and (parts.scheme == "https" or (parts.scheme == "http" and is_here))
