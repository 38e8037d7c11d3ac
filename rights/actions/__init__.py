"""Every change to requests and their parts. Nothing else saves one."""

from rights.actions.answering import Upload, attach, reply
from rights.actions.approvals import ask_approval, decide_approval
from rights.actions.filing import Filing, answer_question, submit, withdraw
from rights.actions.handling import acknowledge, ask, extend, mark_delivered, show_person
from rights.actions.handover import accept_offer, decline_offer, transfer

__all__ = [
    "Filing",
    "Upload",
    "accept_offer",
    "acknowledge",
    "answer_question",
    "ask",
    "ask_approval",
    "attach",
    "decide_approval",
    "decline_offer",
    "extend",
    "mark_delivered",
    "reply",
    "show_person",
    "submit",
    "transfer",
    "withdraw",
]
