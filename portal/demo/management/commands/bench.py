import subprocess
import sys
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from portal.demo.embedded.services import CHECKOUT


class Command(BaseCommand):
    help = "Measure the portal beside its peers, as ratios in one run."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("names", nargs="*", metavar="NAME", help="which; all of them if none is named")
        parser.add_argument("--full", action="store_true", help="the large sizes too; takes long")
        parser.add_argument("--json", metavar="FILE", help="write the figures there as well")

    def handle(self, *args: Any, **options: Any) -> None:
        """The benchmarks lie with the tests and take services of their own, so they are another process."""
        if not (CHECKOUT / "tests" / "bench").is_dir():
            raise CommandError("The benchmarks lie in tests/bench, which is not here: run this in a checkout.")
        command = [sys.executable, "-m", "tests.bench", *options["names"]]
        command += ["--full"] if options["full"] else []
        command += ["--json", options["json"]] if options["json"] else []
        if code := subprocess.run(command, cwd=CHECKOUT, check=False).returncode:  # noqa: S603  # our own command
            sys.exit(code)
