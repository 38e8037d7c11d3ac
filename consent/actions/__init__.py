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
from consent.actions.purposes import (
    ItemTerms,
    PurposeTerms,
    approve_notice,
    approve_purpose,
    end_purpose,
    publish_notice,
    register_purpose,
)
from consent.actions.terms import extend, shorten

__all__ = [
    "A_BATCH",
    "ItemTerms",
    "PurposeTerms",
    "approve_notice",
    "approve_purpose",
    "ask",
    "end_purpose",
    "expire_due",
    "extend",
    "give",
    "pause",
    "publish_notice",
    "refuse",
    "register_purpose",
    "resume",
    "shorten",
    "use_up",
    "withdraw",
    "withdraw_together",
]
