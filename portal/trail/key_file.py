"""Changing the file of secret keys: whole or not at all, and never with a key less.

A new key is first laid beside the current one (`prepare`), so that every server can read what is written under it, and
then becomes the one to write with (`switch`). Both may be run again.
"""

import json
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from portal.trail import secrets


@contextmanager
def _changing(path: Path) -> Iterator[dict[str, Any]]:
    """The file's content, written back in one step: a reader sees the old file or the new one."""
    path = path.resolve()
    content = json.loads(path.read_text())
    before = json.dumps(content)
    yield content
    if json.dumps(content) == before:
        return
    secrets.parse(content)  # what can't be read again must not take the file's place
    owner = path.stat()
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")  # 0600
    try:
        with os.fdopen(handle, "w") as file:
            json.dump(content, file, indent=1)
            file.flush()
            os.fsync(file.fileno())
        if (owner.st_uid, owner.st_gid) != (os.geteuid(), os.getegid()):
            os.chown(name, owner.st_uid, owner.st_gid)  # the servers read it, whoever runs the command
        os.replace(name, path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def prepare(path: Path, ring: str) -> str:
    """Lay a new key of `ring` ("pepper", "signing.heads") beside the current one; its version.

    One that lies there already, since somebody was interrupted or prepared it, is the one.
    """
    with _changing(path) as content:
        if use := _use(ring):
            prepared = content.setdefault("signing_next", {})
            if use not in prepared:
                prepared[use] = secrets.new_signing_key(use)
            return str(prepared[use]["kid"])
        keys: dict[str, str] = content[ring]["keys"]
        newest = max(keys, key=secrets.age)
        if secrets.age(newest) <= secrets.age(content[ring]["current"]):
            newest = str(int(newest) + 1) if newest.isdigit() else str(len(keys) + 1)
            keys[newest] = secrets.new_key()
        return newest


def switch(path: Path, ring: str) -> str:
    """Make the prepared key of `ring` the current one; its version. Of former signing keys the public half stays."""
    with _changing(path) as content:
        if use := _use(ring):
            coming = content.get("signing_next", {}).pop(use, None)
            if coming is not None:
                public = [{name: part for name, part in jwk.items() if name != "d"} for jwk in content["signing"][use]]
                content["signing"][use] = [coming, *public]
            return str(content["signing"][use][0]["kid"])
        content[ring]["current"] = max(content[ring]["keys"], key=secrets.age)
        return str(content[ring]["current"])


def _use(ring: str) -> str:
    kind, _, use = ring.partition(".")
    return use if kind == "signing" else ""
