import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from babel.messages.catalog import Message
from babel.messages.pofile import read_po
from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.test import override_settings

# makemessages writes into every folder called locale that it meets on its way: into the kept one, too
IGNORED = [".venv", "node_modules", ".data", "tests", "portal/locale"]
SHOWN = 30


class Command(BaseCommand):
    help = "Gather the texts of code and templates anew and name those that have no Chinese yet. Needs gettext."
    requires_system_checks = ()

    def handle(self, *args: Any, **options: Any) -> None:
        missing = list(faults(Path(settings.LOCALE_PATHS[0])))
        for text in missing[:SHOWN]:
            self.stderr.write(f"  {text}")
        if missing:
            raise CommandError(f"{len(missing)} texts are not translated. Run: make messages")
        self.stdout.write("Every text stands in both languages.")


def faults(kept: Path) -> Iterator[str]:
    """What is missing, unsure or wrong in the Chinese catalogue, against the texts as they stand now."""
    with tempfile.TemporaryDirectory() as folder:
        shutil.copytree(kept, folder, dirs_exist_ok=True)
        with override_settings(LOCALE_PATHS=[folder]):
            call_command("makemessages", locale=["zh_Hans"], no_obsolete=True, ignore_patterns=IGNORED, verbosity=0)
        with (Path(folder) / "zh_Hans" / "LC_MESSAGES" / "django.po").open("rb") as file:
            catalogue = read_po(file, locale="zh_Hans")
    for message in catalogue:
        if message.id and (fault := _fault(message)):
            yield f"{fault}: {message.id!r}"


def _fault(message: Message) -> str:
    texts = message.string if isinstance(message.string, tuple) else (message.string,)
    if not all(texts):
        return "no Chinese"
    if message.fuzzy:
        return "unsure (fuzzy)"
    wrong = list(message.check())
    return str(wrong[0]) if wrong else ""
