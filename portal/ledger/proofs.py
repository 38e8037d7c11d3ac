"""The proof that an event is what it was when it was sealed: from its leaf to its batch, from the batch to a head.

A proof stands on its own: it holds the row's documented form (portal.trail.canonical), so that anybody can hash it,
walk both paths (RFC 9162, 2.1.3.2) and check the head's signature against /.well-known/jwks.json.
"""

import json
from collections.abc import Mapping
from typing import Any, Final

from django.db import connection
from django.utils.translation import gettext as _

from portal.ledger import queries
from portal.ledger.leaves import BatchTree, form_of
from portal.ledger.models import SharingEvent
from portal.trail import heads, tree
from portal.trail import proof as sealed
from portal.trail.canonical import plain

SCHEMA: Final = "ledger.proof/1"
Document = dict[str, Any]


def proof_of(event: SharingEvent) -> Document:
    """The proof document of an event the actor may see; `head` is null until the batch is sealed (seconds)."""
    batch = queries.batch(event.batch_id)
    with connection.cursor() as cursor:
        cursor.execute("SELECT ledger_leaves(%s)", [batch.id])
        leaves = [bytes(leaf) for (leaf,) in cursor.fetchall()]
    position = leaves.index(event.leaf)
    way = sealed.inclusion("ledger.batch", batch.id)
    return {
        "schema": SCHEMA,
        "event": {"form": form_of(event).decode(), "leaf": event.leaf.hex()},
        "batch": {
            "position": position,
            "size": len(leaves),
            "path": [step.hex() for step in BatchTree(leaves).path(position)],
            "root": batch.root.hex(),
            "form": form_of(batch).decode(),
            "leaf": batch.leaf.hex(),
        },
        "head": way
        and {
            "position": way.position,
            "size": way.size,
            "path": [step.hex() for step in way.path],
            "root": way.root.hex(),
            "at": plain(way.sealed_at),
            "signature": way.signature,
        },
    }


def faults_of(document: Mapping[str, Any]) -> list[str]:
    """What does not hold in a proof, in the reader's language; nothing where it proves what it says."""
    try:
        return list(_faults(document))
    except (KeyError, TypeError, ValueError, AttributeError):
        return [_("This is not a proof of ours, or a part of it is missing.")]


def _faults(document: Mapping[str, Any]) -> list[str]:
    event, batch, head = document["event"], document["batch"], document["head"]
    found = []
    leaf = tree.leaf_hash(event["form"].encode())
    if leaf.hex() != event["leaf"]:
        found.append(_("The event is not the one that was sealed."))
    if not _leads(leaf, batch, batch["root"]):
        found.append(_("The event is not in its batch."))
    batch_leaf = tree.leaf_hash(batch["form"].encode())
    told = json.loads(batch["form"])
    if (told["root"], told["accepted"], batch_leaf.hex()) != (batch["root"], batch["size"], batch["leaf"]):
        found.append(_("The batch has another root."))
    if head is None:
        return [*found, _("The batch has not been sealed yet. Get the proof again in a minute.")]
    if not _leads(batch_leaf, head, head["root"]):
        found.append(_("The batch is not in the sealed record."))
    return [*found, *heads.head_faults(head)]


def _leads(leaf: bytes, way: Mapping[str, Any], root: str) -> bool:
    path = [bytes.fromhex(step) for step in way["path"]]
    return tree.included(leaf, way["position"], way["size"], path, bytes.fromhex(root))
