"""Encryption at rest: ChaCha20-Poly1305 (RFC 8439), bound to the row and column it stands in."""

from collections.abc import Iterable, Iterator
from itertools import chain
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


# ------------------------------------------------------------------ files
CHUNK = 64 * 1024
_TAG = 16


def seal_stream(chunks: Iterable[bytes], *, place: str) -> Iterator[bytes]:
    """A file encrypted piece by piece (the STREAM construction over ChaCha20-Poly1305): pieces can't be left out,
    swapped or cut off unnoticed, since each nonce counts and the last one says so."""
    ring = secrets.load().encryption
    cipher, prefix = ChaCha20Poly1305(ring.key()), token_bytes(7)
    yield ring.current.encode() + b"\x00" + prefix
    pieces = _pieces(chunks, CHUNK)
    piece, index = next(pieces, b""), 0
    for following in pieces:
        yield cipher.encrypt(_nonce(prefix, index, is_last=False), piece, place.encode())
        piece, index = following, index + 1
    yield cipher.encrypt(_nonce(prefix, index, is_last=True), piece, place.encode())


def open_stream(chunks: Iterable[bytes], *, place: str) -> Iterator[bytes]:
    """What `seal_stream` hid for the same `place`; raises Unreadable at the first piece that does not hold."""
    source = iter(chunks)
    head = b""
    while b"\x00" not in head or len(head.partition(b"\x00")[2]) < 7:  # the prefix
        more = next(source, None)
        if more is None:
            raise Unreadable
        head += more
    version, _, rest = head.partition(b"\x00")
    try:
        cipher = ChaCha20Poly1305(secrets.load().encryption.keys[version.decode()])
        pieces = _pieces(chain([rest[7:]], source), CHUNK + _TAG)
        piece, index = next(pieces), 0
        for following in pieces:
            yield cipher.decrypt(_nonce(rest[:7], index, is_last=False), piece, place.encode())
            piece, index = following, index + 1
        yield cipher.decrypt(_nonce(rest[:7], index, is_last=True), piece, place.encode())
    except (KeyError, InvalidTag, UnicodeDecodeError, StopIteration) as error:
        raise Unreadable from error


def _nonce(prefix: bytes, index: int, *, is_last: bool) -> bytes:
    return prefix + index.to_bytes(4, "big") + (b"\x01" if is_last else b"\x00")


def _pieces(chunks: Iterable[bytes], size: int) -> Iterator[bytes]:
    """The same bytes in pieces of exactly `size`, the last one shorter."""
    held = bytearray()
    for chunk in chunks:
        held += chunk
        while len(held) >= size:
            yield bytes(held[:size])
            del held[:size]
    if held:
        yield bytes(held)
