"""A person's consents as they read them: what each would share, with whom, for how long, and how often it was used.

Everything is asked set by set: a hundred consents cost as many queries as one.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final
from uuid import UUID

from django.db.models import Count, Max
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from consent import queries
from consent.models import Answer, Consent, Decision, PurposeItem
from consent.queries import Shelf
from consent.states import ConsentState
from portal.catalogue import queries as catalogue
from portal.ledger import queries as ledger
from portal.ledger.queries import Uses

GROUPINGS: Final[Mapping[str, str | Promise]] = {
    "purpose": _("By purpose"),
    "recipient": _("By recipient"),
    "dataset": _("By dataset"),
}


@dataclass(frozen=True)
class Checks:
    """How often a department asked and was permitted, and when last."""

    count: int
    last_at: datetime


@dataclass(frozen=True)
class Card:
    """One consent with all that a list tells of it. `wishes`: what is covered, or what is asked while nothing is."""

    consent: Consent
    wishes: Sequence[PurposeItem]
    recipients: Mapping[UUID, str]
    uses: Uses | None
    checks: Checks | None

    @property
    def items(self) -> list[str]:
        return [wish.item.name for wish in self.wishes]

    @property
    def recipient_names(self) -> list[str]:
        return sorted(self.recipients.values())


@dataclass(frozen=True)
class Group:
    """Cards under one heading. `key` is what is named to stop all of them."""

    key: str
    name: str
    cards: list[Card] = field(default_factory=list)

    @property
    def standing(self) -> list[Card]:
        return [card for card in self.cards if card.consent.state in (ConsentState.GIVEN, ConsentState.PAUSED)]


@dataclass(frozen=True)
class Overview:
    """The shelf, each consent as a card; the same number of queries however many there are."""

    asked: list[Card]
    allowed: list[Card]
    refused: list[Card]
    ended: list[Card]

    @classmethod
    def of(cls, subject_key: bytes) -> "Overview":
        shelf = queries.shelf(subject_key)
        card = _cards(subject_key, shelf)
        return cls(*([card(one) for one in heap] for heap in (shelf.asked, shelf.allowed, shelf.refused, shelf.ended)))

    def grouped(self, by: str) -> list[Group]:
        """What is allowed now, under the purposes, recipients or datasets it is about; a card may stand under two."""
        heads = _HEADS[by if by in _HEADS else "purpose"]
        groups: dict[str, Group] = {}
        for card in self.allowed:
            for key, name in heads(card):
                groups.setdefault(key, Group(key, name)).cards.append(card)
        return sorted(groups.values(), key=lambda group: group.name)


def cards_of(subject_key: bytes, consents: Sequence[Consent]) -> list[Card]:
    """Cards of these consents of a person."""
    card = _cards(subject_key, Shelf(allowed=list(consents)))
    return [card(one) for one in consents]


def _cards(subject_key: bytes, shelf: Shelf) -> Callable[[Consent], Card]:
    """How to make a card: five queries, whatever number is then made."""
    consents = [*shelf.asked, *shelf.allowed, *shelf.refused, *shelf.ended]
    wishes = _wishes({one.purpose_id for one in consents})
    names = catalogue.names_of_agencies({agency for one in consents for agency in one.recipients})
    uses, checks = ledger.uses_by_consent(subject_key), checks_by_consent(subject_key)

    def card(one: Consent) -> Card:
        of_purpose = wishes[one.purpose_id]
        covered = [wish for wish in of_purpose if wish.item_id in one.items] if one.items else of_purpose
        recipients = {agency: names[agency] for agency in one.recipients if agency in names}
        return Card(one, covered, recipients, uses.get(one.id), checks.get(one.id))

    return card


def _wishes(purposes: Iterable[UUID]) -> Mapping[UUID, list[PurposeItem]]:
    found: dict[UUID, list[PurposeItem]] = defaultdict(list)
    for wish in PurposeItem.objects.filter(purpose__in=set(purposes)).select_related("item__dataset__agency"):
        found[wish.purpose_id].append(wish)
    return found


def checks_by_consent(subject_key: bytes) -> dict[UUID, Checks]:
    """How often each consent of a person led to a permit; one query."""
    rows = Decision.objects.filter(subject_key=subject_key, answer=Answer.PERMIT, consent_id__isnull=False)
    counted = rows.order_by().values("consent_id").annotate(count=Count("id"), last_at=Max("decided_at"))
    return {row["consent_id"]: Checks(row["count"], row["last_at"]) for row in counted if row["consent_id"]}


def _by_purpose(card: Card) -> Iterable[tuple[str, str]]:
    return [(card.consent.purpose.code, card.consent.purpose.name)]


def _by_recipient(card: Card) -> Iterable[tuple[str, str]]:
    return [(str(agency), name) for agency, name in card.recipients.items()]


def _by_dataset(card: Card) -> Iterable[tuple[str, str]]:
    datasets = {wish.item.dataset for wish in card.wishes}
    return [(str(dataset.pk), dataset.name) for dataset in datasets]


_HEADS: Final[Mapping[str, Callable[[Card], Iterable[tuple[str, str]]]]] = {
    "purpose": _by_purpose,
    "recipient": _by_recipient,
    "dataset": _by_dataset,
}
