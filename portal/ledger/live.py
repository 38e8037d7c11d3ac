"""What departments' own logs say of the reader, asked when the reader looks. Nothing of it is kept.

The page is streamed: its head at once, each department as it answers, the late and the failing by name at the end.
htmx fills it into the page of sharing; without scripts it is a page of its own.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Final

from django.http import Http404, HttpRequest, StreamingHttpResponse
from django.template.loader import render_to_string
from django.utils import timezone, translation
from django.utils.safestring import SafeString
from django.views.decorators.http import require_safe

from portal.accounts import limits, queries
from portal.accounts.access import citizen_required
from portal.accounts.limits import limited
from portal.ledger import trackers
from portal.trail import actor as acting

HERE: Final = SafeString("<!-- answers -->")


@require_safe
@citizen_required
@limited("live", by=limits.person)
def live(request: HttpRequest) -> StreamingHttpResponse:
    """The reader's own record alone: a department could not judge whether somebody may ask for another."""
    actor = acting.current()
    if actor.subject_key is None or actor.mandate is not None:
        raise Http404
    logs, number = trackers.to_ask(), queries.number_of(actor.subject_key)
    template = "ledger/_live_part.html" if request.headers.get("HX-Request") else "ledger/live.html"
    head, _, tail = render_to_string(template, {"logs": logs, "here": HERE}, request).partition(HERE)
    language = translation.get_language() or "zh-hans"
    return StreamingHttpResponse(_chunks(head, logs, number, tail, language, timezone.now()))


def _chunks(
    head: str, logs: Sequence[trackers.Asked], number: str, tail: str, language: str, at: datetime
) -> Iterator[str]:
    yield head
    for answered in trackers.ask_all(logs, number, at=at, budget=trackers.BUDGET):
        with translation.override(language):
            yield render_to_string("ledger/_live_answer.html", {"answered": answered})
    yield tail
