"""What the ledger keeps: who holds what about whom, what was shared, and what was later said of it."""

from portal.ledger.models.alerts import AlertChoice
from portal.ledger.models.batches import Batch, BatchKind, PublicFlow, ReportingMonth, StatedCount
from portal.ledger.models.challenges import ASKED, Challenge
from portal.ledger.models.embargoes import Embargo
from portal.ledger.models.events import Depth, Form, Outcome, SharingEvent
from portal.ledger.models.holdings import Holding, HoldingChange
from portal.ledger.models.notes import FLAGS, FaceFault, NoteKind, SharingNote
from portal.ledger.models.retention import DroppedRows, LegalHold, PartitionDrop
from portal.ledger.models.trackers import Tracker
from portal.ledger.models.verifications import Finding, Verification

__all__ = [
    "ASKED",
    "FLAGS",
    "AlertChoice",
    "Batch",
    "BatchKind",
    "Challenge",
    "Depth",
    "DroppedRows",
    "Embargo",
    "FaceFault",
    "Finding",
    "Form",
    "Holding",
    "HoldingChange",
    "LegalHold",
    "NoteKind",
    "Outcome",
    "PartitionDrop",
    "PublicFlow",
    "ReportingMonth",
    "SharingEvent",
    "SharingNote",
    "StatedCount",
    "Tracker",
    "Verification",
]
