"""Files of requests, replies and packages: taken in only when their content is of a kind we know and does no harm.

What a file is is found by its content, never by what its sender calls it. A name that says something else is refused:
it would mislead whoever opens it. Content is looked at before anything of it is kept.
"""

import codecs
import re
import tempfile
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import IO, Final
from uuid import UUID

import filetype

from portal.trail import files as cabinet
from portal.trail.errors import FileEmpty, FileTooLarge
from portal.trail.files import LARGEST, opened, remove, safe_name
from rights import scanning
from rights.errors import ArchiveHarmful, FileKindUnknown, FileMisnamed

__all__ = ["LARGEST", "MOST_FILES", "Stored", "opened", "remove", "safe_name", "store", "take_in"]

MOST_FILES: Final = 20  # of one request or one part
HEAD: Final = 8192  # bytes that tell a kind
CHUNK: Final = 64 * 1024
UNPACKED: Final = 10 * LARGEST  # what may be inside an archive, all told
ENTRIES: Final = 10_000
DEPTH: Final = 3  # archives within archives

CONTROL: Final = re.compile(r"[\x00-\x08\x0b\x0e-\x1f]")

TEXT: Final = "text/plain"
ZIP: Final = "application/zip"
# What we take, by what it is: the endings its name may have.
KINDS: Final[Mapping[str, frozenset[str]]] = {
    "application/pdf": frozenset({"pdf"}),
    "image/png": frozenset({"png"}),
    "image/jpeg": frozenset({"jpg", "jpeg"}),
    "image/gif": frozenset({"gif"}),
    "image/webp": frozenset({"webp"}),
    "image/tiff": frozenset({"tif", "tiff"}),
    "image/heic": frozenset({"heic"}),
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": frozenset({"docx"}),
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": frozenset({"xlsx"}),
    "application/vnd.openxmlformats-officedocument.presentationml.presentation": frozenset({"pptx"}),
    "application/vnd.oasis.opendocument.text": frozenset({"odt"}),
    "application/vnd.oasis.opendocument.spreadsheet": frozenset({"ods"}),
    "application/vnd.oasis.opendocument.presentation": frozenset({"odp"}),
    ZIP: frozenset({"zip", "ofd"}),
}
ARCHIVES: Final = frozenset(kind for kind in KINDS if kind == ZIP or kind.startswith("application/vnd"))
# What text is called; nothing of it is ever shown by a browser.
TEXTS: Final[Mapping[str, str]] = {
    "csv": "text/csv",
    "json": "application/json",
    "ndjson": "application/x-ndjson",
    "xml": "application/xml",
    "txt": TEXT,
    "md": TEXT,
}


@dataclass(frozen=True)
class Stored:
    """What was written, by its plain content, and what it is."""

    stored_as: str
    size: int
    sha256: bytes
    media_type: str


def store(chunks: Iterable[bytes], *, folder: str, identifier: UUID, largest: int | None = LARGEST) -> Stored:
    """Write what the portal made itself; see `take_in` for what others hand in."""
    kept = cabinet.store(chunks, folder=folder, identifier=identifier, largest=largest)
    return Stored(kept.stored_as, kept.size, kept.sha256, ZIP)


def take_in(chunks: Iterable[bytes], *, name: str, folder: str, identifier: UUID) -> Stored:
    """Look at a file that somebody hands in, and write it, encrypted, if it may be kept.

    Raises FileTooLarge, FileEmpty, FileKindUnknown, FileMisnamed, ArchiveHarmful, VirusFound or ScannerAway; then
    nothing is left behind. The plain content lies in an unnamed file until it is sealed.
    """
    with tempfile.SpooledTemporaryFile(max_size=2 * 1024 * 1024) as plain:
        _spool(chunks, plain)
        media_type = kind_of(plain, name)
        if media_type in ARCHIVES or zipfile.is_zipfile(plain):  # some have one behind a picture
            _require_harmless(plain)
        scanning.require_clean(_read(plain))
        kept = cabinet.store(_read(plain), folder=folder, identifier=identifier)
    return Stored(kept.stored_as, kept.size, kept.sha256, media_type)


def _spool(chunks: Iterable[bytes], target: IO[bytes]) -> None:
    size = 0
    for chunk in chunks:
        size += len(chunk)
        if size > LARGEST:
            raise FileTooLarge
        target.write(chunk)
    if size == 0:
        raise FileEmpty


def _read(source: IO[bytes]) -> Iterator[bytes]:
    source.seek(0)
    return iter(lambda: source.read(CHUNK), b"")


# ------------------------------------------------------------------ what it is
def kind_of(content: IO[bytes], name: str) -> str:
    """The media type of this content; raises FileKindUnknown, or FileMisnamed where its name says something else."""
    content.seek(0)
    head = content.read(HEAD)
    ending = PurePosixPath(name).suffix.lstrip(".").lower()
    found = filetype.guess(head)
    if found is None:
        return _kind_of_text(content, ending)
    kind = found.mime if found.mime in KINDS else ZIP if zipfile.is_zipfile(content) else ""
    if kind not in KINDS:
        raise FileKindUnknown
    if ending in KINDS[kind]:
        return kind
    if kind == ZIP and (office := _named_as(ending)):  # an office file whose first entry is not the usual one
        return office
    raise FileMisnamed


def _named_as(ending: str) -> str:
    return next(
        (kind for kind, endings in KINDS.items() if kind.startswith("application/vnd") and ending in endings), ""
    )


def _kind_of_text(content: IO[bytes], ending: str) -> str:
    """Text has no mark: it is what reads as UTF-8 or GB 18030 throughout and holds no control characters."""
    if not (_reads_as(content, "utf-8-sig") or _reads_as(content, "gb18030")):
        raise FileKindUnknown
    if ending not in TEXTS:
        raise FileMisnamed
    return TEXTS[ending]


def _reads_as(content: IO[bytes], encoding: str) -> bool:
    content.seek(0)
    reader = codecs.getreader(encoding)(content)
    try:
        while piece := reader.read(CHUNK):
            if CONTROL.search(piece):
                return False
    except UnicodeDecodeError:
        return False
    return True


# ------------------------------------------------------------------ what is inside
@dataclass
class _Budget:
    bytes: int = UNPACKED
    entries: int = ENTRIES


def _require_harmless(content: IO[bytes]) -> None:
    """Raise ArchiveHarmful where unpacking would fill a disk or leave its folder; measured, not believed."""
    try:
        _measure(content, _Budget(), DEPTH)
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, EOFError, RuntimeError, OSError) as error:
        raise ArchiveHarmful from error


def _measure(content: IO[bytes], budget: _Budget, depth: int) -> None:
    content.seek(0)
    with zipfile.ZipFile(content) as archive:
        entries = archive.infolist()
        budget.entries -= len(entries)
        if budget.entries < 0 or sum(entry.file_size for entry in entries) > budget.bytes:
            raise ArchiveHarmful
        for entry in entries:
            _measure_entry(archive, entry, budget, depth)


def _measure_entry(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, budget: _Budget, depth: int) -> None:
    path = PurePosixPath(entry.filename.replace("\\", "/"))
    if path.is_absolute() or ".." in path.parts or ":" in entry.filename:
        raise ArchiveHarmful
    with archive.open(entry) as inner, tempfile.SpooledTemporaryFile(max_size=2 * 1024 * 1024) as unpacked:
        while chunk := inner.read(CHUNK):
            budget.bytes -= len(chunk)
            if budget.bytes < 0:
                raise ArchiveHarmful
            unpacked.write(chunk)
        if zipfile.is_zipfile(unpacked):
            if depth <= 1:
                raise ArchiveHarmful
            _measure(unpacked, budget, depth - 1)
