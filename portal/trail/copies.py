"""What the portal holds of one person, share by share: for the copy that a person may take of it.

Each app names the rows it holds in settings.PORTAL_EXPORTS: a name, and a function that takes a subject key and gives
rows. Row-level security decides what the actor sees; these never widen it. Rows are drawn as they are written out.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, cast

from django.conf import settings
from django.utils.functional import Promise
from django.utils.module_loading import import_string

from portal.trail import queries
from portal.trail.actor import ActorKind

Row = Mapping[str, Any]
Share = Callable[[bytes], Iterable[Row]]
CHUNK = 500


@dataclass(frozen=True)
class Word:
    """A code for machines and its text for readers."""

    code: str
    text: str | Promise


def shares() -> dict[str, Share]:
    """Every share of a copy by its name, in the order of the settings."""
    return {name: cast(Share, import_string(path)) for name, path in settings.PORTAL_EXPORTS.items()}


def trail_entries(subject_key: bytes) -> Iterator[Row]:
    """What was done to the person's record, newest first."""
    for entry in queries.entries_of(subject_key).iterator(chunk_size=CHUNK):
        yield {
            "at": entry.at,
            "event": entry.event,
            "by": Word(entry.actor_kind, ActorKind(entry.actor_kind).label),
            "about": entry.about_kind,
            "about_id": entry.about_id,
            "facts": entry.facts,
            "id": entry.id,
        }
