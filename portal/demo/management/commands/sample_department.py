import signal
import threading
from argparse import ArgumentParser
from contextlib import ExitStack
from typing import Any

from django.core.management.base import BaseCommand

from portal.demo import own_log
from portal.demo.city import city
from portal.demo.client import PortalClient
from portal.demo.departments import Department, listening, webhook_secret


class Command(BaseCommand):
    help = "Run a sample departmental system that works with the portal by its API, for the demo."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--agency", required=True, choices=("tax", "housing-fund"))
        parser.add_argument("--site", required=True, help="the portal's address")
        parser.add_argument("--client-id", required=True)
        parser.add_argument("--client-secret", required=True)
        parser.add_argument("--listen", type=int, help="the port on 127.0.0.1 for webhooks; without it, it asks")
        parser.add_argument("--every", type=float, default=1.0, help="seconds between two questions (1)")

    def handle(self, *args: Any, **options: Any) -> None:
        stop = threading.Event()
        signal.signal(signal.SIGTERM, lambda *_: stop.set())
        signal.signal(signal.SIGINT, lambda *_: stop.set())
        portal = PortalClient(
            options["site"].rstrip("/"), options["client_id"], options["client_secret"], patience=20, sleep=stop.wait
        )
        department = Department(options["agency"], city(), portal)
        hears = options["listen"] is not None
        with ExitStack() as stack:
            if hears:
                secret = options["client_secret"]
                stack.enter_context(
                    listening(department, options["listen"], webhook_secret(secret), own_log.token(secret))
                )
            self.stdout.write(f"{options['agency']} works for {options['site']}")
            self.stdout.flush()
            department.run(stop, listening=hears, every=options["every"])
