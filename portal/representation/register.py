"""The household register: what it says of two people. settings.PORTAL_HOUSEHOLD_REGISTER names who answers.

None named: nothing is proven by a register, and documents are checked instead. A register answers about these two
numbers alone; it gives no lists.
"""

from dataclasses import dataclass
from datetime import date
from typing import Protocol

from django.conf import settings
from django.utils.module_loading import import_string


@dataclass(frozen=True)
class Found:
    """What the register says of a person and of somebody who wants to act for them."""

    name: str  # the person's
    is_guardian: bool = False
    is_close_relative: bool = False
    died_on: date | None = None


class Register(Protocol):
    """A connection to a household register."""

    def relation(self, person: str, other: str, /) -> Found | None:
        """What `other` is to `person`, both by national number; None where it knows nothing of the two together."""


def relation(person: str, other: str) -> Found | None:
    """What the configured register says; None where there is none."""
    if not settings.PORTAL_HOUSEHOLD_REGISTER:
        return None
    register: Register = import_string(settings.PORTAL_HOUSEHOLD_REGISTER)
    return register.relation(person, other)
