"""Which steps a department can take with a part now; and where it can't, why not."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from portal.law import queries as law
from rights import clock
from rights.models import Part
from rights.states import PartState

Reason = str | Promise
CLOSED: Final = _("This part is closed.")


def reasons(part: Part, *, at: datetime) -> dict[str, Reason]:
    """For each step: an empty text where it can be taken now, else why not."""
    if not part.is_open:
        return dict.fromkeys(CHECKS, CLOSED)
    return {step: check(part, at) for step, check in CHECKS.items()}


def _acknowledge(part: Part, _at: datetime) -> Reason:
    return "" if part.state in (PartState.QUEUED, PartState.DELIVERED) else _("This was done.")


def _ask(part: Part, _at: datetime) -> Reason:
    return _("You asked already; the answer is not here yet.") if part.state == PartState.INFORMATION_NEEDED else ""


def _extend(part: Part, at: datetime) -> Reason:
    rule = clock.rule_of(part.kind, part.request.jurisdiction)
    if part.extended_at is not None:
        return _("This was extended once; the law allows no second time.")
    if rule.extension is None:
        return _("The law allows no extension here.")
    due = law.due(rule, clock.started_at(part), clock.pauses_of(part), code=part.request.jurisdiction)
    return _("The first period is over: it is too late to extend.") if due.passed(at) else ""


def _always(_part: Part, _at: datetime) -> Reason:
    return ""


CHECKS: Final[Mapping[str, Callable[[Part, datetime], Reason]]] = {
    "acknowledge": _acknowledge,
    "ask": _ask,
    "extend": _extend,
    "transfer": _always,
    "reply": _always,
}
