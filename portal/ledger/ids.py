"""The identifier of a sharing event: a UUIDv7 (RFC 9562, 5.7) that repeats when the same event is reported again."""

import hmac
from datetime import UTC, datetime, timedelta
from functools import cache
from hashlib import sha256
from uuid import UUID

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from portal.trail import secrets

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MILLISECOND = timedelta(milliseconds=1)
_VERSION, _VARIANT = 0x7, 0b10


@cache
def _key() -> bytes:
    """Derived from the oldest pepper, and so unchanged by rotation: a repeat must have the same id years later."""
    oldest = secrets.load().pepper.first_key()
    return HKDF(hashes.SHA256(), 32, salt=None, info=b"portal.ledger.event-id").derive(oldest)


def event_id(provider_id: UUID, reference: str, occurred_at: datetime) -> UUID:
    """The id of the event that `provider_id` calls `reference`, at `occurred_at` (to the millisecond).

    48 bits of time, and 74 bits of an HMAC of provider and reference: who reports the same event again gets the
    same id, and nobody can tell the reference from it.
    """
    digest = hmac.digest(_key(), provider_id.bytes + reference.encode(), sha256)
    bits = int.from_bytes(digest[:10]) & ((1 << 74) - 1)
    milliseconds = (occurred_at - EPOCH) // MILLISECOND
    return UUID(int=milliseconds << 80 | _VERSION << 76 | (bits >> 62) << 64 | _VARIANT << 62 | bits & ((1 << 62) - 1))


def time_of(identifier: UUID) -> datetime:
    """When the event happened, to the millisecond, from its id."""
    return EPOCH + MILLISECOND * (identifier.int >> 80)


def first_at(moment: datetime) -> UUID:
    """The smallest id of `moment`: bounds of ranges of time. Not itself a valid UUIDv7."""
    return UUID(int=((moment - EPOCH) // MILLISECOND) << 80)
