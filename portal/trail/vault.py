"""Encryption at rest: ChaCha20-Poly1305 (RFC 8439), bound to the row and column it stands in."""

from secrets import token_bytes

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

from portal.trail import secrets
from portal.trail.errors import Invalid


class Unreadable(Invalid):
    """The sealed bytes are not of this place, were altered, or their key is gone."""

    code = "unreadable"


def current_version() -> str:
    """The version of the key that `seal` uses now."""
    return secrets.load().encryption.current


def seal(text: str, *, place: str) -> bytes:
    """`text` encrypted under the current key for `place` ("accounts.person.number:<key>"): version, 0, nonce, box."""
    ring = secrets.load().encryption
    nonce = token_bytes(12)
    box = ChaCha20Poly1305(ring.key()).encrypt(nonce, text.encode(), place.encode())
    return ring.current.encode() + b"\x00" + nonce + box


def open_sealed(sealed: bytes, *, place: str) -> str:
    """What `seal` hid for the same `place`; raises Unreadable."""
    version, _, rest = sealed.partition(b"\x00")
    try:
        key = secrets.load().encryption.keys[version.decode()]
        return ChaCha20Poly1305(key).decrypt(rest[:12], rest[12:], place.encode()).decode()
    except (KeyError, InvalidTag, UnicodeDecodeError, ValueError) as error:
        raise Unreadable from error
