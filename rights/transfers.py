"""Reading who takes packages over, and what is on its way to them. Row-level security decides what the actor sees."""

from uuid import UUID

from django.db.models import QuerySet

from portal.catalogue import queries as catalogue
from portal.catalogue.models import Agency
from rights.errors import UnknownTransfer
from rights.models import Receiver, RightsRequest, Transfer

PAGE = 100


def receivers() -> QuerySet[Agency]:
    """The controllers that take packages over, by code."""
    taking = Receiver.objects.filter(active=True).values("agency_id")
    return catalogue.all_agencies().filter(pk__in=taking)


def of(request: RightsRequest) -> list[Transfer]:
    """Where a request's package was sent, the oldest first."""
    return list(Transfer.objects.filter(request=request).select_related("agency").order_by("offered_at", "id"))


def one(agency_id: UUID, identifier: UUID) -> Transfer:
    """A package that is or was offered to this agency; raises UnknownTransfer."""
    found = Transfer.objects.filter(agency_id=agency_id, pk=identifier).first()
    if found is None:
        raise UnknownTransfer
    return found


def offered_to(agency_id: UUID, *, after: UUID | None = None, size: int = PAGE) -> list[Transfer]:
    """What waits for a controller's system, in order, after a cursor, `size` + 1 at most."""
    rows = Transfer.objects.filter(agency_id=agency_id, received_at=None).exclude(stored_as="")
    return list((rows.filter(pk__gt=after) if after else rows).order_by("pk")[: size + 1])
