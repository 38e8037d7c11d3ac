"""Every change to purposes and consents. Nothing else saves one."""

from consent.actions.answers import (
    A_BATCH,
    expire_due,
    give,
    pause,
    refuse,
    resume,
    use_up,
    withdraw,
    withdraw_together,
)
from consent.actions.asking import ask
from consent.actions.comments import comment
from consent.actions.purposes import (
    ItemTerms,
    PurposeTerms,
    approve_purpose,
    end_purpose,
    open_for_comment,
    record_review,
    register_purpose,
)
from consent.actions.terms import extend, shorten
from consent.actions.texts import approve_notice, publish_notice

__all__ = [
    "A_BATCH",
    "ItemTerms",
    "PurposeTerms",
    "approve_notice",
    "approve_purpose",
    "ask",
    "comment",
    "end_purpose",
    "expire_due",
    "extend",
    "give",
    "open_for_comment",
    "pause",
    "publish_notice",
    "record_review",
    "refuse",
    "register_purpose",
    "resume",
    "shorten",
    "use_up",
    "withdraw",
    "withdraw_together",
]
