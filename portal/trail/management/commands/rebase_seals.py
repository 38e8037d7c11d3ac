from typing import Any

from django.core.management.base import BaseCommand

from portal.trail import sealing


class Command(BaseCommand):
    help = "After restoring a backup: give what was not yet sealed a place in this server's order of transactions."

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(f"{sealing.rebase()} waiting leaves re-based.")
