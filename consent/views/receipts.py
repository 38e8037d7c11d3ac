"""The receipts of a consent: as a page, as the signed text, as JSON, as a linked-data record, as a paper."""

import json
from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from consent import papers, queries, receipts, records
from portal.accounts import limits
from portal.accounts.access import SignedIn, citizen_required, open_to_representatives, subject_of
from portal.accounts.limits import limited


@open_to_representatives("see", "consent")
@require_safe
@citizen_required
@limited("export", by=limits.person)
def receipt(request: SignedIn, identifier: UUID) -> HttpResponse:
    """The newest receipt of a consent, a signed text for the reader to keep."""
    return _file(queries.receipt_of(subject_of(request), identifier), f"consent-{identifier}.jws", "text/plain")


@open_to_representatives("see", "consent")
@require_safe
@citizen_required
def page(request: SignedIn, identifier: UUID) -> HttpResponse:
    """One step's receipt to read, in the language that was shown when it was given."""
    token = queries.receipt_of_step(subject_of(request), identifier)
    told = receipts.check(token)
    (controller,) = told["piiControllers"]
    facts = papers.facts(told, controller["piiController"])
    context = {"told": told, "items": told["record"]["items"], "event": identifier, "facts": facts}
    return render(request, "consent/receipt.html", context)


@open_to_representatives("see", "consent")
@require_safe
@citizen_required
@limited("export", by=limits.person)
def signed(request: SignedIn, identifier: UUID) -> HttpResponse:
    """One step's receipt as it was signed: a compact JWS (RFC 7515)."""
    return _file(queries.receipt_of_step(subject_of(request), identifier), f"receipt-{identifier}.jws", "text/plain")


@open_to_representatives("see", "consent")
@require_safe
@citizen_required
@limited("export", by=limits.person)
def kantara(request: SignedIn, identifier: UUID) -> HttpResponse:
    """The same as a Kantara Consent Receipt 1.1."""
    token = queries.receipt_of_step(subject_of(request), identifier)
    return _file(_json(receipts.with_signature(token)), f"receipt-{identifier}.json", "application/json")


@open_to_representatives("see", "consent")
@require_safe
@citizen_required
@limited("export", by=limits.person)
def linked(request: SignedIn, identifier: UUID) -> HttpResponse:
    """The same as a record of ISO/IEC TS 27560 in DPV 2."""
    token = queries.receipt_of_step(subject_of(request), identifier)
    return _file(_json(records.record(token)), f"receipt-{identifier}.jsonld", "application/ld+json")


@open_to_representatives("see", "consent")
@require_safe
@citizen_required
@limited("export", by=limits.person)
def paper(request: SignedIn, identifier: UUID) -> HttpResponse:
    """The same on paper, with a code that leads to the check."""
    token = queries.receipt_of_step(subject_of(request), identifier)
    return _file(papers.drawn(token), f"receipt-{identifier}.pdf", "application/pdf")


def _json(content: dict[str, Any]) -> str:
    return json.dumps(content, ensure_ascii=False, indent=2)


def _file(content: str | bytes, name: str, kind: str) -> HttpResponse:
    body = content + "\n" if isinstance(content, str) else content
    charset = "; charset=utf-8" if kind.startswith("text/") else ""
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return HttpResponse(body, content_type=kind + charset, headers=headers)
