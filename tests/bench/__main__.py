"""`python -m tests.bench [NAME…] [--full] [--json FILE]`: what `manage.py bench` runs; each in a process of its own."""

import json
import pkgutil
import subprocess
import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from portal.demo.embedded.services import CHECKOUT
from tests.bench import measures

NAMES = sorted(module.name for module in pkgutil.iter_modules(measures.__path__))
COLUMNS = "{:<34} {:>12} {:>12} {:>8} {:>8}  {:<5} {}"


def main() -> int:
    """0 when every benchmark ran, whatever its figures; they are measured, never asserted."""
    parser = ArgumentParser(prog="bench", description="Measure the portal beside its peers, as ratios in one run.")
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(NAMES)}; all of them if none is named")
    parser.add_argument("--full", action="store_true", help="the large sizes too; takes long")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there as well")
    given = parser.parse_args()
    if unknown := [name for name in given.names if name not in NAMES]:
        parser.error(f"no benchmark is called {unknown[0]}; there are {', '.join(NAMES)}")
    print(COLUMNS.format("figure", "ours", "theirs", "ratio", "goal", "", "unit, least–most of ours and of theirs"))
    figures: list[dict[str, Any]] = []
    failed = [name for name in given.names or NAMES if not _run(name, given.full, figures)]
    if given.json:
        given.json.write_text(json.dumps(figures, ensure_ascii=False, indent=1) + "\n")
    if failed:
        print(f"did not run to the end: {', '.join(failed)}", file=sys.stderr)
    return 1 if failed else 0


def _run(name: str, full: bool, figures: list[dict[str, Any]]) -> bool:
    """Whether it ran to its end; its figures are printed and kept as they come."""
    command = [sys.executable, "-m", "tests.bench.one", name, *(["--full"] if full else [])]
    with subprocess.Popen(command, cwd=CHECKOUT, stdout=subprocess.PIPE, text=True) as process:
        for line in process.stdout or ():
            if not line.startswith("{"):
                print(line, end="")  # a benchmark's own word, such as a profile
                continue
            figures.append(json.loads(line))
            print(_row(figures[-1]), flush=True)
    return process.returncode == 0


def _row(figure: dict[str, Any]) -> str:
    least, most, their_least, their_most = (_number(value) for value in figure["spread"])
    said = f"{figure['unit']}, {least}–{most} / {their_least}–{their_most} {figure['note']}"
    ours, theirs, ratio = (_number(figure[key]) for key in ("ours", "theirs", "ratio"))
    return COLUMNS.format(
        figure["name"], ours, theirs, ratio, figure["goal"], "ok" if figure["pass"] else "MISS", said.rstrip()
    )


def _number(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 1_000 else f"{value:.3g}"


if __name__ == "__main__":
    sys.exit(main())
