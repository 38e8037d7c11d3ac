"""What the public search looks through."""

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVectorField
from django.db import models

from portal.catalogue.models.agencies import Agency
from portal.catalogue.models.datasets import Dataset


class Listing(models.Model):
    """A published dataset as the search knows it; written with it, gone when it is withdrawn.

    A table of its own because whatever is in it is public: what a reader may not see is out before anything is
    matched or ranked, and no row policy stands between a query and its indexes.
    """

    dataset = models.OneToOneField(Dataset, on_delete=models.PROTECT, related_name="listing", primary_key=True)
    code = models.CharField(max_length=120, unique=True)
    agency = models.ForeignKey(Agency, on_delete=models.PROTECT, related_name="listings")
    kind = models.CharField(max_length=16)
    sharing = models.CharField(max_length=16)
    classification = models.CharField(max_length=16)
    basis = models.CharField(max_length=20)
    opening = models.CharField(max_length=16)
    special_categories = ArrayField(models.CharField(max_length=20), default=list)
    names = models.TextField()  # in lower case, for what is nearly right
    words = SearchVectorField()  # see portal.catalogue.segments

    class Meta:
        ordering = ("code",)
        indexes: ClassVar = [
            models.Index(fields=["agency", "code"], name="catalogue_listing_of_agency"),
            GinIndex(fields=["words"], name="catalogue_listing_words"),
            GinIndex(fields=["names"], opclasses=["gin_trgm_ops"], name="catalogue_listing_nearly"),
            GinIndex(fields=["special_categories"], name="catalogue_listing_special"),
        ]

    def __str__(self) -> str:
        return self.code
