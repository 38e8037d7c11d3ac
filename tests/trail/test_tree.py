"""The Merkle tree against RFC 9162: known roots, and proofs for every size."""

from collections.abc import Callable
from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.trail import tree
from portal.trail.tree import Nodes

# The leaves and roots by which implementations of RFC 6962 and 9162 are tested.
KNOWN_LEAVES = ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"]
KNOWN_ROOTS = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
MOST = 70


def grown(leaves: list[bytes]) -> Nodes:
    """A tree's nodes, appended one leaf at a time as the sequencer does."""
    stored: dict[tuple[int, int], bytes] = {}

    def nodes(level: int, index: int) -> bytes:
        return stored[level, index]

    for position, leaf in enumerate(leaves):
        for level, index, value in tree.appended(nodes, position, leaf):
            stored[level, index] = value
    return nodes


def defined_root(leaves: list[bytes]) -> bytes:
    """The root as section 2.1.1 defines it, by recursion over the leaves themselves."""
    if len(leaves) < 2:
        return leaves[0] if leaves else sha256(b"").digest()
    split = 1
    while split * 2 < len(leaves):
        split *= 2
    return sha256(b"\x01" + defined_root(leaves[:split]) + defined_root(leaves[split:])).digest()


LEAVES = [tree.leaf_hash(str(number).encode()) for number in range(MOST)]
NODES = grown(LEAVES)
ROOTS = [tree.root(NODES, size) for size in range(MOST + 1)]


def flipped(value: bytes) -> bytes:
    return bytes([value[0] ^ 1]) + value[1:]


@pytest.mark.parametrize("size", range(1, 9))
def test_the_roots_are_those_that_every_implementation_has(size: int) -> None:
    leaves = [tree.leaf_hash(bytes.fromhex(leaf)) for leaf in KNOWN_LEAVES[:size]]
    assert tree.root(grown(leaves), size).hex() == KNOWN_ROOTS[size - 1]


def test_the_root_of_no_leaves_is_the_hash_of_nothing() -> None:
    assert ROOTS[0] == sha256(b"").digest()


@pytest.mark.parametrize("size", range(MOST + 1))
def test_a_tree_grown_leaf_by_leaf_has_the_defined_root(size: int) -> None:
    assert ROOTS[size] == defined_root(LEAVES[:size])


@pytest.mark.parametrize("size", range(1, MOST + 1))
def test_every_leaf_of_every_size_is_proven_included(size: int) -> None:
    for position in range(size):
        proof = tree.inclusion_proof(NODES, position, size)
        assert tree.included(LEAVES[position], position, size, proof, ROOTS[size])


@pytest.mark.parametrize("new", range(1, MOST + 1))
def test_every_older_tree_is_proven_a_prefix(new: int) -> None:
    for old in range(1, new + 1):
        proof = tree.consistency_proof(NODES, old, new)
        assert tree.consistent(old, new, ROOTS[old], ROOTS[new], proof)


SIZES = st.integers(1, MOST)


@st.composite
def places(draw: Callable[[st.SearchStrategy[int]], int]) -> tuple[int, int]:
    size = draw(SIZES)
    return draw(st.integers(0, size - 1)), size


@given(place=places(), wrong=st.data())
def test_a_tampered_inclusion_proof_fails(place: tuple[int, int], wrong: st.DataObject) -> None:
    position, size = place
    leaf, root = LEAVES[position], ROOTS[size]
    proof = tree.inclusion_proof(NODES, position, size)
    assert not tree.included(flipped(leaf), position, size, proof, root)
    assert not tree.included(leaf, position, size, proof, flipped(root))
    assert not tree.included(leaf, position, size, [*proof, leaf], root)
    assert not tree.included(leaf, size, size, proof, root)
    assert not tree.included(leaf, -1, size, proof, root)
    other = wrong.draw(st.integers(0, size - 1).filter(lambda at: at != position)) if size > 1 else None
    if other is not None:
        assert not tree.included(leaf, other, size, proof, root)
        at = wrong.draw(st.integers(0, len(proof) - 1))
        assert not tree.included(leaf, position, size, [*proof[:at], flipped(proof[at]), *proof[at + 1 :]], root)
        assert not tree.included(leaf, position, size, proof[:-1], root)


@given(new=st.integers(2, MOST), wrong=st.data())
def test_a_tampered_consistency_proof_fails(new: int, wrong: st.DataObject) -> None:
    old = wrong.draw(st.integers(1, new - 1))
    proof = tree.consistency_proof(NODES, old, new)
    at = wrong.draw(st.integers(0, len(proof) - 1))
    assert not tree.consistent(old, new, flipped(ROOTS[old]), ROOTS[new], proof)
    assert not tree.consistent(old, new, ROOTS[old], flipped(ROOTS[new]), proof)
    assert not tree.consistent(old, new, ROOTS[old], ROOTS[new], [*proof[:at], flipped(proof[at]), *proof[at + 1 :]])
    assert not tree.consistent(old, new, ROOTS[old], ROOTS[new], [*proof, LEAVES[0]])
    assert not tree.consistent(old, new, ROOTS[old], ROOTS[new], proof[:-1])
    assert not tree.consistent(old, new, ROOTS[old], ROOTS[new], [])
    assert not tree.consistent(new, old, ROOTS[new], ROOTS[old], proof)


@given(new=st.integers(2, MOST), wrong=st.data())
def test_a_history_rewritten_before_the_older_head_is_no_prefix(new: int, wrong: st.DataObject) -> None:
    old = wrong.draw(st.integers(1, new - 1))
    rewritten = [*LEAVES[:new]]
    at = wrong.draw(st.integers(0, old - 1))
    rewritten[at] = flipped(rewritten[at])
    nodes = grown(rewritten)
    proof = tree.consistency_proof(nodes, old, new)
    assert not tree.consistent(old, new, ROOTS[old], tree.root(nodes, new), proof)


@pytest.mark.parametrize(("position", "size"), [(0, 0), (3, 3), (-1, 3)])
def test_no_inclusion_proof_for_a_leaf_outside_the_tree(position: int, size: int) -> None:
    with pytest.raises(ValueError, match="not in a tree"):
        tree.inclusion_proof(NODES, position, size)


@pytest.mark.parametrize(("old", "new"), [(0, 3), (4, 3)])
def test_no_consistency_proof_from_nothing_or_from_the_future(old: int, new: int) -> None:
    with pytest.raises(ValueError, match="older tree"):
        tree.consistency_proof(NODES, old, new)


def test_equal_trees_are_consistent_by_an_empty_proof_alone() -> None:
    assert tree.consistent(5, 5, ROOTS[5], ROOTS[5], [])
    assert not tree.consistent(5, 5, ROOTS[5], ROOTS[5], [LEAVES[0]])
    assert not tree.consistent(5, 5, ROOTS[5], flipped(ROOTS[5]), [])


def test_a_leaf_is_never_taken_for_a_node() -> None:
    left, right = LEAVES[0], LEAVES[1]
    assert tree.leaf_hash(left + right) != tree.node_hash(left, right)
