"""Reading up to 10 000 rows from a call's body: a JSON array, or NDJSON; gzip allowed, and no more than fits."""

import json
import zlib
from collections.abc import Iterator, Mapping
from typing import IO, Any, Final

import orjson
from django.utils.translation import gettext_lazy as _
from rest_framework.exceptions import ParseError
from rest_framework.parsers import BaseParser

from portal.ledger.intake import MOST_ROWS
from portal.trail.errors import Refusal

MOST_SENT: Final = 32 * 1024 * 1024
MOST_UNPACKED: Final = 64 * 1024 * 1024
CHUNK: Final = 64 * 1024


class TooLarge(Refusal):
    """The body is larger than a call may be, as sent or once unpacked."""

    code = "too-large"
    status = 413
    message = _("The body is too large. Send fewer rows.")


class UnknownEncoding(Refusal):
    """A Content-Encoding that is neither gzip nor none."""

    code = "unknown-encoding"
    status = 415
    message = _("Use Content-Encoding gzip, or none.")


def _read(stream: IO[bytes], limit: int) -> Iterator[bytes]:
    taken = 0
    while chunk := stream.read(CHUNK):
        taken += len(chunk)
        if taken > limit:
            raise TooLarge
        yield chunk


def body(stream: IO[bytes], encoding: str) -> bytes:
    """The whole body, unpacked. Raises TooLarge before it has unpacked more than MOST_UNPACKED, ParseError."""
    match encoding.strip().lower():
        case "" | "identity":
            return b"".join(_read(stream, MOST_SENT))
        case "gzip" | "x-gzip":
            return _unpacked(_read(stream, MOST_SENT))
    raise UnknownEncoding


def _unpacked(chunks: Iterator[bytes]) -> bytes:
    unpacker = zlib.decompressobj(wbits=16 + zlib.MAX_WBITS)
    whole = bytearray()
    try:
        for chunk in chunks:
            whole += unpacker.decompress(chunk, MOST_UNPACKED + 1 - len(whole))
            if len(whole) > MOST_UNPACKED:
                raise TooLarge
    except zlib.error as error:
        raise ParseError(_("The body is not gzip.")) from error
    if not unpacker.eof:
        raise ParseError(_("The gzip body is cut off."))
    return bytes(whole)


class _RowsParser(BaseParser):
    def parse(  # type: ignore[override]  # rows are what DRF hands on as request.data, whatever the stubs say
        self, stream: IO[bytes], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> list[Any]:
        request = (parser_context or {}).get("request")
        encoding = request.headers.get("Content-Encoding", "") if request else ""
        return self.rows(body(stream, encoding))

    def rows(self, content: bytes) -> list[Any]:
        raise AssertionError("each parser reads rows in its own way")


class JsonRows(_RowsParser):
    """A JSON array of objects."""

    media_type = "application/json"

    def rows(self, content: bytes) -> list[Any]:
        try:
            rows = _parsed(content)
        except (ValueError, RecursionError) as error:
            raise ParseError(_("The body is not JSON.")) from error
        if not isinstance(rows, list):
            raise ParseError(_("The body must be a JSON array of rows."))
        return rows


class NdjsonRows(_RowsParser):
    """One JSON object a line. A line that is not JSON is refused as a row; the others stand."""

    media_type = "application/x-ndjson"

    def rows(self, content: bytes) -> list[Any]:
        rows = []
        for line in content.splitlines():
            if line.strip():
                rows.append(_row(line))
            if len(rows) > MOST_ROWS:
                break
        return rows


def _row(line: bytes) -> Any:
    try:
        return _parsed(line)
    except (ValueError, RecursionError):
        return None


def _parsed(text: bytes) -> Any:
    """JSON, the quick way; what that refuses (half a surrogate pair in one row) is read the patient way."""
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        return json.loads(text)
