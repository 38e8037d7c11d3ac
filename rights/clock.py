"""A part's deadline: the law's rule, counted from the submission, standing still while the person is asked."""

from datetime import datetime

from portal.law import queries as law
from portal.law.clock import Due
from portal.law.provisions import Rule
from rights.models import Part

DUE = ("due_at", "due_article", "due_is_target", "due_is_provisional", "warned_at")  # the columns set_due writes


def pauses_of(part: Part) -> list[tuple[datetime, datetime | None]]:
    """When the clock stood, in order; after an appeal, since it runs anew."""
    pauses = part.pauses.order_by("asked_at")
    since = pauses.filter(asked_at__gte=part.reopened_at) if part.reopened_at else pauses
    return [(pause.asked_at, pause.answered_at) for pause in since]


def started_at(part: Part) -> datetime:
    """From when a part's time is counted: its submission, or the appeal that reopened it."""
    return part.reopened_at or part.submitted_at


def rule_of(kind: str, jurisdiction: str) -> Rule:
    """The deadline of a right."""
    return law.jurisdiction(jurisdiction).rights[kind].deadline


def first_due(kind: str, jurisdiction: str, submitted_at: datetime) -> Due:
    """When a fresh part is due."""
    return law.due(rule_of(kind, jurisdiction), submitted_at, code=jurisdiction)


def recounted(part: Part, *, jurisdiction: str) -> Due:
    """When a part is due after its pauses, with its extension if it has one."""
    rule, start = rule_of(part.kind, jurisdiction), started_at(part)
    if part.extended_at and part.extended_at >= start:
        return law.extended(rule, start, pauses_of(part), told_at=part.extended_at, code=jurisdiction)
    return law.due(rule, start, pauses_of(part), code=jurisdiction)


def set_due(part: Part, due: Due) -> None:
    """Note a deadline and what it rests on; a new deadline is warned of anew."""
    part.warned_at = None
    part.due_at, part.due_article = due.at, due.article
    part.due_is_target, part.due_is_provisional = due.is_target, due.provisional
