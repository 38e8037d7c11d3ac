"""What the ledger keeps: who holds what about whom, what was shared, and what was later said of it."""

from portal.ledger.models.batches import Batch, BatchKind, PublicFlow, ReportingMonth, StatedCount
from portal.ledger.models.challenges import ASKED, Challenge
from portal.ledger.models.embargoes import Embargo
from portal.ledger.models.events import Depth, Form, Outcome, SharingEvent
from portal.ledger.models.holdings import Holding, HoldingChange
from portal.ledger.models.notes import FLAGS, FaceFault, NoteKind, SharingNote

__all__ = [
    "ASKED",
    "FLAGS",
    "Batch",
    "BatchKind",
    "Challenge",
    "Depth",
    "Embargo",
    "FaceFault",
    "Form",
    "Holding",
    "HoldingChange",
    "NoteKind",
    "Outcome",
    "PublicFlow",
    "ReportingMonth",
    "SharingEvent",
    "SharingNote",
    "StatedCount",
]
