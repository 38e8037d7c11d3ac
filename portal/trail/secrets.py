"""The portal's secret keys: one file, read once, never in the database, never in a log.

Every ring keeps retired keys beside the current one, so that what was written under them can still be read.
"""

import base64
import json
import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from joserfc.errors import JoseError
from joserfc.jwk import OKPKey

USES = ("heads", "receipts", "decisions", "packages")
RINGS = ("pepper", "encryption", "agency")


@dataclass(frozen=True, repr=False)
class Ring:
    """Keys of one use by version; `current` is the one to write with."""

    current: str
    keys: Mapping[str, bytes]

    def key(self) -> bytes:
        return self.keys[self.current]


@dataclass(frozen=True, repr=False)
class Secrets:
    """`pepper` digests national numbers, `encryption` hides them, `agency` is the master of pairwise keys."""

    pepper: Ring
    encryption: Ring
    agency: Ring
    signing: Mapping[str, tuple[OKPKey, ...]]  # use -> keys, the newest first


def generate() -> dict[str, Any]:
    """A fresh file's content, as JSON can hold it."""
    return {**{name: _ring() for name in RINGS}, "signing": {use: [_signing_key(use)] for use in USES}}


def _ring() -> dict[str, Any]:
    return {"current": "1", "keys": {"1": base64.b64encode(secrets.token_bytes(32)).decode()}}


def _signing_key(use: str) -> dict[str, Any]:
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
    signing = {use: tuple(OKPKey.import_key(jwk) for jwk in content["signing"][use]) for use in USES}
    return Secrets(**rings, signing=signing)


@cache
def load() -> Secrets:
    """The portal's keys from PORTAL_SECRETS_FILE."""
    path = Path(settings.PORTAL_SECRETS_FILE)
    try:
        return parse(json.loads(path.read_text()))
    except (OSError, KeyError, TypeError, ValueError, AttributeError, JoseError) as error:
        raise ImproperlyConfigured(
            f"PORTAL_SECRETS_FILE ({path}) can't be used: {error!r}. Make one with: manage.py generate_secrets FILE"
        ) from error
