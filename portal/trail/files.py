"""Files that people and agencies hand in: encrypted on disk, streamed in and out, named by us."""

import os
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Final
from uuid import UUID

from django.conf import settings

from portal.trail import vault
from portal.trail.errors import FileEmpty, FileNameInvalid, FileTooLarge

LARGEST: Final = 50 * 1024 * 1024  # bytes
NAME: Final = re.compile(r"[\w][\w.\-]{0,119}")  # no path, no space, no control character; any script


@dataclass(frozen=True)
class Stored:
    """What was written, by its plain content."""

    stored_as: str
    size: int
    sha256: bytes


def safe_name(name: str) -> str:
    """`name` without spaces; raises FileNameInvalid where nothing usable is left."""
    name = name.strip().replace(" ", "_")
    if not NAME.fullmatch(name) or ".." in name:
        raise FileNameInvalid
    return name


def store(chunks: Iterable[bytes], *, folder: str, identifier: UUID, largest: int | None = LARGEST) -> Stored:
    """Write a file, encrypted and bound to its id. Raises FileTooLarge or FileEmpty; then nothing is left behind."""
    stored_as = f"{folder}/{identifier}"
    path = _path(stored_as)
    path.parent.mkdir(parents=True, exist_ok=True)
    digest, size = sha256(), 0

    def measured() -> Iterator[bytes]:
        nonlocal size
        for chunk in chunks:
            size += len(chunk)
            if largest is not None and size > largest:
                raise FileTooLarge
            digest.update(chunk)
            yield chunk
        if size == 0:
            raise FileEmpty

    part = path.with_suffix(".part")
    try:
        with open(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            for sealed in vault.seal_stream(measured(), place=stored_as):
                file.write(sealed)
        part.rename(path)
    finally:
        part.unlink(missing_ok=True)
    return Stored(stored_as, size, digest.digest())


def opened(stored_as: str) -> Iterator[bytes]:
    """The plain content, piece by piece."""
    with _path(stored_as).open("rb") as file:
        yield from vault.open_stream(iter(lambda: file.read(vault.CHUNK), b""), place=stored_as)


def remove(stored_as: str) -> None:
    """Forget a file that no row refers to any more."""
    _path(stored_as).unlink(missing_ok=True)


class Files:
    """All files, for the list of what is sealed. They keep the key they were written with: see the decision on keys."""

    is_rewritten = False

    def versions(self) -> Mapping[str, int]:
        found: Counter[str] = Counter()
        for path in (Path(settings.PORTAL_DATA_FOLDER) / "files").rglob("*"):
            if path.is_file() and path.suffix != ".part":
                with path.open("rb") as file:
                    found[vault.version_of(file.read(40))] += 1
        return found


all_files = Files()


def _path(stored_as: str) -> Path:
    return Path(settings.PORTAL_DATA_FOLDER) / "files" / stored_as
