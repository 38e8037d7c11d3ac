"""Bodies of the departments' calls about parts, and what they are answered."""

from typing import Any

from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from portal.accounts.actions import Disclosed
from portal.trail.canonical import plain
from rights import queries
from rights.actions.steps import LONGEST_TEXT
from rights.changes import Shown
from rights.models import Approval, Evidence, Handover, Part, PartFile, PartMessage, Transfer
from rights.states import Outcome


class StrictSerializer(serializers.Serializer):  # type: ignore[type-arg]  # not subscriptable at run time
    """Refuses fields it does not know: a misspelt `ground` must not pass for none."""

    def to_internal_value(self, data: Any) -> Any:
        unknown = set(data) - set(self.fields) if isinstance(data, dict) else set()
        if unknown:
            raise serializers.ValidationError({name: [_("There is no such field.")] for name in sorted(unknown)})
        return super().to_internal_value(data)


class NothingBody(StrictSerializer):
    pass


class PartQuestionBody(StrictSerializer):
    text = serializers.CharField(max_length=LONGEST_TEXT)


class ExtendBody(StrictSerializer):
    reason = serializers.CharField(max_length=LONGEST_TEXT)


class TransferBody(StrictSerializer):
    agency = serializers.CharField(max_length=80)
    reason = serializers.CharField(max_length=LONGEST_TEXT)


class PartReplyBody(StrictSerializer):
    outcome = serializers.ChoiceField(choices=Outcome.choices)
    text = serializers.CharField(max_length=LONGEST_TEXT, required=False, allow_blank=True, default="")
    ground = serializers.CharField(max_length=60, required=False, allow_blank=True, default="")
    data = serializers.ListField(child=serializers.DictField(), required=False, default=list, max_length=10_000)  # type: ignore[assignment]  # the API's name
    departure = serializers.CharField(max_length=LONGEST_TEXT, required=False, allow_blank=True, default="")


class ReceiverBody(StrictSerializer):
    active = serializers.BooleanField()


class ReceiptBody(StrictSerializer):
    sha256 = serializers.RegexField(r"^[0-9a-fA-F]{64}\Z")


def as_transfer(transfer: Transfer) -> dict[str, Any]:
    """A package that is offered to the caller: what it will get, nothing about the person."""
    return {
        "id": str(transfer.pk),
        "number": transfer.number,
        "size": transfer.size,
        "sha256": bytes(transfer.sha256).hex(),
        "offered_at": plain(transfer.offered_at),
        "received_at": plain(transfer.received_at),
        "package": reverse("rights_api:moved-package", args=[transfer.pk]),
    }


class ErasureBody(StrictSerializer):
    erased = serializers.CharField(max_length=LONGEST_TEXT)
    method = serializers.CharField(max_length=LONGEST_TEXT)
    erased_at = serializers.DateTimeField()
    kept = serializers.CharField(max_length=LONGEST_TEXT, required=False, allow_blank=True, default="")
    kept_until = serializers.DateField(required=False, allow_null=True, default=None)
    kept_article = serializers.CharField(max_length=80, required=False, allow_blank=True, default="")


class DeclineBody(StrictSerializer):
    reason = serializers.CharField(max_length=LONGEST_TEXT)


def as_offer(offer: Handover) -> dict[str, Any]:
    """A part that another agency offers: what it is about, and nothing about whom."""
    return {
        "id": str(offer.pk),
        "number": offer.number,
        "kind": offer.kind,
        "dataset": offer.dataset.code if offer.dataset else None,
        "state": offer.state,
        "reason": offer.reason,
        "offered_at": plain(offer.offered_at),
        "due_at": plain(offer.due_at),
    }


def as_row(part: Part) -> dict[str, Any]:
    """A part in the work list: enough to decide what to do next, nothing about the person."""
    return {
        "id": str(part.pk),
        "request": str(part.request_id),
        "number": part.request.number,
        "kind": part.kind,
        "dataset": part.dataset.code if part.dataset else None,
        "state": part.state,
        "submitted_at": plain(part.submitted_at),
        "due_at": plain(part.due_at),
        "due_article": part.due_article,
        "extended_at": plain(part.extended_at),
        "propagated": part.propagated_from_id is not None,
    }


def as_part(part: Part, person: Disclosed | None, approval: Approval | None = None) -> dict[str, Any]:
    """One part with all that is needed to answer it; the person only where they were disclosed."""
    request = part.request
    return {
        **as_row(part),
        "subject": person.identity.number if person else None,
        "pairwise_key": person.pairwise_key if person else None,
        "minor": part.of_minor,
        "approval": approval.state if approval else None,
        "words": request.words,
        "language": request.language,
        "items": [item.code for item in queries.wanted_items(part)],
        "changes": [_as_change(change) for change in queries.wanted_changes(part)] if person else None,
        "evidence": [_as_evidence(part, file) for file in queries.evidence_of(request, part)] if person else None,
        "sharing_event": str(request.about_event) if request.about_event else None,
        "consent": str(request.about_consent) if request.about_consent else None,
        "wants_review": request.wants_review,
        "format": request.format,
        "period_from": plain(request.period_from),
        "period_to": plain(request.period_to),
        "outcome": part.outcome or None,
        "messages": [_as_message(message) for message in part.messages.order_by("at", "id")],
        "files": [as_file(file) for file in part.files.order_by("name")],
    }


def as_file(file: PartFile) -> dict[str, Any]:
    return {"name": file.name, "media_type": file.media_type, "size": file.size, "sha256": bytes(file.sha256).hex()}


def _as_change(change: Shown) -> dict[str, Any]:
    return {"item": change.item, "held": change.held, "wanted": change.wanted}


def _as_evidence(part: Part, file: Evidence) -> dict[str, Any]:
    """A file of the person's, and where to fetch it."""
    about = {"name": file.name, "media_type": file.media_type, "size": file.size, "sha256": bytes(file.sha256).hex()}
    return {**about, "url": reverse("rights_api:evidence", args=[part.pk, file.pk])}


def _as_message(message: PartMessage) -> dict[str, Any]:
    sender = "agency" if message.is_from_agency else "citizen"
    return {"from": sender, "text": message.text, "at": plain(message.at)}
