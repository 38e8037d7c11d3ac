"""Where the services' files lie, and as whom they run: PostgreSQL refuses root, so as root it runs as `nobody`."""

import os
import pwd
import stat
from hashlib import sha256
from pathlib import Path

LONGEST_SOCKET = 100  # bytes; the kernel takes 107, and PostgreSQL appends a lock file's name
ROOT = 0


def unprivileged() -> pwd.struct_passwd | None:
    """Whom to run PostgreSQL as when we are root; None when we are somebody else already."""
    return pwd.getpwnam("nobody") if os.geteuid() == ROOT else None


def open_to_all(path: Path) -> bool:
    """Whether anybody may pass through every folder above `path`."""
    return all(parent.stat().st_mode & stat.S_IXOTH for parent in path.resolve().parents if parent.exists())


def mark(path: Path) -> str:
    """A short name for `path`, the same each time."""
    return sha256(str(path.resolve()).encode()).hexdigest()[:10]


def home_for(folder: Path) -> Path:
    """The folder for the services' files: `folder` itself, or one that `nobody` can reach, with a link to it."""
    folder.mkdir(parents=True, exist_ok=True)
    if unprivileged() is None or open_to_all(folder / "x"):
        return folder.resolve()
    home = Path("/var/tmp") / f"my-data-rights-{mark(folder)}"  # noqa: S108  # nosec B108  # 0755, by root
    home.mkdir(mode=0o755, exist_ok=True)
    link = folder / "services"
    if not link.is_symlink():
        link.symlink_to(home)
    return home


def socket_folder(home: Path) -> Path:
    """Where the sockets lie: short enough for the kernel, and closed to other users."""
    near = home / "run"
    if len(str(near / ".s.PGSQL.5432.lock")) <= LONGEST_SOCKET:
        return near
    return Path("/tmp") / f"mdr-{mark(home)}"  # noqa: S108  # nosec B108  # made 0700 for its one user
