"""The whole portal as processes: site, worker with beat, identity provider, two sample departments.

`Demo` knows nothing of Django's settings: it names the services to each process by environment variables, as a
deployment would. The demo, its story and the browser tests all run this.
"""

import ctypes
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import httpx

from portal.demo.embedded.services import CHECKOUT, DATA, Services, environment, join

PATIENCE = 60.0  # seconds
PR_SET_PDEATHSIG = 1
LOOPBACK = "127.0.0.0/8,::1/128"
Progress = Callable[[str], None]


class DemoFailed(RuntimeError):
    """A part of the demo did not start; the message names its log."""


def free_port(preferred: int = 0) -> int:
    """`preferred` if nobody listens there, otherwise any free port."""
    for port in (preferred, 0):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return int(probe.getsockname()[1])
    raise DemoFailed("no free port on 127.0.0.1")


@dataclass
class Demo:
    """A running sample city; use it as a context manager, so that nothing is left running."""

    folder: Path = DATA
    database: str = "portal"
    redis_number: int = 0
    port: int = 0
    progress: Progress = print
    careless: bool = False
    processes: "dict[str, subprocess.Popen[bytes]]" = field(default_factory=dict)
    services: Services = field(init=False)

    def __enter__(self) -> Self:
        self.progress("Starting PostgreSQL and Redis …")
        self.services = join(self.folder, careless=self.careless)
        self.services.make_database(self.database)
        self.site = f"http://localhost:{free_port(self.port)}"
        self.identity = f"http://localhost:{free_port()}"
        self.webhooks = free_port()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
        self.services.leave()

    # ------------------------------------------------------------------ what each process is told
    @property
    def data(self) -> Path:
        """Files of this demo: secrets, packages, logs."""
        return Path(self.environment("portal_web")["PORTAL_DATA_FOLDER"])

    def environment(self, role: str) -> Mapping[str, str]:
        """The environment of a process that connects as `role`."""
        return {
            **os.environ,
            **environment(self.services, role, self.database, self.redis_number),
            "PORTAL_DEMO": "1",
            "PORTAL_SITE_URL": self.site,
            "PORTAL_IDENTITY_PROVIDERS": json.dumps([self._identity_provider()]),
            "PORTAL_STAFF_SECOND_FACTOR": "false",  # the sample's passwords are printed: a code would prove nothing
            "PORTAL_DEMO_WEBHOOKS": f"http://127.0.0.1:{self.webhooks}",
            "PORTAL_OUTBOUND_NETWORKS": LOOPBACK,
            "PORTAL_EMAIL_URL": f"filemail:///{self._mail_folder()}",
            "PORTAL_LOG_LEVEL": os.environ.get("PORTAL_LOG_LEVEL", "WARNING"),
        }

    def _identity_provider(self) -> dict[str, Any]:
        return {
            "id": "city",
            "name": {"zh": "临江市统一身份认证", "en": "Linjiang's unified identity"},
            "issuer": self.identity,
            "client_id": "my-data-rights",
            "client_secret": "any, to the sample's provider",
            "levels": {"base": "base", "substantial": "substantial"},
        }

    def _mail_folder(self) -> Path:
        folder = self.services.home / "portal" / self.database / "mail"
        folder.mkdir(parents=True, exist_ok=True)
        return folder

    # ------------------------------------------------------------------ starting
    def start(self) -> None:
        """Bring everything up; raises DemoFailed."""
        self.start_identity()
        self.prepare()
        self.start_site()
        self.start_worker()
        self.wait_for("site", f"{self.site}/healthz")
        self.start_departments()

    def prepare(self) -> None:
        """Migrate, collect the static files, seed the city; quick when it is all there."""
        owner = {"PORTAL_OWNER_DATABASE_URL": self.services.url("portal_owner", self.database)}
        command = [sys.executable, "manage.py", "prepare_demo"]
        with subprocess.Popen(  # noqa: S603  # our own command
            command,
            cwd=CHECKOUT,
            env={**self.environment("portal_worker"), **owner},
            stdout=subprocess.PIPE,
            text=True,
            preexec_fn=_die_with_parent,  # noqa: PLW1509  # one thread
        ) as process:
            for line in process.stdout or ():
                self.progress(line.rstrip())
        if process.returncode:
            raise DemoFailed("The sample city could not be prepared; the reason stands above.")

    def start_identity(self) -> None:
        port = self.identity.rsplit(":", 1)[1]
        self._start("identity", ["manage.py", "sample_identity", "--port", port], "portal_web")

    def start_site(self) -> None:
        port = self.site.rsplit(":", 1)[1]
        command = ["-m", "granian", "--interface", "wsgi", "--port", port, "--blocking-threads", "4"]
        command += ["--log-level", "warning", "--no-ws", "portal.wsgi:application"]
        self._start("site", command, "portal_web", PORTAL_DATABASE_POOL="4")

    def start_worker(self) -> None:
        self._start("worker", ["manage.py", "run_worker", "--beat", "--concurrency", "2"], "portal_worker")

    def start_departments(self) -> None:
        """The tax bureau's system is called by webhooks, the housing fund's asks for its work."""
        known = json.loads((self.data / "departments.json").read_text())
        for agency, listen in (("tax", ["--listen", str(self.webhooks)]), ("housing-fund", [])):
            client = known[agency]
            command = ["manage.py", "sample_department", "--agency", agency, "--site", self.site]
            # joined by =, since a secret may begin with a dash
            command += [f"--client-id={client['client_id']}", f"--client-secret={client['client_secret']}", *listen]
            self._start(f"department-{agency}", command, "portal_web")

    def _start(self, name: str, arguments: list[str], role: str, **more: str) -> None:
        logs = self.data / "logs"
        logs.mkdir(exist_ok=True)
        with (logs / f"{name}.log").open("wb") as log:
            self.processes[name] = subprocess.Popen(  # noqa: S603  # our own command lines
                [sys.executable, *arguments],
                cwd=CHECKOUT,
                env={**self.environment(role), **more},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,  # Ctrl-C is for us; we end them in order
                preexec_fn=_die_with_parent,  # noqa: PLW1509  # one thread
            )

    def wait_for(self, name: str, url: str) -> None:
        """Until `url` answers below 500; raises DemoFailed when the process ends or the time is over."""
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline and self.processes[name].poll() is None:
            try:
                if httpx.get(url, timeout=5, trust_env=False).status_code < httpx.codes.INTERNAL_SERVER_ERROR:
                    return
            except httpx.HTTPError:
                pass
            time.sleep(0.1)
        log = self.data / "logs" / f"{name}.log"
        last = log.read_text(errors="replace").strip().splitlines()[-1:] or ["it said nothing"]
        raise DemoFailed(f"{name} does not answer at {url}: {last[0]} (see {log})")

    def ended(self) -> list[str]:
        """Names of processes that are no longer there."""
        return [name for name, process in self.processes.items() if process.poll() is not None]

    def stop(self) -> None:
        """End all, the last started first; by force after twelve seconds."""
        for process in reversed(self.processes.values()):
            if process.poll() is None:
                process.terminate()
        deadline = time.monotonic() + 12
        for process in reversed(self.processes.values()):
            try:
                process.wait(max(0.0, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()
        self.processes.clear()


def _die_with_parent() -> None:
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
