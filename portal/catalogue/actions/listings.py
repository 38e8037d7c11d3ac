"""What the public search knows of a dataset: written when it is published, gone when it is withdrawn."""

from collections.abc import Sequence
from typing import Final

from django.db import transaction
from django.db.models import prefetch_related_objects

from portal.catalogue import policy, queries
from portal.catalogue.models import Agency, Dataset, Listing
from portal.catalogue.segments import document
from portal.trail.actor import Actor

BATCH: Final = 500
COLUMNS: Final = (
    "code", "agency", "kind", "sharing", "classification", "basis", "opening", "special_categories", "names", "words",
)  # fmt: skip


def put(dataset: Dataset) -> None:
    """Let the search find a published dataset as it stands now. Part of the transaction that publishes it."""
    _put([dataset])


def remove(dataset: Dataset) -> None:
    """Let the search forget a dataset."""
    Listing.objects.filter(pk=dataset.pk).delete()


def rename(agency: Agency) -> None:
    """An agency's name is searched with its datasets."""
    _put(list(queries.published().filter(agency=agency)))


@transaction.atomic
def rebuild_listings(*, actor: Actor) -> int:
    """Write every listing anew, after a change of how texts are cut; how many. By the portal alone."""
    policy.require(actor, "catalogue.rebuild_listings")
    Listing.objects.exclude(dataset__in=queries.published()).delete()
    count, last = 0, ""
    while rows := list(queries.published().filter(code__gt=last).order_by("code")[:BATCH]):
        _put(rows)
        count, last = count + len(rows), rows[-1].code
    return count


def _put(datasets: Sequence[Dataset]) -> None:
    prefetch_related_objects(datasets, "items", "agency")
    Listing.objects.bulk_create(
        [_listing(dataset) for dataset in datasets],
        update_conflicts=True,
        unique_fields=["dataset"],
        update_fields=COLUMNS,
        batch_size=BATCH,
    )


def _listing(dataset: Dataset) -> Listing:
    agency = dataset.agency
    names = (dataset.name_zh, dataset.name_en)
    items = [text for item in dataset.items.all() if item.active for text in (item.name_zh, item.name_en)]
    return Listing(
        dataset=dataset,
        code=dataset.code,
        agency=agency,
        kind=dataset.kind,
        sharing=dataset.sharing,
        classification=dataset.classification,
        basis=dataset.collection_basis,
        opening=dataset.opening,
        special_categories=dataset.special_categories,
        names=" ".join(dict.fromkeys(names)).lower(),
        words=document(
            {
                "A": [*names, dataset.code],
                "B": [agency.name_zh, agency.name_en],
                "C": dict.fromkeys(items),
                "D": [dataset.summary_zh, dataset.summary_en],
            }
        ),
    )
