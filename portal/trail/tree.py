"""The Merkle tree of RFC 9162, section 2.1: hashing, roots, inclusion and consistency proofs. Pure functions.

A tree of n leaves is kept as its complete subtrees: node (level, index) covers the 2**level leaves from
index * 2**level. `Nodes` reads one; storage is somebody else's business.
"""

from collections.abc import Callable, Iterator, Sequence
from hashlib import sha256

Nodes = Callable[[int, int], bytes]
EMPTY = sha256(b"").digest()


def leaf_hash(data: bytes) -> bytes:
    """SHA-256 over 0x00 and the leaf's data."""
    return sha256(b"\x00" + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """SHA-256 over 0x01 and both children."""
    return sha256(b"\x01" + left + right).digest()


def _split(size: int) -> int:
    """The largest power of two below `size` (size > 1)."""
    return 1 << (size - 1).bit_length() - 1


def subtree(nodes: Nodes, start: int, end: int) -> bytes:
    """The hash over leaves [start, end), where start is a multiple of a power of two at least as large as the span."""
    size = end - start
    if size == 0:
        return EMPTY
    if size & (size - 1) == 0:
        level = size.bit_length() - 1
        return nodes(level, start >> level)
    middle = start + _split(size)
    return node_hash(subtree(nodes, start, middle), subtree(nodes, middle, end))


def root(nodes: Nodes, size: int) -> bytes:
    """The tree head's hash at `size` leaves."""
    return subtree(nodes, 0, size)


def appended(nodes: Nodes, position: int, leaf: bytes) -> Iterator[tuple[int, int, bytes]]:
    """The nodes (level, index, hash) that a leaf at `position` completes, from its own upwards."""
    level, index, value = 0, position, leaf
    yield level, index, value
    while index % 2:
        value = node_hash(nodes(level, index - 1), value)
        level, index = level + 1, index // 2
        yield level, index, value


def inclusion_proof(nodes: Nodes, position: int, size: int) -> list[bytes]:
    """The audit path of the leaf at `position` in the tree of `size` leaves (2.1.3.1)."""

    def path(start: int, end: int) -> list[bytes]:
        if end - start == 1:
            return []
        middle = start + _split(end - start)
        if position < middle:
            return [*path(start, middle), subtree(nodes, middle, end)]
        return [*path(middle, end), subtree(nodes, start, middle)]

    if not 0 <= position < size:
        raise ValueError("the leaf is not in a tree of this size")
    return path(0, size)


def included(leaf: bytes, position: int, size: int, proof: Sequence[bytes], expected: bytes) -> bool:
    """Whether `proof` leads from `leaf` to the root `expected` (2.1.3.2)."""
    if not 0 <= position < size:
        return False
    index, last, value = position, size - 1, leaf
    for sibling in proof:
        if last == 0:
            return False
        if index % 2 or index == last:
            value = node_hash(sibling, value)
            while index % 2 == 0 and index:
                index, last = index >> 1, last >> 1
        else:
            value = node_hash(value, sibling)
        index, last = index >> 1, last >> 1
    return last == 0 and value == expected


def consistency_proof(nodes: Nodes, old: int, new: int) -> list[bytes]:
    """The proof that the tree of `old` leaves is a prefix of that of `new` (2.1.4.1)."""

    def walk(start: int, end: int, upto: int, whole: bool) -> list[bytes]:
        if upto == end:
            return [] if whole else [subtree(nodes, start, end)]
        middle = start + _split(end - start)
        if upto <= middle:
            return [*walk(start, middle, upto, whole), subtree(nodes, middle, end)]
        return [*walk(middle, end, upto, False), subtree(nodes, start, middle)]

    if not 0 < old <= new:
        raise ValueError("the older tree must hold a leaf and be no larger than the newer")
    return walk(0, new, old, True)


def consistent(old: int, new: int, old_root: bytes, new_root: bytes, proof: Sequence[bytes]) -> bool:
    """Whether `proof` shows that `old_root` is the head of a prefix of `new_root`'s tree (2.1.4.2)."""
    if old == new:
        return not proof and old_root == new_root
    if not 0 < old < new:
        return False
    path = [old_root, *proof] if old & (old - 1) == 0 else list(proof)
    if not path:
        return False
    index, last = old - 1, new - 1
    while index % 2:
        index, last = index >> 1, last >> 1
    first = second = path[0]
    for sibling in path[1:]:
        if last == 0:
            return False
        if index % 2 or index == last:
            first, second = node_hash(sibling, first), node_hash(sibling, second)
            while index % 2 == 0 and index:
                index, last = index >> 1, last >> 1
        else:
            second = node_hash(second, sibling)
        index, last = index >> 1, last >> 1
    return last == 0 and first == old_root and second == new_root
