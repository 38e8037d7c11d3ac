"""The rule itself: what a consent as it stands allows at one instant. Pure, without a query and without a clock.

`REASON` says the same in SQL for whole cohorts; a property test holds the two together.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any, Final, Protocol, TypeVar
from uuid import UUID

from consent.models import Reason
from consent.states import ConsentState, PurposeState

DENIED: Final[Mapping[str, Reason]] = {
    ConsentState.REQUESTED: Reason.NOT_ANSWERED,
    ConsentState.REFUSED: Reason.REFUSED,
    ConsentState.LAPSED: Reason.NO_CONSENT,
    ConsentState.SUPERSEDED: Reason.NO_CONSENT,
    ConsentState.PAUSED: Reason.PAUSED,
    ConsentState.WITHDRAWN: Reason.WITHDRAWN,
    ConsentState.EXPIRED: Reason.EXPIRED,
}


class Standing(Protocol):
    """What is read of a consent."""

    @property
    def state(self) -> str: ...
    @property
    def used_at(self) -> datetime | None: ...
    @property
    def valid_until(self) -> datetime | None: ...
    @property
    def recipients(self) -> Any: ...


class Item(Protocol):
    """What is read of a data item that a purpose asks for."""

    pk: Any


AnyItem = TypeVar("AnyItem", bound=Item)


def reason_of(newest: Standing | None, *, purpose_state: str, recipient: UUID, at: datetime) -> Reason:
    """Why the newest consent of person and purpose permits (CONSENT) or denies, before items are looked at."""
    if newest is None:
        return Reason.NO_CONSENT
    if newest.used_at is not None:
        return Reason.USED
    if newest.state != ConsentState.GIVEN:
        return DENIED[newest.state]
    if newest.valid_until is None or newest.valid_until <= at:
        return Reason.EXPIRED
    if purpose_state != PurposeState.APPROVED:
        return Reason.PURPOSE_ENDED
    if recipient not in newest.recipients:
        return Reason.NOT_RECIPIENT
    return Reason.CONSENT


def covered(ticked: Collection[UUID], wishes: Sequence[AnyItem], asked: Collection[UUID]) -> list[AnyItem]:
    """The items of the dataset that are permitted: all that were asked for, or none.

    `wishes` are what the purpose asks of the dataset. Nothing asked for by name: whatever of them was ticked.
    """
    allowed = [item for item in wishes if item.pk in ticked]
    wanted = set(asked) or {item.pk for item in allowed}
    found = [item for item in allowed if item.pk in wanted]
    return found if len(found) == len(wanted) else []


# The same rule over columns of `newest`; %(recipient)s, %(approved)s and %(at)s as above.
REASON: Final = "CASE WHEN newest.id IS NULL THEN 'no-consent' WHEN newest.used_at IS NOT NULL THEN 'used' " + (
    "".join(f"WHEN newest.state = '{state}' THEN '{reason}' " for state, reason in DENIED.items())
    + "WHEN newest.valid_until IS NULL OR newest.valid_until <= %(at)s THEN 'expired' "
    + "WHEN NOT %(approved)s THEN 'purpose-ended' "
    + "WHEN NOT newest.recipients @> ARRAY[%(recipient)s::uuid] THEN 'not-recipient' ELSE 'consent' END"
)
