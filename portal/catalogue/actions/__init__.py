"""Every change to the catalogue. Nothing else saves a row of it."""

from portal.catalogue.actions.agencies import register_agency, register_system
from portal.catalogue.actions.agreements import end_agreement, grant_agreement, propose_agreement, refuse_agreement
from portal.catalogue.actions.datasets import (
    approve_dataset,
    approve_datasets,
    put_dataset,
    put_datasets,
    return_dataset,
    take_over,
    withdraw_dataset,
)
from portal.catalogue.actions.imports import import_record, note_import
from portal.catalogue.actions.listings import rebuild_listings

__all__ = [
    "approve_dataset",
    "approve_datasets",
    "end_agreement",
    "grant_agreement",
    "import_record",
    "note_import",
    "propose_agreement",
    "put_dataset",
    "put_datasets",
    "rebuild_listings",
    "refuse_agreement",
    "register_agency",
    "register_system",
    "return_dataset",
    "take_over",
    "withdraw_dataset",
]
