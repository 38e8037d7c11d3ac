"""A request before it is sent: begun, saved answer by answer, thrown away, or joined to one that is open already."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django.db import transaction
from django.utils.translation import override

from portal.trail import actions as trail
from portal.trail.actor import Actor
from portal.trail.errors import IllegalMove
from rights import changes, duplicates
from rights.actions.evidence import forget_evidence, keep_evidence
from rights.actions.filing import Filing, locked_request, make, open_parts, require_sound, tell_of_act
from rights.actions.steps import few_words, say, tell_agency
from rights.changes import Change
from rights.errors import UnknownRequest
from rights.models import Evidence, RightsRequest, WantedChange
from rights.states import RequestState

ANSWERS: Final = frozenset(
    "datasets agencies items added about_event about_consent wants_review format receiver_id period_from period_to"
    " words".split()
)


@transaction.atomic
def begin(filing: Filing, *, actor: Actor, at: datetime) -> RightsRequest:
    """Begin a draft. Only its owner and who files for them ever see it."""
    request = make(filing, actor=actor, at=at)
    _record("begun", request, actor=actor, at=at, kind=filing.kind)
    return request


@transaction.atomic
def save(draft: RightsRequest, answers: dict[str, Any], *, actor: Actor, at: datetime) -> RightsRequest:
    """Keep one answer of the form. Raises what `filing.send` raises for what is wrong in itself."""
    request = locked_draft(draft, actor)
    for name in answers.keys() & ANSWERS:
        setattr(request, name, answers[name])
    request.words = few_words(request.words, "words")
    _forget_what_no_longer_fits(request)
    require_sound(request, actor)
    request.saved_at = at
    request.save(update_fields=[*ANSWERS - {"receiver_id"}, "receiver", "saved_at"])
    _record("saved", request, actor=actor, at=at, answers=sorted(answers.keys() & ANSWERS))
    return request


def _forget_what_no_longer_fits(request: RightsRequest) -> None:
    """Items and changes of datasets that were taken out again go with them."""
    fitting = {item.pk for item in changes.items_of(request)}
    request.items = [item for item in request.items if item in fitting]
    request.changes.exclude(item__in=fitting).delete()


@transaction.atomic
def put_change(draft: RightsRequest, change: Change, *, actor: Actor, at: datetime) -> WantedChange:
    """Say of one item how it should read; said again it replaces what was said."""
    request = locked_draft(draft, actor)
    kept = changes.put(request, change)
    _record("saved", request, actor=actor, at=at, answers=["changes"])
    return kept


@transaction.atomic
def remove_change(draft: RightsRequest, identifier: UUID, *, actor: Actor, at: datetime) -> None:
    """Take a change out of a draft again; harmless where it is gone."""
    request = locked_draft(draft, actor)
    if request.changes.filter(pk=identifier).delete()[0]:
        _record("saved", request, actor=actor, at=at, answers=["changes"])


@transaction.atomic
def add_evidence(draft: RightsRequest, *, name: str, content: Iterable[bytes], actor: Actor, at: datetime) -> Evidence:
    """Put a file to a draft; one of the same name is replaced. Raises what `files.take_in` raises, or TooManyFiles."""
    request = locked_draft(draft, actor)
    evidence = keep_evidence(request, name=name, content=content, at=at)
    _record("evidence_added", request, actor=actor, at=at, sha256=bytes(evidence.sha256), size=evidence.size)
    return evidence


@transaction.atomic
def remove_evidence(draft: RightsRequest, identifier: UUID, *, actor: Actor, at: datetime) -> None:
    """Take a file out of a draft again; harmless where it is gone."""
    request = locked_draft(draft, actor)
    if forget_evidence(request.evidence.filter(pk=identifier)):
        _record("evidence_removed", request, actor=actor, at=at)


@transaction.atomic
def discard(draft: RightsRequest, *, actor: Actor, at: datetime) -> None:
    """Throw a draft away, with everything in it."""
    request = locked_draft(draft, actor)
    _record("discarded", request, actor=actor, at=at)
    erase(request)


def erase(draft: RightsRequest) -> None:
    """Remove a draft that the transaction holds, with everything in it. The database lets nothing but drafts go."""
    forget_evidence(draft.evidence.all())
    draft.changes.all().delete()
    draft.delete()


@transaction.atomic
def join(draft: RightsRequest, onto: UUID, *, actor: Actor, at: datetime) -> RightsRequest:
    """Put a draft's words, changes and files to an open request that asks the same, instead of asking twice.

    Each department whose part is open is told, with the words as a message. Raises UnknownRequest where `onto` is no
    such request, IllegalMove where it was closed meanwhile.
    """
    request = locked_draft(draft, actor)
    if onto not in {found.request.pk for found in duplicates.of(request) if found.is_whole}:
        raise UnknownRequest
    target = locked_request(RightsRequest(pk=onto), "rights.join", actor)
    parts = list(open_parts(target))
    if not parts and target.state != RequestState.SUBMITTED:
        raise IllegalMove
    _hand_over(request, target)
    for part in parts:
        with override(target.language):
            say(part, request.words or str(duplicates.ASKED_AGAIN), is_from_agency=False, at=at)
        tell_agency(part, "message", at=at)
    _record("joined", target, actor=actor, at=at, draft=request.pk, event="request")
    tell_of_act("rights.submitted", target, actor=actor, at=at)
    erase(request)
    return target


def _hand_over(draft: RightsRequest, target: RightsRequest) -> None:
    """Changes and evidence of a draft become the other's; its own of the same item or name stay."""
    for shown in changes.shown(list(draft.changes.select_related("dataset", "item"))):
        if not target.changes.filter(item__code=shown.item, dataset=shown.dataset_id).exists():
            changes.put(target, Change(shown.item_id, shown.held, shown.wanted))
    taken = set(target.evidence.values_list("name", flat=True))
    draft.evidence.exclude(name__in=taken).update(request=target)


def locked_draft(draft: RightsRequest, actor: Actor) -> RightsRequest:
    """A draft of the actor's own, held; raises UnknownRequest, NotPermitted, or IllegalMove once it was sent."""
    request = locked_request(draft, "rights.draft", actor)
    if request.state != RequestState.DRAFT:
        raise IllegalMove
    return request


def _record(
    what: str, request: RightsRequest, *, actor: Actor, at: datetime, event: str = "draft", **facts: Any
) -> None:
    trail.record(
        f"rights.{event}.{what}", actor=actor, at=at, about=request, subject=bytes(request.subject_key), **facts
    )
