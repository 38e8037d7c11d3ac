"""`package`: a package sealed as it is built, beside plain `zipfile` over the same files; and what memory it takes.

Ours also opens the files that lie encrypted, hashes each, signs the list and encrypts the whole. 64 MB, or 500 MB.
"""

import resource
import zipfile
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

from portal.trail.actor import Actor, acting_as
from portal.trail.ids import new_id
from rights import files, package
from rights.models import Part
from tests.bench.harness import Bench, at_least, at_most, rate
from tests.rights import factories as town

MB = 1024 * 1024
FILE = 32 * MB
GROWTH = 8  # MB that a package of any size may take more than a small one


def measure(bench: Bench) -> None:
    """Megabytes a second of both, and how much more a package of all files takes than one of the first alone."""
    size = 512 * MB if bench.full else 64 * MB
    part = town.part()
    with TemporaryDirectory() as folder:
        plain = [_written(Path(folder) / f"{number}.csv") for number in range(size // FILE)]
        _attach(part, plain[:1])
        _ours(part)
        held = _grown_to()
        _attach(part, plain[1:])
        _ours(part)
        grown, megabytes = _grown_to() - held, size // MB
        bench.limit("package memory", grown, GROWTH, at_most(1), unit="MB", note=f"{FILE // MB} → {megabytes} MB")
        bench.compare(
            "package",
            rate(lambda: _ours(part), megabytes),
            rate(lambda: _theirs(plain, Path(folder) / "plain.zip"), megabytes),
            at_least(0.5),
            unit="MB/s",
            note=f"{megabytes} MB in {len(plain)} files",
        )


def _written(path: Path) -> Path:
    with path.open("wb") as file:
        file.writelines(_lines(FILE))
    return path


def _attach(part: Part, paths: list[Path]) -> None:
    for path in paths:
        with path.open("rb") as file:
            town.act("attach", part, name=path.name, content=iter(partial(file.read, MB), b""))


def _ours(part: Part) -> None:
    """As `package.build` does it, but for the row; the part is taken as if it were answered."""
    with acting_as(Actor.portal()):
        rows = Part.objects.select_related("agency", "dataset", "request").prefetch_related("files", "messages")
        parts = [rows.get(pk=part.pk)]
        chunks = package._zipped(parts[0].request, parts, [])
        files.remove(files.store(chunks, folder="packages", identifier=new_id(), largest=None).stored_as)


def _theirs(plain: list[Path], target: Path) -> None:
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in plain:
            archive.write(path, path.name)


def _lines(size: int) -> Iterator[bytes]:
    """A table of `size` bytes as departments send them."""
    chance = Random(5)  # figures, no secrets
    block = "".join(
        f"{chance.randrange(10**8)},{chance.choice(['tax', 'fund', 'school'])},2025\n" for _ in range(50_000)
    )
    encoded = block.encode()
    while size > 0:
        yield encoded[:size]
        size -= len(encoded)


def _grown_to() -> int:
    """The most that this process ever held, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
