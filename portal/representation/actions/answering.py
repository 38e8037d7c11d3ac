"""Accepting, refusing, ending; and acting under what stands."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from django.db import transaction
from django.utils import translation
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from portal.accounts import queries as people
from portal.inbox import actions as inbox
from portal.representation import names, queries
from portal.representation.actions import steps
from portal.representation.errors import NotStanding
from portal.representation.models import Representation
from portal.representation.states import Proof, State, WaitsFor
from portal.trail.actor import Actor, ActorKind, acting_as
from portal.trail.errors import IllegalMove

# What a representative did, in words for the represented person; by the act's event.
ACTED: Final[Mapping[str, str | Promise]] = {
    "consent.given": _("allowed a use of your data"),
    "consent.refused": _("did not allow a use of your data"),
    "consent.shortened": _("made a use of your data end sooner"),
    "consent.withdrawn": _("stopped a use of your data"),
    "consent.paused": _("paused a use of your data"),
    "consent.resumed": _("resumed a use of your data"),
    "rights.submitted": _("filed a request"),
    "rights.withdrawn": _("took a request back"),
    "rights.answered": _("answered an agency's question"),
    "rights.appealed": _("appealed against an answer"),
    "rights.complained": _("complained to the regulator"),
}


@transaction.atomic
def accept(row: Representation, *, actor: Actor, at: datetime) -> Representation:
    """Say yes: the one who was granted it, or the young person whose guardian wants to go on. Raises NotOfAge."""
    row = steps.locked(row, "representation.answer", actor)
    if row.state != State.ASKED or (row.valid_until is not None and row.valid_until <= at):
        raise IllegalMove
    fields = list(steps.PROVEN)
    if row.waits_for == WaitsFor.REPRESENTATIVE:
        row.proof = Proof.GRANT
        me = people.identity_of(bytes(row.representative_key or b""))
        steps.require_adult(me.born_on, at=at)
        if me.name:
            row.representative_sealed = names.seal_representative(row.id, me.name)
            fields.append("representative_sealed")
    steps.prove(row, actor=actor, at=at)
    steps.keep(row, "representation.proven", *fields, actor=actor, at=at)
    steps.tell_person(row, "representation_began", at=at)
    steps.tell_representative(row, "representation_may_begin", at=at)
    return row


@transaction.atomic
def refuse(row: Representation, *, actor: Actor, at: datetime) -> Representation:
    """Say no."""
    row = steps.locked(row, "representation.answer", actor)
    steps.close(row, State.REFUSED, by=actor, at=at)
    steps.keep(row, "representation.refused", *steps.CLOSED, actor=actor, at=at)
    tell = steps.tell_person if bytes(row.representative_key or b"") == actor.subject_key else steps.tell_representative
    tell(row, "representation_refused", at=at)
    return row


@transaction.atomic
def end(row: Representation, *, actor: Actor, at: datetime) -> Representation:
    """End it at once, or take back what nobody has answered: nothing more can be done by it after this commits."""
    row = steps.locked(row, "representation.end", actor)
    steps.close(row, State.ENDED, by=actor, at=at)
    steps.keep(row, "representation.ended", *steps.CLOSED, actor=actor, at=at)
    steps.tell_person(row, "representation_ended", at=at)
    steps.tell_representative(row, "representation_ended", at=at)
    return row


@transaction.atomic
def begin_acting(row: Representation, *, actor: Actor, at: datetime) -> Representation:
    """Turn to the represented person's record; they see that somebody did. Raises NotStanding."""
    row = steps.locked(row, "representation.act", actor)
    if not row.stands(at):
        raise NotStanding
    with acting_as(in_place_of(row, actor)) as standing_in:
        steps.note(row, "acting.begun", actor=standing_in, at=at)
    return row


def in_place_of(row: Representation, actor: Actor) -> Actor:
    """The actor who acts for the represented person from now on."""
    return actor.standing_in_for(bytes(row.subject_key), queries.mandate_of(row))


def tell_of_act(event: str, *, about_zh: str, about_en: str, actor: Actor, at: datetime) -> None:
    """Write to the represented person what was just done for them, if it was somebody else who did it.

    `event` is one of ACTED; `about` names the purpose, or the number of the request.
    """
    if actor.mandate is None or actor.on_behalf_of is None or actor.kind is not ActorKind.CITIZEN:
        return
    row = queries.one(actor.mandate.id)
    what: dict[str, Any] = {}
    for ending, language, about in (("zh", "zh-hans", about_zh), ("en", "en", about_en)):
        with translation.override(language):
            what[f"what_{ending}"] = gettext("%(what)s: %(about)s") % {"what": ACTED[event], "about": about}
    inbox.tell(actor.on_behalf_of, "representation_acted", at=at, about=row, **steps.named(row), **what)
