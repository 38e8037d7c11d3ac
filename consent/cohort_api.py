"""The departments' call for a whole cohort: NDJSON in, NDJSON out, neither ever whole in memory."""

import json
import zlib
from collections.abc import Iterator, Mapping
from typing import IO, Any, Final

from django.http import StreamingHttpResponse
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.exceptions import ParseError
from rest_framework.parsers import BaseParser
from rest_framework.request import Request

from consent import cohort
from consent.api import ConsentView
from consent.cohort import About
from consent.errors import NoQuestion
from consent.serializers import StrictSerializer
from portal.ledger.bodies import UnknownEncoding

CHUNK: Final = 256 * 1024
NDJSON: Final = "application/x-ndjson"


class AboutBody(StrictSerializer):
    """The first line."""

    purpose = serializers.CharField(max_length=80)
    dataset = serializers.CharField(max_length=120)
    items = serializers.ListField(
        child=serializers.CharField(max_length=100), required=False, default=list, max_length=500
    )
    recipient = serializers.CharField(max_length=80, required=False, allow_null=True, default=None)


class Lines(BaseParser):
    """A body line by line, as it comes in; gzip allowed."""

    media_type = NDJSON

    def parse(  # type: ignore[override]  # lines are what DRF hands on as request.data, whatever the stubs say
        self, stream: IO[bytes], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> Iterator[bytes]:
        request = (parser_context or {})["request"]
        match request.headers.get("Content-Encoding", "").strip().lower():
            case "" | "identity":
                return _lines(_chunks(stream))
            case "gzip" | "x-gzip":
                return _lines(_unpacked(_chunks(stream)))
        raise UnknownEncoding


def _chunks(stream: IO[bytes]) -> Iterator[bytes]:
    while chunk := stream.read(CHUNK):
        yield chunk


def _unpacked(chunks: Iterator[bytes]) -> Iterator[bytes]:
    """No more than CHUNK at a time, however well it was packed."""
    unpacker = zlib.decompressobj(wbits=16 + zlib.MAX_WBITS)
    try:
        for chunk in chunks:
            yield unpacker.decompress(chunk, CHUNK)
            while unpacker.unconsumed_tail:
                yield unpacker.decompress(unpacker.unconsumed_tail, CHUNK)
    except zlib.error as error:
        raise ParseError("The body is not gzip.") from error
    if not unpacker.eof:
        raise ParseError("The gzip body is cut off.")


def _lines(chunks: Iterator[bytes]) -> Iterator[bytes]:
    """Split at newlines; a line that never ends is cut, and so refused at its place."""
    rest = b""
    for chunk in chunks:
        *whole, rest = (rest + chunk).split(b"\n")
        yield from whole
        if len(rest) > CHUNK:
            rest = rest[:CHUNK]
    if rest:
        yield rest


class Cohort(ConsentView):
    """Who of up to a million people permits a use now; exactly as if each were asked alone, at one instant.

    In: a first line `{"purpose", "dataset", "items"?, "recipient"?}`, then a subject a line. Out: a line for each who
    permits (`line`, `subject`, `consent`, `notice_version`, `valid_until`, `items`), one for each line that named
    nobody (`line`, `code`, `detail`), and a last line that sums up, with a signed token. Every answer has been logged
    before the first byte leaves.
    """

    required_scope = "consent.decide"
    takes_idempotency_key = False
    parser_classes = (Lines,)

    @extend_schema(request={NDJSON: OpenApiTypes.STR}, responses={(200, NDJSON): OpenApiTypes.STR})
    def post(self, request: Request) -> StreamingHttpResponse:
        lines = iter(request.data)
        body = AboutBody(data=_question(next(lines, b"")))
        body.is_valid(raise_exception=True)
        staged = cohort.stage(lines, actor=self.actor)
        answer = cohort.answered(About(**body.validated_data), staged, actor=self.actor, at=timezone.now())
        return StreamingHttpResponse(answer, content_type=NDJSON)


def _question(line: bytes) -> dict[str, Any]:
    try:
        found = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise NoQuestion from error
    if not isinstance(found, dict):
        raise NoQuestion
    return found
