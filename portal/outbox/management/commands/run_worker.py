from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from portal.outbox.supervision import Supervisor


class Command(BaseCommand):
    help = "Run a Celery worker, watched: it is restarted when it ends or no longer takes work. With --beat, once only."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--name", default="worker", help="a name that no other worker has (worker)")
        parser.add_argument("--concurrency", type=int, default=2, help="processes (2)")
        parser.add_argument("--beat", action="store_true", help="also the schedule; on exactly one machine")

    def handle(self, *args: Any, **options: Any) -> None:
        Supervisor(options["name"], concurrency=options["concurrency"], beat=options["beat"]).run()
