"""Every change to the catalogue. Nothing else saves a row of it."""

from portal.catalogue.actions.agencies import register_agency, register_system
from portal.catalogue.actions.agreements import end_agreement, grant_agreement, propose_agreement, refuse_agreement
from portal.catalogue.actions.course import (
    allow_as_it_is,
    extend_answer,
    note_delivery,
    note_disposal,
    record_test,
    supply,
    tell_what_is_missing,
)
from portal.catalogue.actions.datasets import (
    approve_dataset,
    approve_datasets,
    put_dataset,
    put_datasets,
    return_dataset,
    take_over,
    withdraw_dataset,
)
from portal.catalogue.actions.imports import import_record, note_import, preview_records, put_records
from portal.catalogue.actions.keeping import A_BATCH, keep_time
from portal.catalogue.actions.listings import rebuild_listings
from portal.catalogue.actions.updates import extend_update, note_change

__all__ = [
    "A_BATCH",
    "allow_as_it_is",
    "approve_dataset",
    "approve_datasets",
    "end_agreement",
    "extend_answer",
    "extend_update",
    "grant_agreement",
    "import_record",
    "keep_time",
    "note_change",
    "note_delivery",
    "note_disposal",
    "note_import",
    "preview_records",
    "propose_agreement",
    "put_dataset",
    "put_datasets",
    "put_records",
    "rebuild_listings",
    "record_test",
    "refuse_agreement",
    "register_agency",
    "register_system",
    "return_dataset",
    "supply",
    "take_over",
    "tell_what_is_missing",
    "withdraw_dataset",
]
