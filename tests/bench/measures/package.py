"""`package`: a package sealed as it is built, beside plain `zipfile` over the same files; and what memory it takes.

Ours also opens the files that lie encrypted, hashes each, signs the list and encrypts the whole. 64 MB, or 500 MB.
"""

import resource
import zipfile
from collections.abc import Iterator
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

from portal.trail.actor import Actor, acting_as
from portal.trail.ids import new_id
from rights import files, package
from rights.models import Part, RightsRequest
from rights.states import Outcome
from tests.bench.harness import Bench, at_least, at_most, rate
from tests.rights import factories as town

MB = 1024 * 1024
FILE = 32 * MB
GROWTH = 24  # MB that building may add, whatever the size


def measure(bench: Bench) -> None:
    """Megabytes a second of both, and how much the process grew over what one small package takes."""
    size = 512 * MB if bench.full else 64 * MB
    request = town.routed()
    part = town.part(request)
    before = _grown_to()
    with TemporaryDirectory() as folder:
        plain = [Path(folder) / f"{number}.csv" for number in range(size // FILE)]
        for path in plain:
            with path.open("wb") as file:
                file.writelines(_lines(FILE))
            with path.open("rb") as file:
                town.act("attach", part, name=path.name, content=iter(lambda file=file: file.read(MB), b""))  # type: ignore[misc]
        town.replied(part, Outcome.NOTHING_HELD)
        with acting_as(Actor.portal()):
            answered = package._answered(request)
            _ours(request, answered)
            held = _grown_to()
            megabytes = size // MB
            bench.compare(
                "package",
                rate(lambda: _ours(request, answered), megabytes),
                rate(lambda: _theirs(plain, Path(folder) / "plain.zip"), megabytes),
                at_least(0.5),
                unit="MB/s",
                note=f"{megabytes} MB in {len(plain)} files",
            )
            bench.limit("package memory", _grown_to() - before, GROWTH, at_most(1), unit="MB", note=f"{held} MB before")


def _ours(request: RightsRequest, parts: list[Part]) -> None:
    identifier = new_id()
    stored = files.store(
        package._zipped(request, parts, []),
        folder="packages", identifier=identifier, largest=None,
    )  # fmt: skip
    files.remove(stored.stored_as)


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
