from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from portal.demo import identity
from portal.demo.city import city


class Command(BaseCommand):
    help = "Run the demo's identity provider (OpenID Connect) with the sample people."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--port", type=int, default=9400, help="where it listens on 127.0.0.1 (9400)")

    def handle(self, *args: Any, **options: Any) -> None:
        claim = settings.PORTAL_IDENTITY_PROVIDERS[0].number_claim  # the demo has one
        listening = identity.server(options["port"], city(), number_claim=claim)
        self.stdout.write(f"Identity provider at http://localhost:{listening.server_port}")
        self.stdout.flush()
        listening.serve_forever()
