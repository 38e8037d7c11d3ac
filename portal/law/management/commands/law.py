"""`manage.py law`: the rules and articles of a jurisdiction, and whether the files are sound."""

from typing import IO, Any, cast

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation import override
from rich.console import Console
from rich.table import Table

from portal.law import files, queries
from portal.law.errors import LawFileError, UnknownProvision
from portal.law.provisions import Jurisdiction, Rule


class Command(BaseCommand):
    """Reads every file first; an unsound one is named with its key and nothing is printed."""

    help = "Print the rules and articles of a jurisdiction, and check the files."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("code", nargs="?", default=settings.PORTAL_JURISDICTION, help="cn, gdpr, …")
        parser.add_argument("--language", default="en", choices=["zh-hans", "en"])

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            for code in files.codes():
                files.read(files.FOLDER / f"{code}.toml")
            law = queries.jurisdiction(options["code"])
        except LawFileError as error:
            raise CommandError(str(error)) from error
        except UnknownProvision as error:
            raise CommandError(f"no jurisdiction {options['code']!r}; there are {', '.join(files.codes())}") from error
        console = Console(file=cast(IO[str], self.stdout))
        with override(options["language"]):
            for table in (_rights(law), _clocks(law), _articles(law)):
                console.print(table)
        console.print(f"{len(files.codes())} files sound: {', '.join(files.codes())}")


def _span(rule: Rule) -> str:
    unit = rule.unit.value.replace("_", " ")
    span = f"{rule.count} {unit if rule.count > 1 else unit.removesuffix('s')}"
    if rule.extension:
        span += f" + {rule.extension.count}"
    if rule.ceiling:
        span += f", at most {rule.ceiling.days} days"
    return span


def _rights(law: Jurisdiction) -> Table:
    table = Table(title=f"{law.name}: rights", title_justify="left")
    for heading in ("kind", "right", "article", "deadline", "set by", "grounds for refusal"):
        table.add_column(heading)
    for right in law.rights.values():
        rule = right.deadline
        by = "our target" if rule.is_target else rule.article.ref
        grounds = ", ".join(ground.code for ground in right.grounds)
        table.add_row(right.kind, right.title, right.article.ref, _span(rule), by, grounds)
    return table


def _clocks(law: Jurisdiction) -> Table:
    table = Table(title="Clocks between departments", title_justify="left")
    for heading in ("code", "what", "limit", "set by"):
        table.add_column(heading)
    for clock in law.clocks.values():
        by = "our target" if clock.rule.is_target else clock.rule.article.ref
        table.add_row(clock.code, clock.title, _span(clock.rule), by)
    return table


def _articles(law: Jurisdiction) -> Table:
    table = Table(title="Articles", title_justify="left")
    for heading in ("reference", "article", "in our own words"):
        table.add_column(heading)
    for article in law.articles.values():
        table.add_row(article.ref, article.title, article.summary)
    return table
