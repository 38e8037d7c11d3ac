"""Resident identity numbers (GB 11643-1999): read, digested, hidden, shown in part."""

import hmac
import re
from collections.abc import Iterable
from datetime import date
from functools import lru_cache
from hashlib import sha256

from stdnum.cn import ric
from stdnum.exceptions import ValidationError
from stdnum.util import clean

from portal.accounts.errors import InvalidNumber
from portal.trail import secrets

PLAIN = re.compile(r"[0-9]{17}[0-9X]")
LIKE_A_NUMBER = re.compile(r"(?<![0-9A-Za-z])\d{17}[0-9Xx](?![0-9A-Za-z])")


def normalised(number: str) -> str:
    """The number as it is stored: 18 characters, no spaces, X large; raises InvalidNumber."""
    if PLAIN.fullmatch(number) and _holds(number):
        return number  # as nearly all are written
    try:
        return str(ric.validate(clean(number, " -").upper()))
    except ValidationError as error:
        raise InvalidNumber from error


def _holds(number: str) -> bool:
    """What the library checks, with places and dates remembered: departments send thousands at once."""
    return number[-1] == ric.calc_check_digit(number) and _is_date(number[6:14]) and _is_place(number[:6], number[6:10])


@lru_cache(maxsize=50_000)
def _is_date(text: str) -> bool:
    try:
        date(int(text[:4]), int(text[4:6]), int(text[6:]))
    except ValueError:
        return False
    return True


@lru_cache(maxsize=50_000)
def _is_place(region: str, year: str) -> bool:
    """Whether the region had this code in that year."""
    try:
        ric.get_birth_place(f"{region}{year}0101")
    except ValidationError:
        return False
    return True


def stands_in(text: str) -> bool:
    """Whether a valid number stands somewhere in `text`, with nothing of a longer word around it."""
    return any(ric.is_valid(found.upper()) for found in LIKE_A_NUMBER.findall(text))


def born_on(number: str) -> date:
    """The date of birth that a valid number carries."""
    found: date = ric.get_birth_date(number)
    return found


def digests(number: str) -> dict[str, bytes]:
    """HMAC-SHA-256 of a normalised number by version of the pepper, all that are still looked up."""
    return {version: _digest(key, number) for version, key in secrets.load().pepper.keys.items()}


def by_digest(numbers: Iterable[str]) -> dict[bytes, str]:
    """Many normalised numbers by each of their digests."""
    peppers = list(secrets.load().pepper.keys.values())
    return {_digest(key, number): number for number in numbers for key in peppers}


def digest(number: str) -> tuple[bytes, str]:
    """The digest under the current pepper, and that pepper's version."""
    ring = secrets.load().pepper
    return _digest(ring.key(), number), ring.current


def _digest(key: bytes, number: str) -> bytes:
    return hmac.digest(key, number.encode(), sha256)


def masked(number: str) -> str:
    """Enough to recognise a number by, and no more: the first digit and the last two."""
    return f"{number[0]}{'*' * (len(number) - 3)}{number[-2:]}"


def masked_name(name: str) -> str:
    """The first character of a name, the rest as stars."""
    return name[:1] + "*" * max(1, len(name) - 1) if name else ""
