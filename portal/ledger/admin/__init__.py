"""The ledger in the admin: what citizens ask, and what is withheld from them."""

from portal.ledger.admin.challenges import ChallengeAdmin
from portal.ledger.admin.embargoes import EmbargoAdmin

__all__ = ["ChallengeAdmin", "EmbargoAdmin"]
