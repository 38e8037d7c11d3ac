"""The public register of who holds what, and what they may share."""

from portal.catalogue.models.agencies import Agency, System
from portal.catalogue.models.agreements import Agreement, ReidentificationTest, Suspension
from portal.catalogue.models.datasets import DataItem, Dataset, DatasetVersion, UpdateDuty
from portal.catalogue.models.listings import Listing

__all__ = [
    "Agency",
    "Agreement",
    "DataItem",
    "Dataset",
    "DatasetVersion",
    "Listing",
    "ReidentificationTest",
    "Suspension",
    "System",
    "UpdateDuty",
]
