from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from portal.trail import secrets


class Command(BaseCommand):
    help = "Write a file of fresh secret keys, readable by its owner alone. Never overwrites one."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)

    def handle(self, *args: Any, **options: Any) -> None:
        path: Path = options["file"]
        if path.exists():
            raise CommandError(f"{path} exists: it may be the only key to what is encrypted, so it is left alone.")
        secrets.write(path)
        self.stdout.write(f"Wrote {path}. Keep a copy where no backup of the database lies.")
