"""Pairwise keys: each agency knows a person by a key of its own, from which nobody else learns anything.

AES-SIV (RFC 5297) of the subject key under a key derived for that agency (HKDF, RFC 5869), so the same person has the
same key with the same agency, and opening another agency's fails.
"""

import base64
import binascii
from functools import lru_cache
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESSIV
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from portal.trail import secrets

MARK = "pk"


@lru_cache(maxsize=1024)
def _cipher(master: bytes, agency_id: UUID) -> AESSIV:
    info = b"my-data-rights pairwise key " + agency_id.bytes
    return AESSIV(HKDF(SHA256(), length=64, salt=None, info=info).derive(master))


def pairwise_key(subject_key: bytes, *, agency_id: UUID) -> str:
    """The key by which `agency_id` knows this person: `pk<version>_` and 43 URL-safe characters."""
    ring = secrets.load().agency
    box = _cipher(ring.key(), agency_id).encrypt(subject_key, [agency_id.bytes])
    return f"{MARK}{ring.current}_{base64.urlsafe_b64encode(box).rstrip(b'=').decode()}"


def looks_pairwise(identifier: str) -> bool:
    return identifier.startswith(MARK) and "_" in identifier


def opened(identifier: str, *, agency_id: UUID) -> bytes | None:
    """The subject key behind an agency's pairwise key; None for anything else, another agency's key too.

    A key from before a rotation opens too: each names the version of the master it was made under.
    """
    version, _, text = identifier.removeprefix(MARK).partition("_")
    try:
        box = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
        return _cipher(secrets.load().agency.keys[version], agency_id).decrypt(box, [agency_id.bytes])
    except (KeyError, InvalidTag, ValueError, binascii.Error):
        return None
