from argparse import ArgumentParser
from itertools import islice
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from portal.trail import proof
from portal.trail.models import Leaf


class Command(BaseCommand):
    help = "Compute every leaf, batch root, tree node and head signature again; name what fails. Exit 1 if any does."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--most", type=int, default=20, help="stop after so many faults (20)")

    def handle(self, *args: Any, **options: Any) -> None:
        found = list(islice(proof.faults(), options["most"]))
        for fault in found:
            self.stderr.write(f"  ✗ {'' if fault.index is None else f'at {fault.index}: '}{fault}")
        if found:
            indexes = [fault.index for fault in found if fault.index is not None]
            where = f" (first bad index {min(indexes)})" if indexes else ""
            raise CommandError(f"Not whole{where}: {found[0]}")
        self.stdout.write(self.style.SUCCESS(f"Whole: {Leaf.objects.count()} leaves, every row, node and head agree."))
