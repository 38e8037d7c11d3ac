"""Every change to representations. Nothing else saves one."""

from portal.representation.actions.answering import (
    ACTED,
    accept,
    begin_acting,
    end,
    in_place_of,
    refuse,
    tell_of_act,
)
from portal.representation.actions.asking import LONGEST_INTEREST, Wish, ask
from portal.representation.actions.assisting import DIGITS, assist, confirm
from portal.representation.actions.checking import (
    LARGEST,
    approve,
    hand_in,
    open_document,
    reject,
    show_people,
)
from portal.representation.actions.expiring import A_BATCH, expire_due
from portal.representation.actions.granting import Grant, arrange, grant
from portal.representation.actions.leaving import end_of_closed, leave

__all__ = [
    "ACTED",
    "A_BATCH",
    "DIGITS",
    "LARGEST",
    "LONGEST_INTEREST",
    "Grant",
    "Wish",
    "accept",
    "approve",
    "arrange",
    "ask",
    "assist",
    "begin_acting",
    "confirm",
    "end",
    "end_of_closed",
    "expire_due",
    "grant",
    "hand_in",
    "in_place_of",
    "leave",
    "open_document",
    "refuse",
    "reject",
    "show_people",
    "tell_of_act",
]
