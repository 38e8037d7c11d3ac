"""The sealed package: a ZIP of every department's answer, with a page to read and a signed list of what is inside.

It is written as it is read: no file and no row waits in memory, and nothing of it lies anywhere unencrypted.
"""

import json
import stat
import zlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any, Final

import stream_zip
from django.template.loader import render_to_string
from django.utils import translation

from portal.inbox import actions as inbox
from portal.law import queries as law
from portal.outbox.models import Message
from portal.trail import actions as trail
from portal.trail import keys, vault
from portal.trail.actor import Actor
from portal.trail.canonical import plain
from rights import files, tables
from rights.actions import moving
from rights.models import Kind, Package, Part, RightsRequest
from rights.states import PartState

SCHEMA: Final = "my-data-rights.package/2"
EPOCH: Final = datetime(1980, 1, 1)  # noqa: DTZ001  # ZIPs know no zone; made twice of the same answers, it is the same
LANGUAGES: Final = ("zh-hans", "en")
KEPT: Final = timedelta(days=30)  # then it is erased; it can be put together again
LEVEL: Final = 6  # of compression: the library's own 9 takes twice as long for a few per cent
MODE: Final = stat.S_IFREG | 0o600
WITH_RECORDS: Final = frozenset({Kind.ACCESS, Kind.PORTABILITY})  # what the portal itself knows goes with these
LAWS: Final = ("pipl-17", "pipl-45", "pipl-50", "gdpr-15")  # what is to be told, told in our own words

Chunks = Iterable[bytes]
Member = tuple[str, datetime, int, stream_zip.Method, Chunks]


@dataclass
class Contents:
    """What goes into the ZIP, and what was put there so far: name, size and SHA-256 of each file."""

    listed: list[dict[str, Any]] = field(default_factory=list)

    def member(self, name: str, chunks: Chunks) -> Member:
        """One file, listed once it has gone through."""
        return name, EPOCH, MODE, stream_zip.ZIP_64, self._measured(name, chunks)

    def _measured(self, name: str, chunks: Chunks) -> Iterator[bytes]:
        digest, size = sha256(), 0
        for chunk in chunks:
            digest.update(chunk)
            size += len(chunk)
            yield chunk
        self.listed.append({"name": name, "size": size, "sha256": digest.hexdigest()})


def build(message: Message, at: datetime) -> None:
    """Build what the message asks for, seal it and tell the person; one that holds every answer is left as it is."""
    request = RightsRequest.objects.get(pk=message.payload["request_id"])
    Package.objects.get_or_create(request=request, defaults={"subject_key": request.subject_key, "asked_at": at})
    package = Package.objects.select_for_update().get(pk=request.pk)
    parts = _answered(request)
    if package.is_ready and not _is_stale(package, parts):
        return
    signed: list[str] = []
    stored = files.store(_zipped(request, parts, signed), folder="packages", identifier=request.pk, largest=None)
    package.manifest = signed[0]
    package.built_at, package.size, package.answers = at, stored.size, len(parts)
    package.sha256, package.stored_as = stored.sha256, stored.stored_as
    package.expires_at, package.erased_at = at + KEPT, None
    package.save()
    key = bytes(package.subject_key)
    trail.record(
        "rights.package.sealed",
        actor=Actor.portal(),
        at=at,
        about=request,
        subject=key,
        sha256=stored.sha256,
        size=stored.size,
        answers=len(parts),
    )
    inbox.tell(key, "package_ready", at=at, about=request, number=request.number)
    moving.offer(package, actor=Actor.portal(), at=at)


def _answered(request: RightsRequest) -> list[Part]:
    return list(
        Part.objects.filter(request=request, state=PartState.ANSWERED)
        .select_related("agency", "dataset", "request")
        .prefetch_related("files", "messages")
        .order_by("agency__code", "dataset__code", "id")
    )


def _is_stale(package: Package, parts: list[Part]) -> bool:
    """Whether answers came, or came anew, since it was built."""
    newest = max((part.answered_at for part in parts if part.answered_at), default=None)
    return package.answers != len(parts) or (newest is not None and (package.built_at or newest) < newest)


def _zipped(request: RightsRequest, parts: list[Part], signed: list[str]) -> Iterable[bytes]:
    return stream_zip.stream_zip(
        _members(request, parts, signed),
        chunk_size=vault.CHUNK,
        extended_timestamps=False,
        get_compressobj=lambda: zlib.compressobj(level=LEVEL, wbits=-zlib.MAX_WBITS),
    )


def _members(request: RightsRequest, parts: list[Part], signed: list[str]) -> Iterator[Member]:
    """Every file, the manifest last: it lists what went before it. Its signature is put into `signed`."""
    contents = Contents()
    for part in parts:
        for name, chunks in _of_part(part):
            yield contents.member(name, chunks)
    if request.kind in WITH_RECORDS:
        for name, chunks in tables.records(request):
            yield contents.member(name, chunks)
    for language in LANGUAGES:
        yield contents.member(f"index.{language[:2]}.html", [_page(request, parts, language)])
    manifest = _manifest(request, parts, contents.listed)
    signed.append(keys.sign(manifest, use="packages"))
    document = json.dumps({**manifest, "signature": signed[0]}, ensure_ascii=False, indent=1)
    yield contents.member("manifest.json", [document.encode()])


def _of_part(part: Part) -> Iterator[tuple[str, Chunks]]:
    """A department's files as they came; tables in the other form too; and what the dataset's items mean."""
    folder = _folder(part)
    given = sorted(part.files.all(), key=lambda file: file.name)
    names = {file.name for file in given}
    for file in given:
        yield f"{folder}/{file.name}", files.opened(file.stored_as)
        twin = tables.twin(file)
        if twin and twin[0] not in names:
            yield f"{folder}/{twin[0]}", [twin[1]]
    if given and part.dataset and tables.SCHEMA_FILE not in names:
        yield f"{folder}/{tables.SCHEMA_FILE}", [tables.schema_of(part.dataset)]


def _folder(part: Part) -> str:
    return f"{part.agency.code}/{part.dataset.code if part.dataset else 'answer'}"


def _page(request: RightsRequest, parts: list[Part], language: str) -> bytes:
    """A page that opens without the site: every answer in words, with links to its files."""
    with translation.override(language):
        rows = [
            {"part": part, "folder": _folder(part), "files": list(part.files.all()), "ground": ground_of(part)}
            for part in parts
        ]
        context = {
            "request_": request,
            "right": law.jurisdiction(request.jurisdiction).rights[request.kind],
            "rows": rows,
            "has_records": request.kind in WITH_RECORDS,
            "records": tables.names_of_records(request),
            "articles": [law.article(ref) for ref in LAWS],
            "language": language,
        }
        return render_to_string("rights/package.html", context).encode()


def ground_of(part: Part) -> Any:
    """The ground in the law that a refusal names, or None."""
    grounds = law.jurisdiction(part.request.jurisdiction).refusal_grounds(part.kind) if part.ground else ()
    return next((ground for ground in grounds if ground.code == part.ground), None)


def _manifest(request: RightsRequest, parts: list[Part], listed: list[dict[str, Any]]) -> Mapping[str, Any]:
    answers = [
        {
            "part": part.pk,
            "agency": part.agency.code,
            "dataset": part.dataset.code if part.dataset else None,
            "outcome": part.outcome,
            "ground": part.ground or None,
            "answered_at": part.answered_at,
        }
        for part in parts
    ]
    body = {
        "schema": SCHEMA,
        "request": request.number,
        "kind": request.kind,
        "submitted_at": request.submitted_at,
        "closed_at": request.closed_at,
        "answers": answers,
        "files": list(listed),
    }
    sealed: dict[str, Any] = plain(body)
    return sealed


def locked(name: str, content: Chunks, passphrase: str) -> Iterable[bytes]:
    """The package within a ZIP that opens with a passphrase alone (AES-256, WinZip AE-2), which is not kept."""
    inner: Member = (name, EPOCH, MODE, stream_zip.ZIP_64, content)
    return stream_zip.stream_zip(
        [inner],
        chunk_size=vault.CHUNK,
        extended_timestamps=False,
        password=passphrase,
        get_compressobj=lambda: zlib.compressobj(level=0, wbits=-zlib.MAX_WBITS),  # it is compressed already
    )
