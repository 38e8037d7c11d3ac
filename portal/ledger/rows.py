"""Reading reported rows: each field checked for its shape, before anything is looked up.

A refusal names the code, the place within the row (JSON pointer) and, in words, how to mend it. It never repeats
what was sent: a refused row may hold a person's data.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final, TypeVar
from uuid import UUID

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from portal.ledger.errors import RowRefused
from portal.ledger.models import Depth, Form, Outcome

OLDEST: Final = datetime(2023, 1, 1, tzinfo=UTC)  # the first partition
SKEW: Final = timedelta(minutes=5)  # how far a department's clock may be ahead of ours
MOST_ITEMS: Final = 200

T = TypeVar("T")

# Neither NUL, which PostgreSQL can't hold, nor half a surrogate pair, which UTF-8 can't.
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
_AS_DATE = gettext_lazy("Write the date as YYYY-MM-DD.")
_AS_ID = gettext_lazy("This is an id, as the portal gave it.")
_AS_INSTANT = gettext_lazy("Write the time as 2026-11-24T10:02:00+08:00.")


class Reader:
    """One row, read field by field."""

    def __init__(self, row: object, fields: frozenset[str]) -> None:
        if not isinstance(row, Mapping):
            raise RowRefused("not-an-object", _("Each row is a JSON object."), "")
        if not row.keys() <= fields:
            unknown = next(name for name in row if name not in fields)
            raise RowRefused("unknown-field", _("This field is not known. Leave it out."), f"/{_escaped(unknown)}")
        self._row = row

    def text(self, name: str, limit: int, *, required: bool = False) -> str:
        value = self._row.get(name)
        if value is None:
            if required:
                raise RowRefused("missing", _("This field is required."), f"/{name}")
            return ""  # as most are left out
        if not isinstance(value, str):
            raise RowRefused("not-a-string", _("This must be a string."), f"/{name}")
        value = value.strip()
        if required and not value:
            raise RowRefused("missing", _("This field is required."), f"/{name}")
        if len(value) > limit:
            raise RowRefused("too-long", _("At most %(limit)d characters.") % {"limit": limit}, f"/{name}")
        if _UNSTORABLE.search(value):
            raise RowRefused("bad-characters", _("Take out the characters that are not text."), f"/{name}")
        return value

    def choice(self, name: str, values: Sequence[str], default: str) -> str:
        value = self.text(name, 40)
        if not value and default:
            return default
        if value not in values:
            detail = _("One of: %(values)s.") % {"values": ", ".join(values)}
            raise RowRefused("unknown-code", detail, f"/{name}")
        return value

    def codes(self, name: str) -> tuple[str, ...]:
        value = self._row.get(name)
        if value is None:
            return ()
        if not isinstance(value, list) or not all(isinstance(code, str) and len(code) <= 100 for code in value):
            raise RowRefused("not-a-list", _("This must be a list of codes."), f"/{name}")
        if len(value) > MOST_ITEMS:
            raise RowRefused("too-long", _("At most %(limit)d codes.") % {"limit": MOST_ITEMS}, f"/{name}")
        return tuple(dict.fromkeys(value))

    def day(self, name: str) -> date | None:
        return self._parsed(name, date.fromisoformat, "not-a-date", _AS_DATE, 10)

    def identifier(self, name: str) -> UUID | None:
        return self._parsed(name, UUID, "not-a-uuid", _AS_ID, 36)

    def instant(self, name: str, at: datetime, oldest: datetime) -> datetime:
        self.text(name, 40, required=True)
        value = self._parsed(name, datetime.fromisoformat, "not-an-instant", _AS_INSTANT, 40)
        if value is None or value.tzinfo is None or value.utcoffset() is None:
            raise RowRefused("no-offset", _("Say the time's offset from UTC, as in +08:00."), f"/{name}")
        if value < oldest:
            detail = _("The ledger keeps nothing from before %(day)s.") % {"day": oldest.date().isoformat()}
            raise RowRefused("too-old", detail, f"/{name}")
        if value > at + SKEW:
            raise RowRefused("in-the-future", _("This has not happened yet. Check your clock."), f"/{name}")
        return value.astimezone(UTC)

    def flag(self, name: str, default: bool) -> bool:
        value = self._row.get(name, default)
        if not isinstance(value, bool):
            raise RowRefused("not-a-boolean", _("This must be true or false."), f"/{name}")
        return value

    def _parsed(self, name: str, parse: Callable[[str], T], code: str, detail: Promise, limit: int) -> T | None:
        text = self.text(name, 100)
        if not text:
            return None
        try:
            if len(text) > limit:
                raise ValueError
            return parse(text)
        except (ValueError, OverflowError) as error:
            raise RowRefused(code, detail, f"/{name}") from error


def _escaped(name: object) -> str:
    """A key as a JSON pointer's part, cut short and storable: it is the caller's own text."""
    return _UNSTORABLE.sub("\ufffd", str(name)[:60]).replace("~", "~0").replace("/", "~1")


# Read once: an enumeration tells its values slowly, and there are thousands of rows.
DEPTHS: Final = tuple(Depth.values)
FORMS: Final = tuple(Form.values)
OUTCOMES: Final = tuple(Outcome.values)
COPIED, RAW, SENT = Depth.COPIED.value, Form.RAW.value, Outcome.SENT.value

HOLDING_FIELDS: Final = frozenset({"subject", "dataset", "items", "since", "until"})
EVENT_FIELDS: Final = frozenset(
    "subject reference occurred_at dataset recipient recipient_name recipient_system provider_activity "
    "recipient_activity items subject_role depth form method purpose_zh purpose_en legal_basis citation agreement "
    "consent parent outcome automated contractor use_until".split()
)


@dataclass(frozen=True, slots=True)
class HoldingRow:
    subject: str
    dataset: str
    items: tuple[str, ...]
    since: date | None
    until: date | None


@dataclass(frozen=True, slots=True)
class EventRow:
    subject: str
    reference: str
    occurred_at: datetime
    dataset: str
    items: tuple[str, ...]
    recipient: str
    agreement: str
    rest: Mapping[str, Any]  # columns that need no looking up


def read_holding(row: object) -> HoldingRow:
    """A reported holding; raises RowRefused."""
    reader = Reader(row, HOLDING_FIELDS)
    since, until = reader.day("since"), reader.day("until")
    if since and until and until < since:
        raise RowRefused("ends-before-it-begins", _("The end cannot be before the beginning."), "/until")
    return HoldingRow(
        reader.text("subject", 200, required=True),
        reader.text("dataset", 120, required=True),
        reader.codes("items"),
        since,
        until,
    )


def read_event(
    row: object, *, bases: Sequence[str], at: datetime, oldest: datetime = OLDEST, with_subject: bool = True
) -> EventRow:
    """A reported event, `bases` being the legal bases' codes, `oldest` what is kept; raises RowRefused."""
    reader = Reader(row, EVENT_FIELDS)
    recipient, name = reader.text("recipient", 80), reader.text("recipient_name", 200)
    if bool(recipient) == bool(name):
        detail = _("Name the recipient once: its code, or its name if the register has none.")
        raise RowRefused("one-recipient", detail, "/recipient")
    return EventRow(
        subject=reader.text("subject", 200, required=with_subject),
        reference=reader.text("reference", 200, required=True),
        occurred_at=reader.instant("occurred_at", at, oldest),
        dataset=reader.text("dataset", 120, required=True),
        items=reader.codes("items"),
        recipient=recipient,
        agreement=reader.text("agreement", 80),
        rest={"recipient_name": name, **_why(reader, bases), **_how(reader)},
    )


def _why(reader: Reader, bases: Sequence[str]) -> dict[str, Any]:
    zh, en = reader.text("purpose_zh", 500), reader.text("purpose_en", 500)
    if not zh and not en:
        raise RowRefused("missing", _("Say in plain words why, in Chinese or English."), "/purpose_zh")
    reader.text("legal_basis", 40, required=True)
    return {
        "purpose_zh": zh,
        "purpose_en": en,
        "legal_basis": reader.choice("legal_basis", bases, ""),
        "citation": reader.text("citation", 300),
        "consent_id": reader.identifier("consent"),
        "parent_id": reader.identifier("parent"),
    }


def _how(reader: Reader) -> dict[str, Any]:
    return {
        "recipient_system": reader.text("recipient_system", 200),
        "provider_activity": reader.text("provider_activity", 300),
        "recipient_activity": reader.text("recipient_activity", 300),
        "subject_role": reader.text("subject_role", 100),
        "depth": reader.choice("depth", DEPTHS, COPIED),
        "form": reader.choice("form", FORMS, RAW),
        "method": reader.text("method", 100),
        "outcome": reader.choice("outcome", OUTCOMES, SENT),
        "is_automated": reader.flag("automated", True),
        "contractor": reader.text("contractor", 200),
        "use_until": reader.day("use_until"),
    }
