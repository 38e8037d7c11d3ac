"""The documented form of a row that is hashed into the tree: JSON, keys sorted, no spaces, UTF-8.

Values are strings, integers, booleans, null, and lists and objects of them; instants are RFC 3339 in UTC with
microseconds, bytes are lower-case hex, ids are lower-case UUIDs. Every form carries its `schema` ("trail.entry/1")
and the row's `salt`. A verifier needs nothing else: leaf = SHA-256(0x00 || form).
"""

import json
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from typing import Any, Final
from uuid import UUID

import orjson


def _instant(value: datetime) -> str:
    return value.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"


# By exact type, for the thousands of values of one call; what is not here is looked at more closely.
_QUICK: Final[Mapping[type, Callable[[Any], Any]]] = {
    **{kind: lambda value: value for kind in (type(None), bool, int, str)},
    datetime: _instant,
    date: date.isoformat,
    bytes: bytes.hex,
    UUID: str,
}


_ROW: Final = orjson.OPT_SORT_KEYS | orjson.OPT_PASSTHROUGH_DATETIME


def plain(value: Any) -> Any:
    """`value` as JSON can hold it without loss; floats are refused, their text differs between languages."""
    quick = _QUICK.get(type(value))
    return quick(value) if quick else _plain(value)


def _plain(value: Any) -> Any:
    match value:
        case None | bool() | int() | str():
            return value
        case datetime():
            return _instant(value)
        case date():
            return value.isoformat()
        case bytes() | memoryview():
            return bytes(value).hex()
        case UUID():
            return str(value)
        case Mapping():
            return {str(key): plain(item) for key, item in value.items()}
        case list() | tuple():
            return [plain(item) for item in value]
        case _:
            raise TypeError(f"{type(value).__name__} has no canonical form")


def form(schema: str, fields: Mapping[str, Any]) -> bytes:
    """The canonical form of a row under `schema`."""
    body = plain({**fields, "schema": schema})
    try:
        return orjson.dumps(body, option=orjson.OPT_SORT_KEYS)
    except TypeError:  # an integer beyond 64 bits
        return json.dumps(body, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def row_form(schema: str, columns: Mapping[str, Any]) -> bytes:
    """The same for a row's typed columns, none of which is a float: what JSON has is written as it is, the rest told.

    Byte for byte what `form` makes; a test holds them together.
    """
    return orjson.dumps({**columns, "schema": schema}, default=plain, option=_ROW)
