"""Runs the servers while anybody uses them, restarts one that dies, and ends with the last user.

    python -m portal.demo.embedded.keeper HOME [--careless]

A user holds a shared lock on HOME/users.lock (portal.demo.embedded.services.join). The kernel drops it however a
user ends, so nothing is left running after Ctrl-C, a crash or kill -9.
"""

import ctypes
import fcntl
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import IO, Any

from portal.demo.embedded import binaries, places

PR_SET_PDEATHSIG = 1
LOOK_EVERY = 0.2  # seconds
CONFIGURATION = {
    "listen_addresses": "",
    "max_connections": "200",
    "shared_buffers": "128MB",
    "timezone": "UTC",
    "log_min_messages": "warning",
    "max_wal_size": "512MB",
    "jit": "off",  # as deploy/roles.sql has it for the roles
}
CARELESS = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}  # tests: nothing to lose


class Keeper:
    """The two servers of one home."""

    def __init__(self, home: Path, careless: bool) -> None:
        self.home, self.careless = home, careless
        self.run = places.socket_folder(home)
        self.user = places.unprivileged()
        self.log = (home / "servers.log").open("ab")
        self.bin = binaries.postgres(home)
        self.redis_program = binaries.redis(home)
        self.children: dict[str, subprocess.Popen[bytes]] = {}

    def prepare(self) -> None:
        """Make the folders, and the database cluster where there is none."""
        self.run.mkdir(mode=0o700, exist_ok=True)
        self._own(self.run)
        data = self.home / "postgres"
        if (data / "PG_VERSION").exists() and self._fits(data):
            return
        shutil.rmtree(data, ignore_errors=True)
        fresh = self.home / "postgres.new"
        shutil.rmtree(fresh, ignore_errors=True)
        fresh.mkdir(mode=0o700)
        self._own(fresh)
        command = [self.bin / "initdb", "-D", fresh, "-U", "postgres", "--auth=trust", "--encoding=UTF8"]
        process = self._spawn([*command, "--locale=C.UTF-8", "--no-sync"], signal.SIGKILL)
        if process.wait() != 0:
            raise RuntimeError(f"initdb failed, see {self.log.name}")
        fresh.rename(data)  # whole or not at all: a half-made cluster is made again

    def _fits(self, data: Path) -> bool:
        """Whether the cluster was made by this very major version; one of another is refused, never thrown away."""
        version = (data / "PG_VERSION").read_text().strip()
        said = subprocess.run([self.bin / "postgres", "--version"], capture_output=True, text=True, check=True).stdout  # noqa: S603  # a server we found
        if f" {version}." in said or said.rstrip().endswith(f" {version}"):
            return True
        raise RuntimeError(f"{data} was made by PostgreSQL {version}, this machine has {said.strip()}. Run: make clean")

    def _own(self, path: Path) -> None:
        if self.user:
            os.chown(path, self.user.pw_uid, self.user.pw_gid)

    def _spawn(self, command: list[Any], death: signal.Signals, as_user: bool = True) -> subprocess.Popen[bytes]:
        user = self.user if as_user else None
        return subprocess.Popen(  # noqa: S603  # our own command line
            [str(part) for part in command],
            cwd=self.home,
            stdin=subprocess.DEVNULL,
            stdout=self.log,
            stderr=self.log,
            env={"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8"},
            preexec_fn=lambda: _die_with_parent(death),  # noqa: PLW1509  # one thread; runs after the user was changed
            user=user.pw_uid if user else None,
            group=user.pw_gid if user else None,
            extra_groups=[] if user else None,
        )

    def start(self, name: str) -> None:
        """Start one server; it ends by itself should the keeper be killed."""
        if name == "postgres":
            settings = {
                **CONFIGURATION,
                **(CARELESS if self.careless else {}),
                "unix_socket_directories": str(self.run),
            }
            options = [part for key, value in settings.items() for part in ("-c", f"{key}={value}")]
            command = [self.bin / "postgres", "-D", self.home / "postgres", *options]
            self.children[name] = self._spawn(command, signal.SIGINT)
            return
        socket = self.run / "redis.sock"
        socket.unlink(missing_ok=True)
        command = [self.redis_program, "--port", "0", "--unixsocket", socket, "--unixsocketperm", "700"]
        command += ["--dir", self.run, "--save", "", "--appendonly", "no", "--databases", "512"]
        self.children[name] = self._spawn(command, signal.SIGTERM, as_user=False)

    def watch(self, users: IO[bytes]) -> None:
        """Until nobody holds the users' lock: restart what died."""
        while not _locked(users, fcntl.LOCK_EX):
            for name, child in list(self.children.items()):
                if child.poll() is not None:
                    self.start(name)
            time.sleep(LOOK_EVERY)

    def stop(self) -> None:
        """End both in order, and by force after ten seconds."""
        for name, ending in (("redis", signal.SIGTERM), ("postgres", signal.SIGINT)):
            child = self.children.get(name)
            if child is None or child.poll() is not None:
                continue
            child.send_signal(ending)
            try:
                child.wait(10)
            except subprocess.TimeoutExpired:
                child.kill()
                child.wait()


def _die_with_parent(death: signal.Signals) -> None:
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, death)


def _locked(file: IO[bytes], how: int) -> bool:
    try:
        fcntl.flock(file, how | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _interrupted(number: int, frame: object) -> None:
    raise SystemExit(128 + number)


def main(home: Path, careless: bool) -> None:
    """Keep the servers of `home`; does nothing when another keeper already does."""
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, _interrupted)
    with (home / "keeper.lock").open("wb") as own, (home / "users.lock").open("ab") as users:
        if not _locked(own, fcntl.LOCK_EX):
            return
        keeper = Keeper(home, careless)
        try:
            keeper.prepare()
            keeper.start("redis")
            keeper.start("postgres")
            keeper.watch(users)
        finally:
            keeper.stop()


if __name__ == "__main__":
    main(Path(sys.argv[1]), "--careless" in sys.argv)
