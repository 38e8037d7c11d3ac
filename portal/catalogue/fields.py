"""One field of what departments send: its value in canonical form, and the mistake in it or None."""

from datetime import date
from typing import Any, Final

from django.utils.translation import gettext_lazy as _

from portal.catalogue.errors import Fault
from portal.catalogue.models.bases import CODE

MISSING: Final = _("This is required.")
NOT_TEXT: Final = _("This must be text.")
NOT_A_CODE: Final = _("Use letters, digits, and single dots, dashes or underscores between them.")
NOT_A_CHOICE: Final = _("This is not one of the values that can be chosen.")
NOT_A_LIST: Final = _("This must be a list.")
NOT_AN_OBJECT: Final = _("This must be an object.")
UNKNOWN_FIELD: Final = _("There is no such field.")


def read_text(value: object, pointer: str, limit: int) -> tuple[str, Fault | None]:
    if value is None:
        return "", None
    if not isinstance(value, str):
        return "", Fault(pointer, "not-text", NOT_TEXT)
    if any(ord(sign) < 32 and sign not in "\n\t\r" for sign in value) or any("\ud800" <= s <= "\udfff" for s in value):
        return "", Fault(pointer, "control-characters", _("This has signs that cannot be shown."))
    text = value.strip()
    if len(text) > limit:
        return "", Fault(pointer, "too-long", _("This is too long."))
    return text, None


def read_code(value: object, pointer: str, limit: int) -> tuple[str, Fault | None]:
    text, fault = read_text(value, pointer, limit)
    if not fault and text and not CODE.match(text):
        fault = Fault(pointer, "not-a-code", NOT_A_CODE)
    return text, fault


def read_choice(value: object, pointer: str, vocabulary: type[Any], default: str) -> tuple[str, Fault | None]:
    if value is None or value == "":
        return str(default), None
    if not isinstance(value, str) or value not in vocabulary.values:
        return str(default), Fault(pointer, "not-a-choice", NOT_A_CHOICE)
    return value, None


def read_date(value: object, pointer: str) -> tuple[str, Fault | None]:
    """A day as YYYY-MM-DD, or empty."""
    text, fault = read_text(value, pointer, 10)
    if fault or not text:
        return "", fault
    try:
        return date.fromisoformat(text).isoformat(), None
    except ValueError:
        return "", Fault(pointer, "not-a-date", _("Write the day as 2026-01-31."))


def read_flag(value: object, pointer: str) -> tuple[bool, Fault | None]:
    """True or false; what is left out is false."""
    if value is None or isinstance(value, bool):
        return bool(value), None
    return False, Fault(pointer, "not-a-flag", _("This must be true or false."))
