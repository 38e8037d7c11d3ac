"""Who must answer a request, and why: who reported to hold the data, who is seen in the ledger, who keeps it by the
catalogue, and whom the person added.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from django.db import models
from django.utils.translation import gettext_lazy as _

from portal.catalogue import queries as catalogue
from portal.law import queries as law
from portal.ledger import queries as ledger
from portal.trail.actor import Actor, ActorKind, acting_as, current
from rights.models import Kind, RightsRequest


class Why(models.TextChoices):
    """How the portal knows of a holder; the first that fits counts."""

    HELD = "held", _("it reported that it holds this about you")
    SHARED = "shared", _("its records were shared, so it holds them")
    RECEIVED = "received", _("it received a copy")
    KEEPS = "keeps", _("it keeps this dataset by the catalogue")
    MAY_HOLD = "may_hold", _("you named it; it may hold something")
    ADDED = "added", _("you added it")


@dataclass(frozen=True)
class Holder:
    """An agency that is asked, about one of its datasets or, with none, about whatever it holds."""

    agency_id: UUID
    dataset_id: UUID | None
    why: Why


# A correction, an erasure and a restriction reach receivers by themselves once they are done (GDPR 19).
FOLLOWED: Final = frozenset({Kind.CORRECTION, Kind.ERASURE, Kind.RESTRICTION})


def of(request: RightsRequest) -> list[Holder]:
    """Everybody whom this request goes to, each dataset of each agency once, in a fixed order."""
    found: dict[tuple[UUID, UUID | None], Why] = {}
    for holder in [*_held(request), *_seen(request), *_by_catalogue(request)]:
        found.setdefault((holder.agency_id, holder.dataset_id), holder.why)
    if request.kind == Kind.PORTABILITY:
        movable = portable({dataset for _agency, dataset in found if dataset})
        found = {pair: why for pair, why in found.items() if pair[1] in movable}
    asked = {agency for agency, _dataset in found}
    for why, agencies in ((Why.MAY_HOLD, request.agencies), (Why.ADDED, request.added)):
        if request.kind != Kind.PORTABILITY:
            found |= {(agency, None): why for agency in agencies if agency not in asked}
            asked |= set(agencies)
    ordered = sorted(found.items(), key=lambda one: (str(one[0][0]), str(one[0][1] or "")))
    return [Holder(agency, dataset, why) for (agency, dataset), why in ordered]


def _held(request: RightsRequest) -> Iterable[Holder]:
    for row in ledger.holders_of(bytes(request.subject_key), request.datasets or None):
        if _is_meant(request, row.agency_id):
            yield Holder(row.agency_id, row.dataset_id, Why.HELD)


def _seen(request: RightsRequest) -> Iterable[Holder]:
    """From sharing that the person may see: whose records went out, and who got a copy.

    A dataset that was named is asked of its own agency; its receivers are told by the person, who may add them.
    """
    rows = _traces(request, request.datasets)
    for row in rows:
        if _is_meant(request, row.provider_id):
            yield Holder(row.provider_id, row.dataset_id, Why.SHARED)
    if request.datasets or request.kind in FOLLOWED:
        return
    for row in rows:
        if row.recipient_id and row.was_copied and _is_meant(request, row.recipient_id):
            yield Holder(row.recipient_id, row.dataset_id, Why.RECEIVED)


def _traces(request: RightsRequest, datasets: Iterable[UUID]) -> list[ledger.Trace]:
    """As the person sees the ledger, also where the portal asks: an embargoed sharing leads to nobody."""
    key, wanted = bytes(request.subject_key), list(datasets) or None
    if current().kind is not ActorKind.PORTAL:
        return ledger.traces_of(key, wanted)
    with acting_as(Actor(ActorKind.CITIZEN, subject_key=key)):
        return ledger.traces_of(key, wanted)


def _by_catalogue(request: RightsRequest) -> Iterable[Holder]:
    named = catalogue.published().filter(pk__in=request.datasets)
    for agency_id, dataset_id in named.values_list("agency_id", "pk"):
        yield Holder(agency_id, dataset_id, Why.KEEPS)


def _is_meant(request: RightsRequest, agency_id: UUID) -> bool:
    return not request.agencies or agency_id in request.agencies


def portable(datasets: Iterable[UUID], jurisdiction: str | None = None) -> set[UUID]:
    """Those of the datasets whose basis makes them portable (Network Data Security Regulation 25(2); GDPR 20(1))."""
    bases = law.jurisdiction(jurisdiction).legal_bases
    known = [code for code, basis in bases.items() if basis.portable]
    return catalogue.held_by_basis(datasets, known)


def receivers(request: RightsRequest, found: Sequence[Holder]) -> set[UUID]:
    """Agencies that got copies of what is asked, and are not asked themselves: the person may add them."""
    asked = {holder.agency_id for holder in found}
    datasets = {holder.dataset_id for holder in found if holder.dataset_id}
    rows = _traces(request, datasets)
    return {row.recipient_id for row in rows if row.recipient_id and row.was_copied} - asked
