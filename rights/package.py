"""The sealed package: a ZIP of every department's answer, with a page to read and a signed list of what is inside."""

import json
import tempfile
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from typing import IO, Any, Final

from django.template.loader import render_to_string
from django.utils import translation

from portal.inbox import actions as inbox
from portal.law import queries as law
from portal.outbox.models import Message
from portal.trail import actions as trail
from portal.trail import keys, vault
from portal.trail.actor import Actor
from portal.trail.canonical import plain
from rights import files
from rights.models import Package, Part, RightsRequest
from rights.states import PartState

SCHEMA: Final = "my-data-rights.package/1"
EPOCH: Final = (1980, 1, 1, 0, 0, 0)  # a ZIP made twice of the same answers is the same ZIP
LANGUAGES: Final = ("zh-hans", "en")


@dataclass
class Contents:
    """What was put into the ZIP so far: name, size and SHA-256 of each file."""

    archive: zipfile.ZipFile
    listed: list[dict[str, Any]] = field(default_factory=list)

    def add(self, name: str, chunks: Iterator[bytes]) -> None:
        """Stream one file in."""
        info = zipfile.ZipInfo(name, EPOCH)
        info.compress_type = zipfile.ZIP_DEFLATED
        info.external_attr = 0o600 << 16
        digest, size = sha256(), 0
        with self.archive.open(info, "w", force_zip64=True) as target:
            for chunk in chunks:
                target.write(chunk)
                digest.update(chunk)
                size += len(chunk)
        self.listed.append({"name": name, "size": size, "sha256": digest.hexdigest()})


def build(message: Message, at: datetime) -> None:
    """Build what the message asks for, seal it and tell the person; a package that is ready is left as it is."""
    package = Package.objects.select_for_update().select_related("request").get(pk=message.payload["request_id"])
    if package.is_ready:
        return
    request = package.request
    with tempfile.TemporaryFile() as plain_file:
        package.manifest = _write(request, plain_file)
        plain_file.seek(0)
        chunks = iter(lambda: plain_file.read(vault.CHUNK), b"")
        stored = files.store(chunks, folder="packages", identifier=request.pk, largest=None)
    package.built_at, package.size = at, stored.size
    package.sha256, package.stored_as = stored.sha256, stored.stored_as
    package.save(update_fields=["built_at", "size", "sha256", "stored_as", "manifest"])
    key = bytes(package.subject_key)
    trail.record(
        "rights.package.sealed",
        actor=Actor.portal(),
        at=at,
        about=request,
        subject=key,
        sha256=stored.sha256,
        size=stored.size,
    )
    inbox.tell(key, "package_ready", at=at, about=request, number=request.number)


def _write(request: RightsRequest, target: IO[bytes]) -> str:
    """Write the ZIP, the same each time; returns the manifest's signature (compact JWS)."""
    parts = list(
        Part.objects.filter(request=request, state=PartState.ANSWERED)
        .select_related("agency", "dataset")
        .prefetch_related("files", "messages")
        .order_by("agency__code", "dataset__code", "id")
    )
    with zipfile.ZipFile(target, "w") as archive:
        contents = Contents(archive)
        for part in parts:
            for file in sorted(part.files.all(), key=lambda file: file.name):
                contents.add(f"{_folder(part)}/{file.name}", files.opened(file.stored_as))
        for language in LANGUAGES:
            contents.add(f"index.{language[:2]}.html", iter([_page(request, parts, language)]))
        manifest = _manifest(request, parts, contents.listed)
        token = keys.sign(manifest, use="packages")
        document = json.dumps({**manifest, "signature": token}, ensure_ascii=False, indent=1)
        contents.add("manifest.json", iter([document.encode()]))
    return token


def _folder(part: Part) -> str:
    return f"{part.agency.code}/{part.dataset.code if part.dataset else 'answer'}"


def _page(request: RightsRequest, parts: list[Part], language: str) -> bytes:
    """A page that opens without the site: every answer in words, with links to its files."""
    with translation.override(language):
        rows = [
            {"part": part, "folder": _folder(part), "files": list(part.files.all()), "ground": ground_of(part)}
            for part in parts
        ]
        return render_to_string(
            "rights/package.html", {"request_": request, "rows": rows, "language": language}
        ).encode()


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
        "files": listed,
    }
    sealed: dict[str, Any] = plain(body)
    return sealed
