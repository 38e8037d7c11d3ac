"""Every change to requests and their parts. Nothing else saves one."""

from rights.actions.answering import Upload, attach, reply
from rights.actions.approvals import ask_approval, decide_approval
from rights.actions.drafts import (
    add_evidence,
    begin,
    discard,
    join,
    put_change,
    remove_change,
    remove_evidence,
    save,
)
from rights.actions.evidence import read_evidence
from rights.actions.filing import Filing, answer_question, send, submit, withdraw
from rights.actions.handling import acknowledge, ask, extend, mark_delivered, show_person
from rights.actions.handover import accept_offer, decline_offer, transfer
from rights.actions.moving import acknowledge_transfer, fetch, take_over
from rights.actions.packages import ask_package, take_package, ticket_of, tidy
from rights.changes import Change

__all__ = [
    "Change",
    "Filing",
    "Upload",
    "accept_offer",
    "acknowledge",
    "acknowledge_transfer",
    "add_evidence",
    "answer_question",
    "ask",
    "ask_approval",
    "ask_package",
    "attach",
    "begin",
    "decide_approval",
    "decline_offer",
    "discard",
    "extend",
    "fetch",
    "join",
    "mark_delivered",
    "put_change",
    "read_evidence",
    "remove_change",
    "remove_evidence",
    "reply",
    "save",
    "send",
    "show_person",
    "submit",
    "take_over",
    "take_package",
    "ticket_of",
    "tidy",
    "transfer",
    "withdraw",
]
