"""What is held, and what was dropped."""

from portal.ledger.models import LegalHold, PartitionDrop


def holds() -> list[LegalHold]:
    """The holds, those that stand first, with agencies and datasets."""
    rows = LegalHold.objects.select_related("agency", "dataset").order_by("-set_at")
    return sorted(rows, key=lambda hold: hold.lifted_at is not None)


def drops() -> list[PartitionDrop]:
    """What retention dropped, the newest first."""
    return list(PartitionDrop.objects.order_by("-begins_at"))
