"""What the ledger keeps: who holds what about whom, what was shared, and what was later said of it."""

from portal.ledger.models.batches import Batch, BatchKind, PublicFlow
from portal.ledger.models.events import Depth, Form, Outcome, SharingEvent
from portal.ledger.models.holdings import Holding, HoldingChange
from portal.ledger.models.notes import NoteKind, SharingNote

__all__ = [
    "Batch",
    "BatchKind",
    "Depth",
    "Form",
    "Holding",
    "HoldingChange",
    "NoteKind",
    "Outcome",
    "PublicFlow",
    "SharingEvent",
    "SharingNote",
]
