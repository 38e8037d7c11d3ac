"""What a person whom we don't know is called in an answer, so that it looks like any other answer.

Who asks about a number gets back a pairwise key; for an unknown one it must look the same and be the same each time,
else the answer would tell who is registered.
"""

import hmac
from hashlib import sha256
from uuid import UUID

from portal.accounts import queries as accounts
from portal.trail import secrets


def key_of(identifier: str, *, agency_id: UUID) -> str:
    """A pairwise key of nobody. What already looks like one comes back as it was given."""
    probe = accounts.pairwise_key(bytes(16), agency_id=agency_id)
    mark, _, _ = probe.partition("_")
    if identifier.startswith(f"{mark}_"):
        return identifier
    # The first pepper: a name that changed when a rotation changes nobody else's would tell who is a stranger.
    pepper = secrets.load().pepper.first_key()
    digest = hmac.digest(pepper, b"stranger:" + identifier.strip().upper().encode(), sha256)
    return accounts.pairwise_key(digest[:16], agency_id=agency_id)
