"""Which of our documents somebody holds, and whether it is whole."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from consent import receipts, records
from portal.ledger import proofs
from portal.trail import heads, keys

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

    @property
    def as_text(self) -> str:
        """What the document says, one thing a line."""
        return json.dumps(self.content, ensure_ascii=False, indent=2)


def checked(document: str) -> Finding:
    """Check a pasted document, whatever it is."""
    if not document.startswith("{"):
        token = "".join(document.split())  # a mail may have broken its lines
        is_signed = token.count(".") == 2  # a compact JWS has three parts
        return _signed(token) if is_signed else _unknown(_("This is neither a signed text nor JSON."))
    try:
        return _checked_json(json.loads(document))
    except (ValueError, RecursionError):
        return _unknown(_("This is neither a signed text nor JSON."))


def _checked_json(content: dict[str, Any]) -> Finding:
    if "files" in content:
        return _manifest(content)
    if "consentReceiptID" in content:
        return _carries_its_proof(content, "signature", holds=receipts.holds(content))
    if "dpv:hasRecordOfActivity" in content:
        return _carries_its_proof(content, "proof", holds=records.holds(content))
    if content.get("schema") == heads.SCHEMA:
        return Finding(_("a proof that the record only grew"), tuple(heads.faults_of(content)), content)
    if {"size", "root", "signature"} <= content.keys():
        return Finding(KINDS["heads"], tuple(heads.head_faults(content)), content)
    if "event" in content:
        return Finding(_("a proof of a sharing record"), tuple(proofs.faults_of(content)), content)
    return _unknown(_("This is JSON, but none of our documents."))


def _manifest(content: Mapping[str, Any]) -> Finding:
    """A manifest carries its signature beside what it says: both must say the same."""
    stated = {name: value for name, value in content.items() if name != "signature"}
    try:
        signed = keys.check(str(content.get("signature", "")), use="packages")
    except keys.BadSignature:
        return Finding(KINDS["packages"], (_("The signature is not ours, or the text was changed."),), stated)
    faults = () if signed == stated else (_("The text was changed: the signature belongs to another manifest."),)
    return Finding(KINDS["packages"], faults, stated)


def _carries_its_proof(content: Mapping[str, Any], name: str, *, holds: bool) -> Finding:
    """A receipt in another form: what it says must be what its signed text says."""
    faults = () if holds else (_("The signature is not ours, or the text was changed."),)
    return Finding(KINDS["receipts"], faults, {key: value for key, value in content.items() if key != name})


def _signed(token: str) -> Finding:
    for use, kind in KINDS.items():
        try:
            content = keys.check(token, use=use)
        except keys.BadSignature:
            continue
        return Finding(kind, tuple(heads.published_faults(content)) if use == "heads" else (), content)
    return Finding(_("a signed text"), (_("The signature is not ours, or the text was changed."),), {})


def _unknown(why: str | Promise) -> Finding:
    return Finding(_("nothing we know"), (why,), {})
