"""Searching the public catalogue: what is published and nothing else, the best match first.

Up to `RANKED` matches are ordered by how well they fit; more than that come by code, because a word which so many
have tells nothing, and ranking them would cost a reading of each.
"""

from dataclasses import dataclass
from typing import Final

from django.contrib.postgres.search import SearchQuery, SearchRank, TrigramWordSimilarity
from django.db import connection
from django.db.models import F, QuerySet

from portal.catalogue import queries, segments
from portal.catalogue.models import Dataset, Listing

RANKED: Final = 2000
ALIKE: Final = 0.4  # of the trigrams of what was typed
NEAR: Final = 40  # how many are offered where nothing fits


class _Query(SearchQuery):
    """A query that is cut already, taken as it is."""

    template = "(%(expressions)s)::tsquery"


@dataclass(frozen=True, slots=True)
class Asked:
    """What somebody looks for; empty narrows nothing."""

    words: str = ""
    agency: str = ""
    kind: str = ""
    sharing: str = ""
    classification: str = ""
    special: str = ""
    basis: str = ""
    opening: str = ""

    def narrowed(self) -> QuerySet[Listing]:
        """The listings that the filters leave."""
        rows = Listing.objects.all()
        wanted = {"agency__code": self.agency, "kind": self.kind, "sharing": self.sharing, "basis": self.basis}
        wanted |= {"classification": self.classification, "opening": self.opening}
        rows = rows.filter(**{name: value for name, value in wanted.items() if value})
        return rows.filter(special_categories__contains=[self.special]) if self.special else rows


@dataclass(frozen=True, slots=True)
class Found:
    """Listings in the order to show them, and how many. `near`: none fits, these are nearest."""

    rows: QuerySet[Listing]
    total: int
    ranked: bool = False
    near: bool = False


def find(asked: Asked) -> Found:
    """The published datasets in which every word occurs, in either language: in names, codes, the agency's name,
    items, summaries. Where none fits, those that come near."""
    rows = asked.narrowed()
    if not asked.words:
        return Found(rows.order_by("code"), rows.count())
    wanted = segments.query(asked.words)
    if not wanted:
        return Found(rows.none(), 0)
    fitting = rows.filter(words=_Query(wanted))
    total = fitting.count()
    if total == 0:
        return _near(rows, asked.words)
    if total > RANKED:
        return Found(fitting.order_by("code"), total)
    fitness = SearchRank(F("words"), _Query(wanted))
    return Found(fitting.order_by(fitness.desc(), "code"), total, ranked=True)


def nothing() -> Found:
    """What is found where the question was no question."""
    return Found(Listing.objects.none(), 0)


def _near(rows: QuerySet[Listing], words: str) -> Found:
    """First what is spelt alike, else what has any of the words or any pair of the Chinese characters."""
    with connection.cursor() as cursor:  # what the index asks for; the default of 0.6 lets no two letters be swapped
        cursor.execute("SELECT set_config('pg_trgm.word_similarity_threshold', %s, true)", [str(ALIKE)])
    alike = rows.filter(names__trigram_word_similar=words.lower())
    near = alike.order_by(TrigramWordSimilarity(words.lower(), "names").desc(), "code")[:NEAR]
    if not near:
        wanted = _Query(segments.loose_query(words))
        near = rows.filter(words=wanted).order_by(SearchRank(F("words"), wanted).desc(), "code")[:NEAR]
    return Found(near, len(near), ranked=True, near=True)


def shown(listings: list[Listing]) -> list[Dataset]:
    """The datasets of these listings, in their order, with their agencies, in one query."""
    rows = queries.published().select_related("agency").in_bulk([listing.pk for listing in listings])
    return [rows[listing.pk] for listing in listings if listing.pk in rows]
