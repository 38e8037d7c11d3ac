"""A receipt on paper: a PDF in the language that was shown, with a code that leads to the page that checks it."""

from collections.abc import Mapping
from datetime import datetime
from hashlib import sha256
from typing import Any, Final
from urllib.parse import urlencode

from django.conf import settings
from django.utils import formats, timezone, translation
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from consent import receipts
from consent.models import Kind, Move, Need
from portal.inbox import papers
from portal.inbox.papers import Block, Code, Facts, Heading, Paragraph, Table
from portal.trail import keys

SEAL: Final = "consent.seal/1"


def seal(token: str) -> str:
    """A signed text, short enough for a code on paper: which receipt this is, what it says in brief, and its hash."""
    told = receipts.check(token)
    ours = told["record"]
    brief = {name: ours[name] for name in ("consent", "event", "at", "purpose", "controller", "validUntil")}
    digest = sha256(token.strip().encode()).hexdigest()
    return keys.sign({"schema": SEAL, "receipt": told["consentReceiptID"], "sha256": digest, **brief}, use="receipts")


def address(token: str) -> str:
    """Where the code leads: the page that checks documents, with the seal in hand."""
    return f"{settings.SITE_URL}/verify/?{urlencode({'document': seal(token)})}"


def drawn(token: str) -> bytes:
    """The PDF of a signed receipt. Everything on it is read from the signed text."""
    told = receipts.check(token)
    with translation.override("en" if told["language"] == receipts.ENGLISH else "zh-hans"):
        return papers.drawn(_("Receipt of a consent"), blocks(told, address(token)))


def blocks(told: Mapping[str, Any], where: str) -> list[Block]:
    """What the paper says, one thing after another, in the language that is active."""
    ours, (controller,) = told["record"], told["piiControllers"]
    return [
        Paragraph(told["services"][0]["service"]),
        Facts(facts(told, controller["piiController"])),
        Heading(_("What it covers")),
        _items(ours["items"]),
        Heading(_("Check this receipt")),
        Paragraph(_("The code leads to the page that checks it.")),
        Code(where, _("Check this receipt: %(id)s") % {"id": told["consentReceiptID"]}),
    ]


def facts(told: Mapping[str, Any], controller: str) -> list[tuple[str, str]]:
    """Names and what they are."""
    ours = told["record"]
    days = ours["retentionDays"]
    found = [
        (_("What happened"), str(Move(ours["event"]).label)),
        (_("When"), _when(ours["at"])),
        (_("Who decided"), _("a representative") if ours["by"] == "representative" else _by(ours["by"])),
        (_("Who asked"), controller),
        (_("Who gets it"), ", ".join(ours["recipients"])),
        (_("Kind of consent"), str(Kind(ours["kind"]).label)),
        (_("Valid until"), _when(ours["validUntil"])),
        (_("Kept for"), ngettext("%(days)d day at most", "%(days)d days at most", days) % {"days": days}),
        (_("Impact assessment"), ours["impactAssessment"]),
        (_("What was shown"), _("notice version %(version)s, SHA-256 %(hash)s") % _shown(ours["notice"])),
        (_("Number of the receipt"), told["consentReceiptID"]),
    ]
    return [(name, said) for name, said in found if said]


def _items(items: list[Mapping[str, str]]) -> Block:
    if not items:
        return Paragraph(_("Nothing: it was not allowed."))
    rows = [[item["name"], item["holder"], str(Need(item["need"]).label)] for item in items]
    return Table([_("Item"), _("Who holds it"), _("Needed or your choice")], rows, [3, 3, 2])


def _shown(notice: Mapping[str, Any]) -> dict[str, str]:
    return {"version": str(notice["version"]), "hash": notice["sha256"]}


def _by(kind: str) -> str:
    return {"citizen": _("the person themselves"), "portal": _("the portal")}.get(kind, _("an agency's system"))


def _when(instant: str | None) -> str:
    moment = parse_datetime(instant) if instant else None
    if not isinstance(moment, datetime):
        return ""
    is_english = (translation.get_language() or "").startswith("en")
    return formats.date_format(timezone.localtime(moment), "D j F Y, H:i" if is_english else "Y年n月j日 H:i")
