"""Signed tree heads as anybody may take and keep them, and the proof that one grew out of another (RFC 9162, 2.1.4).

Whoever keeps a head can show later that nothing before it was taken out, changed or put elsewhere. None of it shows
that what should have been written was written.
"""

from collections.abc import Mapping
from typing import Any, Final

from django.utils.translation import gettext as _

from portal.trail import keys, queries, tree
from portal.trail.canonical import plain
from portal.trail.errors import NotFound
from portal.trail.models import Head

SCHEMA: Final = "trail.consistency/1"
Document = dict[str, Any]


class UnknownHead(NotFound):
    """No head of this size was signed."""

    code = "unknown-head"


def document(head: Head) -> Document:
    """A head as it is published."""
    return {"size": head.size, "root": head.root.hex(), "at": plain(head.at), "signature": head.signature}


def consistency(old: int, new: int) -> Document:
    """The proof that the tree of `new` leaves begins with that of `old`. Raises UnknownHead."""
    first, second = queries.head(min(old, new)), queries.head(max(old, new))
    if first is None or second is None:
        raise UnknownHead
    path = tree.consistency_proof(queries.stored_node, first.size, second.size)
    return {
        "schema": SCHEMA,
        "from": document(first),
        "to": document(second),
        "path": [step.hex() for step in path],
    }


def faults_of(proof: Mapping[str, Any]) -> list[str]:
    """What does not hold in a consistency proof, in the reader's language; nothing where it proves what it says."""
    try:
        first, second = proof["from"], proof["to"]
        found = [*head_faults(first), *head_faults(second)]
        path = [bytes.fromhex(step) for step in proof["path"]]
        roots = bytes.fromhex(first["root"]), bytes.fromhex(second["root"])
        grows = tree.consistent(int(first["size"]), int(second["size"]), *roots, path)
    except (KeyError, TypeError, ValueError, AttributeError):
        return [_("This is not a proof of ours, or a part of it is missing.")]
    return found if grows else [*found, _("The later state of the record does not begin with the earlier one.")]


def head_faults(head: Mapping[str, Any]) -> list[str]:
    """What does not hold of a head: its signature, or that it is one of the record's own states."""
    try:
        signed = keys.check(str(head["signature"]), use="heads")
    except keys.BadSignature:
        return [_("The signature is not ours.")]
    if (signed.get("size"), signed.get("root"), signed.get("at")) != (head["size"], head["root"], head["at"]):
        return [_("The signature is of another state of the record.")]
    return published_faults(signed)


def published_faults(signed: Mapping[str, Any]) -> list[str]:
    """A head that we signed and do not publish would be the sign of a second, hidden record."""
    known = queries.head(signed["size"]) if isinstance(signed.get("size"), int) else None
    if known is not None and known.root.hex() == signed.get("root"):
        return []
    return [_("We signed this state, but it is not in the published record. Keep it, and tell the regulator.")]
