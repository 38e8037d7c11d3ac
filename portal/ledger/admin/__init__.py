"""The ledger in the admin: what citizens ask, what is withheld from them, and what agencies doubt."""

from portal.ledger.admin.challenges import ChallengeAdmin
from portal.ledger.admin.embargoes import EmbargoAdmin
from portal.ledger.admin.verifications import VerificationAdmin

__all__ = ["ChallengeAdmin", "EmbargoAdmin", "VerificationAdmin"]
