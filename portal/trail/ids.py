"""Identifiers that sort by time (UUIDv7, RFC 9562), so that new rows land beside each other in an index."""

from uuid import UUID

from uuid_utils.compat import uuid7


def new_id() -> UUID:
    """A fresh UUIDv7."""
    return uuid7()
