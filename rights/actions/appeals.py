"""Appeals: one is filed, somebody else looks at the answer again and decides; a granted one reopens the part."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from portal.inbox import actions as inbox
from portal.law import queries as law
from portal.outbox import actions as outbox
from portal.representation import actions as representation
from portal.trail import actions as trail
from portal.trail.actor import Actor
from portal.trail.redaction import struck_out
from rights import policy
from rights.actions.steps import locked, tell_agency, words
from rights.errors import (
    AnsweredItYourself,
    AppealsExhausted,
    AppealStanding,
    NamesSomebody,
    NothingToAppeal,
    UnknownAppeal,
)
from rights.models import Appeal, Part, Precedent
from rights.remedies import Against, Level
from rights.states import RUNNING, AppealState, Outcome, PartState


def appealable(part: Part, *, at: datetime) -> Against:
    """What of a part can be appealed now; raises NothingToAppeal."""
    if part.state == PartState.ANSWERED:
        return Against.REFUSAL if part.outcome in (Outcome.REFUSED, Outcome.PARTLY) else Against.ANSWER
    if part.state in RUNNING and part.due_at < at:
        return Against.SILENCE
    raise NothingToAppeal


@transaction.atomic
def file_appeal(part: Part, *, text: str, actor: Actor, at: datetime) -> Appeal:
    """Have an answer, or its absence, looked at again: by another person of the agency, then by the regulator.

    Raises NothingToAppeal, AppealStanding while one is open in time, AppealsExhausted after the regulator's.
    """
    part = locked(part, "rights.appeal", actor)
    against = appealable(part, at=at)
    before = _before(part, actor=actor, at=at)
    level = Level.REGULATOR if before else Level.AGENCY
    rule = law.jurisdiction(part.request.jurisdiction).clocks[_CLOCKS[level]].rule
    due = law.due(rule, at, code=part.request.jurisdiction)
    appeal = Appeal.objects.create(
        part=part,
        agency_id=part.agency_id,
        subject_key=part.subject_key,
        filed_by=actor.user_id,
        level=level,
        previous=before,
        against=against,
        kind=part.kind,
        outcome=part.outcome,
        ground=part.ground,
        reply=part.reply,
        answered_at=part.answered_at,
        answered_by=part.handled_by if part.answered_at else None,
        words=words(text),
        filed_at=at,
        due_at=due.at,
        due_article=due.article,
    )
    note(appeal, "filed", actor=actor, at=at, against=against, level=level, due_at=due.at, article=due.article)
    tell(appeal, "appeal_filed", at=at)
    number = part.request.number
    representation.tell_of_act("rights.appealed", about_zh=number, about_en=number, actor=actor, at=at)
    if level == Level.AGENCY:
        tell_agency(part, "appealed", at=at)
    return appeal


_CLOCKS = {Level.AGENCY: "internal_review", Level.REGULATOR: "regulator_review"}


def _before(part: Part, *, actor: Actor, at: datetime) -> Appeal | None:
    """The agency's own review of this very answer, after which the regulator's comes; None: it comes first."""
    rows = Appeal.objects.select_for_update().filter(part=part, answered_at=part.answered_at)
    last = rows.exclude(state=AppealState.WITHDRAWN).order_by("-filed_at", "-id").first()
    if last is None or (last.state == AppealState.GRANTED and part.answered_at is None):
        return None
    if last.is_open and (last.level == Level.REGULATOR or at <= last.due_at):
        raise AppealStanding
    if last.level == Level.REGULATOR:
        raise AppealsExhausted
    if last.is_open:
        last.move_to(AppealState.LAPSED)
        last.save(update_fields=["state"])
        note(last, "lapsed", actor=actor, at=at)
    return last


@transaction.atomic
def withdraw_appeal(appeal: Appeal, *, actor: Actor, at: datetime) -> Appeal:
    """Take an appeal back; the answer stands, and may be appealed again."""
    appeal = _locked(appeal)
    policy.require_own(actor, appeal)
    appeal.move_to(AppealState.WITHDRAWN)
    appeal.save(update_fields=["state"])
    note(appeal, "withdrawn", actor=actor, at=at)
    return appeal


@transaction.atomic
def take_appeal(appeal: Appeal, *, actor: Actor, at: datetime) -> Appeal:
    """Begin to review. Raises AnsweredItYourself for who gave the answer."""
    appeal = _for_review(appeal, actor)
    appeal.move_to(AppealState.UNDER_REVIEW)
    appeal.taken_by, appeal.taken_at = actor.user_id, at
    appeal.save(update_fields=["state", "taken_by", "taken_at"])
    note(appeal, "taken", actor=actor, at=at)
    tell(appeal, "appeal_taken", at=at)
    return appeal


@transaction.atomic
def decide_appeal(
    appeal: Appeal, *, granted: bool, text: str, published: str, actor: Actor, at: datetime
) -> Appeal:  # fmt: skip
    """Decide, in words to the person and in others for everybody. Granted, it binds: the outbox reopens the part.

    Raises AnsweredItYourself, IllegalMove unless it was taken, NamesSomebody where the published words tell of whom.
    """
    appeal = _for_review(appeal, actor)
    appeal.move_to(AppealState.GRANTED if granted else AppealState.DISMISSED)
    appeal.decision, appeal.decided_by, appeal.decided_at = words(text), actor.user_id, at
    appeal.save(update_fields=["state", "decision", "decided_by", "decided_at"])
    _publish(appeal, words(published, "published"), granted=granted, at=at)
    note(appeal, "granted" if granted else "dismissed", actor=actor, at=at, level=appeal.level, ground=appeal.ground)
    tell(appeal, "appeal_granted" if granted else "appeal_dismissed", at=at)
    if granted:
        outbox.put("rights.appeal.granted", appeal_id=appeal.pk)
    return appeal


def _publish(appeal: Appeal, text: str, *, granted: bool, at: datetime) -> None:
    if any(struck_out(read) != read for read in (text, text.replace(".", " "))):  # also at the end of a sentence
        raise NamesSomebody
    Precedent.objects.create(
        appeal_id=appeal.pk,
        agency_id=appeal.agency_id,
        kind=appeal.kind,
        ground=appeal.ground,
        article=_article(appeal),
        level=appeal.level,
        against=appeal.against,
        granted=granted,
        text=text,
        decided_on=timezone.localdate(at),
    )


def _article(appeal: Appeal) -> str:
    """The article of the ground that was named, else of the right itself."""
    jurisdiction = law.jurisdiction(appeal.part.request.jurisdiction)
    named = [ground for ground in jurisdiction.refusal_grounds(appeal.kind) if ground.code == appeal.ground]
    ref: str = (named[0] if named else jurisdiction.rights[appeal.kind]).article.ref
    return ref


def _locked(appeal: Appeal) -> Appeal:
    rows = Appeal.objects.select_for_update(of=("self",)).select_related("part__request", "part__agency")
    found = rows.filter(pk=appeal.pk).first()
    if found is None:
        raise UnknownAppeal
    return found


def _for_review(appeal: Appeal, actor: Actor) -> Appeal:
    appeal = _locked(appeal)
    policy.require_reviewer(actor, appeal)
    if appeal.answered_by is not None and appeal.answered_by == actor.user_id:
        raise AnsweredItYourself
    return appeal


def note(appeal: Appeal, event: str, *, actor: Actor, at: datetime, **facts: Any) -> None:
    """Write a step of an appeal into the trail, about the part's request."""
    about: UUID = appeal.part_id
    trail.record(
        f"rights.appeal.{event}",
        actor=actor,
        at=at,
        about=appeal,
        subject=bytes(appeal.subject_key),
        agency=appeal.agency_id,
        part=about,
        **facts,
    )


def tell(appeal: Appeal, kind: str, *, at: datetime) -> None:
    """A letter to the person about their appeal."""
    agency = appeal.part.agency
    inbox.tell(
        bytes(appeal.subject_key),
        kind,
        at=at,
        about=appeal,
        number=appeal.part.request.number,
        agency_zh=agency.name_zh,
        agency_en=agency.name_en,
    )
