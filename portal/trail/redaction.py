"""What a log may hold of people: nothing. Numbers, mail addresses and phone numbers are struck out of every line, and
of an error only its kind and place are told unless its words can't carry what somebody typed.

Read by settings.LOGGING, before anything else is loaded.
"""

import logging
import re
import sys
import traceback
from collections.abc import Iterator, Mapping, MutableMapping
from typing import Any, Final

import redis
from django.core.exceptions import ImproperlyConfigured
from django.db.utils import OperationalError as DatabaseAway
from psycopg import OperationalError as ConnectionAway

# What stands alone: no letter or digit beside it, so that hashes and keys stay whole.
STRUCK_OUT: Final = (
    (re.compile(r"(?<![0-9A-Za-z])\d{17}[0-9Xx](?![0-9A-Za-z])"), "[number]"),
    (re.compile(r"(?<![0-9A-Za-z.])1[3-9]\d{9}(?![0-9A-Za-z.])"), "[phone]"),
    (re.compile(r"[\w.+-]+(?:@|%40)[\w-]+(?:\.[\w-]+)+"), "[mail]"),
)
# Their words are the machine's own. Every other error may quote what was typed or what stands in a row.
TELLING: Final = (DatabaseAway, ConnectionAway, redis.RedisError, ImproperlyConfigured, OSError)
KNOWN_MAKERS: Final = frozenset({"builtins", "django", "psycopg", "redis"})  # others' OSErrors quote whole addresses


def struck_out(text: str) -> str:
    """`text` without what names a person."""
    for pattern, mark in STRUCK_OUT:
        text = pattern.sub(mark, text)
    return text


def strike_out(_logger: Any, _method: str, line: str) -> str:
    """The last processor of a log line."""
    return struck_out(line)


def tell_errors(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """A processor that puts an error's kind and place under `exception`."""
    found = _error_of(event.pop("exc_info", None))
    if found is not None:
        event["exception"] = "\n".join(_told(found))
    return event


class TasksWithoutWords(logging.Filter):
    """For Celery's tracer, which writes the words of a task's error and its arguments into the message itself."""

    def filter(self, record: logging.LogRecord) -> bool:
        if isinstance(record.args, Mapping) and "exc" in record.args:
            kind = str(record.args["exc"]).partition("(")[0]
            record.args = {**record.args, "exc": kind, "traceback": "", "args": "", "kwargs": ""}
            record.__dict__.pop("data", None)
        return True


def _error_of(given: Any) -> BaseException | None:
    if isinstance(given, BaseException):
        return given
    if isinstance(given, tuple):
        _, error, _ = given
        return error if isinstance(error, BaseException) else None
    return sys.exc_info()[1] if given else None


def _told(error: BaseException) -> Iterator[str]:
    """The error and what led to it, the first cause first."""
    before = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    if before is not None:
        yield from _told(before)
        yield "… which led to:"
    for frame in traceback.extract_tb(error.__traceback__):
        yield f'  File "{frame.filename}", line {frame.lineno}, in {frame.name}'
    kind = f"{type(error).__module__}.{type(error).__qualname__}"
    state = getattr(error, "sqlstate", None)
    tells = isinstance(error, TELLING) and kind.partition(".")[0] in KNOWN_MAKERS
    words = str(error) if tells else f"SQLSTATE {state}" if state else ""
    yield f"{kind}: {words}".removesuffix(": ")
