"""Encryption at rest: ChaCha20-Poly1305 (RFC 8439), bound to the row and column it stands in."""

from collections.abc import Iterable, Iterator
from itertools import chain
from secrets import token_bytes

import structlog
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from django.utils.translation import gettext_lazy as _

from portal.trail import secrets
from portal.trail.errors import Invalid

log = structlog.get_logger(__name__)


class Unreadable(Invalid):
    """The sealed bytes are not of this place, were altered, or their key is gone."""

    code = "unreadable"


class KeyMissing(Unreadable):
    """PORTAL_SECRETS_FILE lacks a key that rows stand under: somebody put an older file in its place."""

    code = "key-missing"
    status = 503
    message = _("A key that is needed for this is missing. The operator has been told; please come back later.")


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
    version, mark, rest = sealed.partition(b"\x00")
    try:
        return ChaCha20Poly1305(_key(version, mark)).decrypt(rest[:12], rest[12:], place.encode()).decode()
    except (InvalidTag, UnicodeDecodeError, ValueError) as error:
        raise Unreadable from error


def resealed(sealed: bytes, *, place: str) -> bytes:
    """The same text under the current key; raises Unreadable."""
    return seal(open_sealed(sealed, place=place), place=place)


def version_of(sealed: bytes) -> str:
    """The version of the key that `sealed` was hidden under; "?" where it names none."""
    version, mark, _rest = sealed[:40].partition(b"\x00")
    return version.decode(errors="replace") if mark and version else "?"


def _key(version: bytes, mark: bytes) -> bytes:
    name = version.decode()
    if not (mark and name):
        raise Unreadable
    try:
        return secrets.load().encryption.keys[name]
    except KeyError as error:
        log.error("vault.key_missing", ring="encryption", version=name)  # noqa: TRY400  # the trace says nothing more
        raise KeyMissing from error


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
    version, mark, rest = head.partition(b"\x00")
    try:
        cipher = ChaCha20Poly1305(_key(version, mark))
        pieces = _pieces(chain([rest[7:]], source), CHUNK + _TAG)
        piece, index = next(pieces), 0
        for following in pieces:
            yield cipher.decrypt(_nonce(rest[:7], index, is_last=False), piece, place.encode())
            piece, index = following, index + 1
        yield cipher.decrypt(_nonce(rest[:7], index, is_last=True), piece, place.encode())
    except (InvalidTag, UnicodeDecodeError, StopIteration) as error:
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
