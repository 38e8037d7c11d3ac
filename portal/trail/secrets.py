"""The portal's secret keys: one file, never in the database, never in a log.

Every ring keeps retired keys beside the current one, so that what was written under them can still be read. Running
processes see a changed file at their next use of a key; a file that can't be read meanwhile leaves them the last keys.
"""

import base64
import json
import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import structlog
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from joserfc.errors import JoseError
from joserfc.jwk import OKPKey

log = structlog.get_logger(__name__)
USES = ("heads", "receipts", "decisions", "packages")
RINGS = ("pepper", "encryption", "agency")


@dataclass(frozen=True, repr=False)
class Ring:
    """Keys of one use by version; `current` is the one to write with."""

    current: str
    keys: Mapping[str, bytes]

    def key(self) -> bytes:
        return self.keys[self.current]

    def newest(self) -> str:
        return max(self.keys, key=age)

    def first_key(self) -> bytes:
        """The oldest key, and so the same through every rotation: for what must never come out differently."""
        return self.keys[min(self.keys, key=age)]


def age(version: str) -> tuple[int, str]:
    """The order of versions: "2" before "10"."""
    return len(version), version


@dataclass(frozen=True, repr=False)
class Secrets:
    """`pepper` digests national numbers, `encryption` hides them, `agency` is the master of pairwise keys."""

    pepper: Ring
    encryption: Ring
    agency: Ring
    signing: Mapping[str, tuple[OKPKey, ...]]  # use -> keys: the current one first, then one to come, then retired ones


def generate() -> dict[str, Any]:
    """A fresh file's content, as JSON can hold it."""
    return {**{name: _ring() for name in RINGS}, "signing": {use: [new_signing_key(use)] for use in USES}}


def _ring() -> dict[str, Any]:
    return {"current": "1", "keys": {"1": new_key()}}


def new_key() -> str:
    return base64.b64encode(secrets.token_bytes(32)).decode()


def new_signing_key(use: str) -> dict[str, Any]:
    key = OKPKey.generate_key("Ed25519", {"use": "sig"}, private=True)
    return {**key.as_dict(private=True), "kid": f"{use}-{key.thumbprint()[:8]}"}


def write(path: Path) -> None:
    """Make the file at `path` with fresh keys, readable by its owner alone; an existing one is left as it is."""
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return
    with os.fdopen(handle, "w") as file:
        json.dump(generate(), file, indent=1)


def parse(content: Mapping[str, Any]) -> Secrets:
    """The keys of a file's content; raises whatever its first defect raises (see `load`)."""
    rings = {}
    for name in RINGS:
        keys = {version: base64.b64decode(key) for version, key in content[name]["keys"].items()}
        if any(len(key) != 32 for key in keys.values()):
            raise ValueError(f"{name}: every key is 32 bytes")
        rings[name] = Ring(content[name]["current"], keys)
        rings[name].key()
    signing = {}
    for use in USES:
        current, *retired = content["signing"][use]
        to_come = [content["signing_next"][use]] if use in content.get("signing_next", {}) else []
        signing[use] = tuple(OKPKey.import_key(jwk) for jwk in (current, *to_come, *retired))
    return Secrets(**rings, signing=signing)


def load() -> Secrets:
    """The portal's keys from PORTAL_SECRETS_FILE, as it is now."""
    path = Path(settings.PORTAL_SECRETS_FILE)
    read: Secrets | Exception
    try:
        found = path.stat()
        read = _read(path, (found.st_ino, found.st_mtime_ns, found.st_ctime_ns, found.st_size))
    except OSError as error:
        read = error
    if isinstance(read, Secrets):
        _last[path] = read
        return read
    if path in _last:
        log.error("secrets.unusable", file=str(path), error=type(read).__name__)
        return _last[path]
    raise ImproperlyConfigured(
        f"PORTAL_SECRETS_FILE ({path}) can't be used: {read!r}. Make one with: manage.py generate_secrets FILE"
    ) from read


_last: dict[Path, Secrets] = {}  # what each file held when it could last be read


@lru_cache(maxsize=8)
def _read(path: Path, stamp: tuple[int, ...]) -> Secrets | Exception:
    try:
        return parse(json.loads(path.read_text()))
    except (OSError, KeyError, TypeError, ValueError, AttributeError, JoseError) as error:
        return error


def forget() -> None:
    """Read the file anew, and know no former keys: for tests that put another file in its place."""
    _read.cache_clear()
    _last.clear()
