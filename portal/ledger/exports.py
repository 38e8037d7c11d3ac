"""A person's events to take away: CSV (RFC 4180) for spreadsheets, JSON for programs, PDF to read and to print.

CSV and JSON are whole and drawn row by row; a PDF holds the newest MOST_ON_PAPER and says so where there are more.
"""

import csv
import json
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any, Final

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import get_language, ngettext, override
from django.utils.translation import gettext as _

from portal.inbox import papers
from portal.law import queries as law
from portal.ledger import sentences
from portal.ledger.models import SharingEvent

CHUNK = 500
MARK = "\ufeff"  # tells spreadsheets that this is UTF-8
MOST_ON_PAPER: Final = 2_000
SCHEMA: Final = "ledger.sharing/1"


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
        titles = _titles()
        yield MARK + writer.writerow(heading)
    for event in rows.iterator(chunk_size=CHUNK):
        with override(language):
            line: str = writer.writerow([_harmless(cell) for cell in _cells(event, titles)])
        yield line


def _titles() -> dict[str, str]:
    return {code: basis.title for code, basis in law.jurisdiction().legal_bases.items()}


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


# ------------------------------------------------------------------ JSON
def document(rows: QuerySet[SharingEvent]) -> Iterator[str]:
    """One object with all events, in codes and both languages; drawn piece by piece."""
    yield f'{{"schema": "{SCHEMA}", "events": ['
    for place, event in enumerate(rows.iterator(chunk_size=CHUNK)):
        yield ("," if place else "") + "\n" + json.dumps(_fields(event), ensure_ascii=False)
    yield "\n]}\n"


def _fields(event: SharingEvent) -> dict[str, Any]:
    recipient = event.recipient
    return {
        "id": str(event.id),
        "occurred_at": event.occurred_at.isoformat(),
        "recorded_at": event.recorded_at.isoformat(),
        "provider": _agency(event.provider),
        "recipient": _agency(recipient) if recipient else {"name": event.recipient_name},
        "recipient_system": event.recipient_system,
        "dataset": {"code": event.dataset.code, "zh": event.dataset.name_zh, "en": event.dataset.name_en},
        "items": event.items,
        "subject_role": event.subject_role,
        "depth": event.depth,
        "form": event.form,
        "method": event.method,
        "purpose": {"zh": event.purpose_zh, "en": event.purpose_en},
        "legal_basis": event.legal_basis,
        "citation": event.citation,
        "agreement": str(event.agreement_id) if event.agreement_id else None,
        "consent": str(event.consent_id) if event.consent_id else None,
        "parent": str(event.parent_id) if event.parent_id else None,
        "outcome": event.outcome,
        "automated": event.is_automated,
        "contractor": event.contractor,
        "use_until": event.use_until.isoformat() if event.use_until else None,
    }


def _agency(agency: Any) -> dict[str, str]:
    return {"code": agency.code, "zh": agency.name_zh, "en": agency.name_en}


# ------------------------------------------------------------------ PDF
def paper(rows: QuerySet[SharingEvent], chosen: Sequence[tuple[str, str]], *, at: datetime) -> bytes:
    """The events as a paper in the reader's language; `chosen` tells what they were narrowed to."""
    events = list(rows[: MOST_ON_PAPER + 1])
    is_cut, events = len(events) > MOST_ON_PAPER, events[:MOST_ON_PAPER]
    titles = _titles()
    blocks: list[papers.Block] = [
        papers.Facts([(_("Drawn up"), _moment(at)), *chosen, (_("Events"), str(len(events)))]),
    ]
    if is_cut:
        told = ngettext(
            "Only the newest event is here. Download CSV or JSON for all.",
            "Only the newest %(count)d events are here. Download CSV or JSON for all.",
            len(events),
        )
        blocks.append(papers.Paragraph(told % {"count": len(events)}))
    if events:
        heading = [_("When"), _("What happened"), _("Why"), _("Legal basis")]
        table = [
            (
                _moment(event.occurred_at)[:16],
                sentences.sentence(event),
                event.purpose,
                titles.get(event.legal_basis, event.legal_basis) + (f" · {event.citation}" if event.citation else ""),
            )
            for event in events
        ]
        blocks.append(papers.Table(heading, table, [2, 5, 3, 3]))
    else:
        blocks.append(papers.Paragraph(_("Nothing to show")))
    blocks.append(papers.Paragraph(_("This tells what agencies have reported. What was never reported is not in it.")))
    return papers.drawn(_("Who shared your data, and why"), blocks)
