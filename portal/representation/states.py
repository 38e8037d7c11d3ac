"""The states of a representation, every move between them, and what each kind is."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from django.db import models
from django.utils.translation import gettext_lazy as _

from portal.trail.errors import IllegalMove


class State(models.TextChoices):
    ASKED = "asked", _("asked for")
    PROVEN = "proven", _("in force")
    REFUSED = "refused", _("refused")
    ENDED = "ended", _("ended")
    EXPIRED = "expired", _("ended on its day")


MOVES: Final[Mapping[State, frozenset[State]]] = {
    State.ASKED: frozenset({State.PROVEN, State.REFUSED, State.ENDED, State.EXPIRED}),
    State.PROVEN: frozenset({State.ENDED, State.EXPIRED}),
    State.REFUSED: frozenset(),
    State.ENDED: frozenset(),
    State.EXPIRED: frozenset(),
}
LIVE: Final = (State.ASKED, State.PROVEN)


def require_move(before: str, after: State) -> None:
    """Raise IllegalMove unless a representation may go from `before` to `after`."""
    if after not in MOVES[State(before)]:
        raise IllegalMove


class Kind(models.TextChoices):
    CHILD = "child", _("parent or guardian of a child")
    MINOR = "minor", _("parent or guardian of a young person")
    ADULT = "adult", _("guardian of an adult")
    PROXY = "proxy", _("proxy")
    AGENT = "agent", _("professional agent")
    RELATIVE = "relative", _("close relative of somebody who died")
    ASSISTED = "assisted", _("assisted at a counter")


class Act(models.TextChoices):
    """What may be done for somebody; portal.trail.actor.Mandate holds the values."""

    SEE = "see", _("see what is held and shared")
    CONSENT = "consent", _("answer questions for consent, and stop what was allowed")
    FILE = "file", _("file requests and follow them")


class WaitsFor(models.TextChoices):
    """Whose answer an open question needs."""

    NOBODY = "", _("nobody")
    PERSON = "person", _("the represented person")
    REPRESENTATIVE = "representative", _("the representative")
    DOCUMENTS = "documents", _("the office that checks documents")
    CODE = "code", _("the person's code")


class Proof(models.TextChoices):
    NONE = "", _("none yet")
    REGISTER = "register", _("by the household register")
    DOCUMENTS = "documents", _("by documents that a clerk checked")
    GRANT = "grant", _("by the person's own grant")
    CODE = "code", _("by the person's code at the counter")


@dataclass(frozen=True)
class Rule:
    """What a kind is: its acts at most, who may end it, and whether a guardian decides by it."""

    acts: frozenset[Act]
    person_may_end: bool
    is_guardian: bool = False


ALL: Final = frozenset(Act)
RULES: Final[Mapping[Kind, Rule]] = {
    Kind.CHILD: Rule(ALL, person_may_end=False, is_guardian=True),
    # From the age of the law on (PIPL 31) consent is the young person's own.
    Kind.MINOR: Rule(frozenset({Act.SEE, Act.FILE}), person_may_end=True),
    Kind.ADULT: Rule(ALL, person_may_end=False, is_guardian=True),
    Kind.PROXY: Rule(ALL, person_may_end=True),
    Kind.AGENT: Rule(ALL, person_may_end=True),
    # PIPL 49 lets relatives see, copy, correct and erase; it does not let them consent for the dead.
    Kind.RELATIVE: Rule(frozenset({Act.SEE, Act.FILE}), person_may_end=False),
    Kind.ASSISTED: Rule(ALL, person_may_end=True),
}
GRANTED: Final = (Kind.PROXY, Kind.AGENT)
BY_LAW: Final = (Kind.CHILD, Kind.MINOR, Kind.ADULT, Kind.RELATIVE)
