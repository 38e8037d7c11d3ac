"""`manage.py import_catalogue FILE --format riha|dcat|csv|fides [--report FILE]`: a real catalogue, all or nothing."""

from argparse import ArgumentParser, RawDescriptionHelpFormatter
from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

from django.core.management.base import BaseCommand, CommandError, no_translations
from django.utils import timezone
from rich.console import Console
from rich.progress import track

from portal.catalogue.actions import import_record, note_import
from portal.catalogue.importing import csv_file, dcat_file, fides, riha
from portal.catalogue.importing.records import Found, Reader, UnreadableFile, Unusable
from portal.catalogue.importing.report import Report
from portal.trail.actor import Actor, acting_as

FORMATS: Final[dict[str, tuple[Reader, str, bool]]] = {
    "riha": (riha.read, riha.ORIGIN, True),
    "fides": (fides.read, fides.ORIGIN, True),
    "dcat": (dcat_file.read, dcat_file.ORIGIN, True),
    "csv": (csv_file.read, csv_file.ORIGIN, False),
}


class Command(BaseCommand):
    help = f"Read another register's catalogue into this one: agencies, systems, datasets, items.\n\n{csv_file.HELP}"

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.formatter_class = RawDescriptionHelpFormatter
        parser.add_argument("file", type=Path)
        parser.add_argument("--format", choices=sorted(FORMATS), required=True)
        parser.add_argument("--report", type=Path, help="where to write what became of each record (tab-separated)")

    @no_translations  # as its own texts, and every command of Django's
    def handle(self, *args: Any, **options: Any) -> None:
        path: Path = options["file"]
        read, origin, approved_there = FORMATS[options["format"]]
        target: Path | None = options["report"]
        if target and (target.is_dir() or not target.absolute().parent.is_dir()):
            raise CommandError(f"{target}: the report cannot be written there. Nothing was changed.")
        try:
            records = read(path)
        except UnreadableFile as error:
            raise CommandError(f"{path}: {error} Nothing was changed.") from error
        report = self._write(records, origin, approved_there, sha256(path.read_bytes()).hexdigest())
        if target:
            report.write(target)
        self._tell(report, len(records), target)

    def _write(self, records: Sequence[Found | Unusable], origin: str, approved_there: bool, digest: str) -> Report:
        """In one transaction, with a progress bar on the terminal."""
        report, at, actor = Report(), timezone.now(), Actor.portal()
        console = Console(stderr=True)
        with acting_as(actor):
            for record in track(records, description=origin, console=console):
                lines = import_record(record, origin=origin, approved_there=approved_there, actor=actor, at=at)
                report.add(*lines)
            note_import(report, origin=origin, digest=digest, actor=actor, at=at)
        return report

    def _tell(self, report: Report, records: int, target: Path | None) -> None:
        self.stdout.write(f"{records} records in the file.")
        for line in report.summary():
            self.stdout.write(line)
        if not report.changed:
            self.stdout.write("Nothing was changed: all of this was in the catalogue already.")
        if target:
            self.stdout.write(f"What became of each record: {target}")
