"""Which of our documents somebody holds, and whether it is whole."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from portal.ledger import proofs
from portal.trail import keys

KINDS: Final[Mapping[str, str | Promise]] = {
    "receipts": _("a receipt of a consent"),
    "packages": _("the manifest of a package"),
    "decisions": _("a decision on a use of data"),
    "heads": _("a signed head of the record"),
}


@dataclass(frozen=True)
class Finding:
    """What was found. `faults` is empty when the document is ours and whole."""

    kind: str | Promise
    faults: tuple[str | Promise, ...]
    content: Mapping[str, Any]

    @property
    def holds(self) -> bool:
        return not self.faults


def checked(document: str) -> Finding:
    """Check a pasted document, whatever it is."""
    if document.count(".") == 2 and not document.startswith("{"):  # a compact JWS has three parts
        return _signed(document)
    try:
        content = json.loads(document)
    except (ValueError, RecursionError):
        return Finding(_("nothing we know"), (_("This is neither a signed text nor JSON."),), {})
    if not isinstance(content, dict):
        return Finding(_("nothing we know"), (_("This is JSON, but none of our documents."),), {})
    if isinstance(content.get("signature"), str) and "files" in content:
        return _signed(content["signature"])
    return Finding(_("a proof of a sharing record"), tuple(proofs.faults_of(content)), content)


def _signed(token: str) -> Finding:
    for use, kind in KINDS.items():
        try:
            return Finding(kind, (), keys.check(token, use=use))
        except keys.BadSignature:
            continue
    return Finding(_("a signed text"), (_("The signature is not ours, or the text was changed."),), {})
