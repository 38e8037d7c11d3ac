"""Of the front-end packages only what a page can ask for is collected: two thousand icons stay where they are."""

import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.staticfiles.finders import BaseFinder
from django.core.files.storage import FileSystemStorage

REFERENCE = re.compile(r"url\(\.\./([^)?#]+)")
# prefix in the site's addresses -> folder of the package, files of it; a style sheet brings what it refers to
PACKAGES = {
    "uswds": (
        Path("@uswds/uswds/dist"),
        ("css/uswds.min.css", "css/uswds.min.css.map", "js/uswds.min.js", "js/uswds.min.js.map"),
    ),
    "htmx": (Path("htmx.org/dist"), ("htmx.min.js",)),
    "alpine": (Path("@alpinejs/csp/dist"), ("cdn.min.js",)),  # the admin's, in the build that evaluates nothing
}


class PackagesFinder(BaseFinder):
    """Finds the files of PACKAGES under node_modules."""

    def list(self, ignore_patterns: Iterable[str] | None) -> Iterator[Any]:
        for prefix, (folder, files) in PACKAGES.items():
            storage = FileSystemStorage(location=settings.NODE_MODULES / folder)
            storage.prefix = prefix  # type: ignore[attr-defined]  # how collectstatic learns it
            for name in sorted(_with_references(settings.NODE_MODULES / folder, files)):
                yield name, storage

    def find(self, path: str, find_all: bool = False, **kwargs: Any) -> Any:
        prefix, _, name = path.partition("/")
        found = settings.NODE_MODULES / PACKAGES[prefix][0] / name if prefix in PACKAGES else None
        exists = found is not None and found.is_file()
        if find_all:
            return [str(found)] if exists else []
        return str(found) if exists else None


def _with_references(folder: Path, files: Sequence[str]) -> set[str]:
    wanted = {name for name in files if (folder / name).is_file()}
    for name in [name for name in wanted if name.endswith(".css")]:
        referred = REFERENCE.findall((folder / name).read_text())
        wanted |= {part for part in referred if (folder / part).is_file()}
    return wanted
