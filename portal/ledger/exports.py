"""A person's events as CSV (RFC 4180), for spreadsheets."""

import csv
from collections.abc import Iterator
from datetime import datetime

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import get_language, override
from django.utils.translation import gettext as _

from portal.law import queries as law
from portal.ledger.models import SharingEvent

CHUNK = 500
MARK = "\ufeff"  # tells spreadsheets that this is UTF-8


class _Line:
    """What csv writes to: gives the line back instead of keeping it."""

    def write(self, line: str) -> str:
        return line


def lines(rows: QuerySet[SharingEvent]) -> Iterator[str]:
    """The table line by line, in the language of the request: it is drawn after the request has ended."""
    return _lines(rows, get_language())


def _lines(rows: QuerySet[SharingEvent], language: str | None) -> Iterator[str]:
    writer = csv.writer(_Line())
    with override(language):
        heading = [_("When"), _("Who"), _("Dataset"), _("Items"), _("To whom"), _("Why"), _("Legal basis")]
        heading += [_("Citation"), _("How it was used"), _("In which form"), _("Outcome"), _("Reported"), _("Id")]
        titles = {code: basis.title for code, basis in law.jurisdiction().legal_bases.items()}
        yield MARK + writer.writerow(heading)
    for event in rows.iterator(chunk_size=CHUNK):
        with override(language):
            line: str = writer.writerow([_harmless(cell) for cell in _cells(event, titles)])
        yield line


def _cells(event: SharingEvent, titles: dict[str, str]) -> list[str]:
    return [
        _moment(event.occurred_at),
        event.provider.name,
        event.dataset.name,
        " ".join(event.items),
        event.to_whom,
        event.purpose,
        titles.get(event.legal_basis, event.legal_basis),
        event.citation,
        event.get_depth_display(),
        event.get_form_display(),
        event.get_outcome_display(),
        _moment(event.recorded_at),
        str(event.id),
    ]


def _moment(moment: datetime) -> str:
    return f"{timezone.localtime(moment):%Y-%m-%d %H:%M:%S}"


def _harmless(cell: str) -> str:
    """A spreadsheet must not take a department's words for a formula."""
    return f"'{cell}" if cell[:1] in {"=", "+", "-", "@", "\t", "\r"} else cell
