"""The ledger in the admin: what citizens ask, what is withheld, what agencies doubt, where their own logs answer."""

from portal.ledger.admin.challenges import ChallengeAdmin
from portal.ledger.admin.embargoes import EmbargoAdmin
from portal.ledger.admin.trackers import TrackerAdmin
from portal.ledger.admin.verifications import VerificationAdmin

__all__ = ["ChallengeAdmin", "EmbargoAdmin", "TrackerAdmin", "VerificationAdmin"]
