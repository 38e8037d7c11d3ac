"""What a reader makes of a file: records to take, and records that can't be taken."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.utils.translation import gettext_lazy as _

from portal.trail.errors import Invalid


class UnreadableFile(Invalid):
    """The file is not what it is said to be; nothing was changed."""

    code = "unreadable-file"
    message = _("This file cannot be read.")


@dataclass(frozen=True, slots=True)
class Found:
    """One record of the file: the agency and system as keywords of the actions, the dataset as a payload."""

    record: str  # names it in the report, as the file names it
    code: str  # the code under which it is in our catalogue
    agency: dict[str, Any]
    system: dict[str, Any] | None
    dataset: dict[str, Any] | None
    notes: tuple[str, ...] = ()  # what was left out or changed on reading
    merged: tuple[str, ...] = ()  # what stood twice and became one


@dataclass(frozen=True, slots=True)
class Unusable:
    """A record that can't be taken, and why."""

    record: str
    code: str
    reason: str


Reader = Callable[[Path], Sequence[Found | Unusable]]
