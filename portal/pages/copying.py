"""A person's copy of everything the portal holds of them: one ZIP, for people (HTML) and for machines (JSON).

It is written while it is sent: nothing of it is ever stored, and no row waits in memory for the last one.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime
from typing import IO, Any, Final, cast
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import get_language, override
from django.utils.translation import gettext as _

from portal.pages.labels import LABELS, TITLES
from portal.pages.templatetags.words import long_date, long_time
from portal.trail.canonical import plain
from portal.trail.copies import Row, Share, Word, shares

A_PIECE: Final = 64 * 1024


class _Sink:
    """What the ZIP is written to: gives the bytes on instead of keeping them."""

    def __init__(self) -> None:
        self._held = bytearray()

    def write(self, data: bytes) -> int:
        self._held += data
        return len(data)

    def flush(self) -> None:
        """Nothing is below."""

    def is_full(self) -> bool:
        return len(self._held) >= A_PIECE

    def take(self) -> bytes:
        taken = bytes(self._held)
        self._held.clear()
        return taken


def archive(subject_key: bytes, *, at: datetime) -> Iterator[bytes]:
    """The ZIP in pieces, in the language of the request: it is drawn after the request has ended."""
    return _in_language(get_language(), _archive(subject_key, at))


def _in_language(language: str | None, pieces: Iterator[bytes]) -> Iterator[bytes]:
    while True:
        with override(language):
            piece = next(pieces, None)
        if piece is None:
            return
        yield piece


def _archive(subject_key: bytes, at: datetime) -> Iterator[bytes]:
    sink = _Sink()
    moment = timezone.localtime(at)
    with ZipFile(cast("IO[bytes]", sink), "w") as zipped:  # which needs write and flush alone
        for name, chunks in _files(subject_key, at):
            info = ZipInfo(name, (moment.year, moment.month, moment.day, moment.hour, moment.minute, moment.second))
            info.compress_type = ZIP_DEFLATED
            info.external_attr = 0o600 << 16
            with zipped.open(info, "w", force_zip64=True) as file:
                for chunk in chunks:
                    file.write(chunk.encode())
                    if sink.is_full():
                        yield sink.take()
    yield sink.take()


def _files(subject_key: bytes, at: datetime) -> Iterator[tuple[str, Iterable[str]]]:
    every = shares()
    titles = {name: str(TITLES.get(name, name)) for name in every}
    context = {"titles": titles, "at": at, "language": get_language()}
    yield "index.html", [render_to_string("pages/copy/index.html", context)]
    for name, share in every.items():
        yield f"{name}.html", _page(titles[name], share, subject_key)
        yield f"{name}.json", _json(share, subject_key)


# ------------------------------------------------------------------ for machines
def _json(share: Share, subject_key: bytes) -> Iterator[str]:
    before = "[\n"
    for row in share(subject_key):
        yield before + json.dumps(plain(_coded(row)), ensure_ascii=False)
        before = ",\n"
    yield "[]\n" if before == "[\n" else "\n]\n"


def _coded(value: Any) -> Any:
    match value:
        case Word():
            return value.code
        case Mapping():
            return {key: _coded(item) for key, item in value.items()}
        case list() | tuple():
            return [_coded(item) for item in value]
    return value


# ------------------------------------------------------------------ for people
def _page(title: str, share: Share, subject_key: bytes) -> Iterator[str]:
    head, foot = render_to_string("pages/copy/share.html", {"title": title, "language": get_language()}).split("<hr>")
    yield head
    is_empty = True
    for row in share(subject_key):
        is_empty = False
        yield format_html("<article>{}</article>\n", _listed(row))
    if is_empty:
        yield format_html("<p>{}</p>", _("Nothing is held here."))
    yield foot


def _listed(row: Row) -> SafeString:
    said = [(str(LABELS.get(key, key)), _shown(value)) for key, value in row.items() if value not in (None, "", [], {})]
    return format_html("<dl>{}</dl>", format_html_join("", "<dt>{}</dt><dd>{}</dd>", said))


def _shown(value: Any) -> str | Promise:
    match value:
        case Word():
            return value.text
        case bool():
            return _("yes") if value else _("no")
        case datetime():
            return long_time(value)
        case date():
            return long_date(value)
        case Mapping():
            return _listed(value)
        case list() | tuple():
            return format_html("<ul>{}</ul>", format_html_join("", "<li>{}</li>", [(_shown(item),) for item in value]))
    return str(value)
