"""What a person is about to ask and has asked already: shown before it is sent, and joined if they wish."""

from dataclasses import dataclass
from typing import Final

from django.utils.translation import gettext_lazy as _

from portal.catalogue import queries as catalogue
from rights.models import RightsRequest
from rights.states import REQUEST_OPEN

ASKED_AGAIN: Final = _("The person asked the same again.")


@dataclass(frozen=True)
class Duplicate:
    """An open request of the same right that asks some of what the draft asks, or all of it."""

    request: RightsRequest
    is_whole: bool


def of(draft: RightsRequest) -> list[Duplicate]:
    """A person's open requests that overlap with this draft, those that cover it first, the newest first."""
    same = RightsRequest.objects.filter(
        subject_key=draft.subject_key,
        kind=draft.kind,
        state__in=REQUEST_OPEN,
        about_event=draft.about_event,
        about_consent=draft.about_consent,
    ).exclude(pk=draft.pk)
    found = [
        Duplicate(other, _covers(other, draft))
        for other in same.order_by("-submitted_at", "-id")
        if _overlap(other, draft)
    ]
    return sorted(found, key=lambda one: not one.is_whole)


def _covers(wider: RightsRequest, draft: RightsRequest) -> bool:
    """Whether the other asks for everything that the draft asks for."""
    return (
        _asks_of(wider, draft)
        and (not wider.items or (bool(draft.items) and set(draft.items) <= set(wider.items)))
        and _spans(wider, draft)
        and wider.receiver_id == draft.receiver_id
        and set(draft.added) <= {*wider.added, *wider.agencies}
    )


def _asks_of(wider: RightsRequest, draft: RightsRequest) -> bool:
    if not wider.datasets and not wider.agencies:
        return True
    if wider.datasets:
        return bool(draft.datasets) and set(draft.datasets) <= set(wider.datasets)
    asked = set(draft.agencies) | catalogue.agencies_of_datasets(draft.datasets)
    return bool(asked) and asked <= set(wider.agencies)


def _spans(wider: RightsRequest, draft: RightsRequest) -> bool:
    begins = not wider.period_from or (draft.period_from is not None and wider.period_from <= draft.period_from)
    ends = not wider.period_to or (draft.period_to is not None and wider.period_to >= draft.period_to)
    return begins and ends


def _overlap(one: RightsRequest, other: RightsRequest) -> bool:
    """Whether both ask anybody about the same: what names nothing asks about everything."""
    if one.datasets and other.datasets:
        return bool(set(one.datasets) & set(other.datasets))
    asked = [set(row.agencies) | catalogue.agencies_of_datasets(row.datasets) for row in (one, other)]
    return not all(asked) or bool(asked[0] & asked[1])
