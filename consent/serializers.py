"""Bodies of the departments' calls, and what they are answered."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from consent.decisions import Verdict
from consent.models import Consent, ConsentChange
from portal.accounts import queries as accounts
from portal.trail.canonical import plain


class StrictSerializer(serializers.Serializer):  # type: ignore[type-arg]  # not subscriptable at run time
    """Refuses fields it does not know: a misspelt `items` must not pass for none."""

    def to_internal_value(self, data: Any) -> Any:
        unknown = set(data) - set(self.fields) if isinstance(data, dict) else set()
        if unknown:
            raise serializers.ValidationError({name: [_("There is no such field.")] for name in sorted(unknown)})
        return super().to_internal_value(data)


class AskBody(StrictSerializer):
    subject = serializers.CharField(max_length=200)
    purpose = serializers.CharField(max_length=80)


class QuestionBody(StrictSerializer):
    subject = serializers.CharField(max_length=200)
    purpose = serializers.CharField(max_length=80)
    dataset = serializers.CharField(max_length=120)
    items = serializers.ListField(
        child=serializers.CharField(max_length=100), required=False, default=list, max_length=500
    )
    recipient = serializers.CharField(max_length=80, required=False, allow_null=True, default=None)
    share = serializers.DictField(required=False, allow_null=True, default=None)


def as_request(consent: Consent, *, agency_id: UUID) -> dict[str, Any]:
    """A question and its state, as its asker sees it."""
    return {
        "id": str(consent.id),
        "state": consent.state,
        "subject": accounts.pairwise_key(consent.subject_key, agency_id=agency_id),
        "purpose": consent.purpose.code,
        "asked_at": plain(consent.asked_at),
        "answer_by": plain(consent.answer_by),
    }


def as_answer(verdict: Verdict) -> dict[str, Any]:
    """A decision as the contract has it; `items` are the codes that it covers."""
    answer = {
        "decision": verdict.answer.value,
        "reason": verdict.reason.value,
        "consent": verdict.consent,
        "notice_version": verdict.notice_version,
        "valid_until": verdict.valid_until,
        "items": list(verdict.items),
        "decided_at": verdict.decided_at,
        "token": verdict.token,
        "shared_event": verdict.shared,
        "agreement": verdict.agreement,
        "citation": verdict.citation,
    }
    return {name: plain(value) for name, value in answer.items()}


def as_rows(changes: Sequence[ConsentChange], *, agency_id: UUID) -> list[dict[str, Any]]:
    """The feed's rows; the person under the reader's own key."""
    return [
        {
            "id": str(change.id),
            "position": change.position,
            "consent": str(change.consent_id),
            "subject": accounts.pairwise_key(change.subject_key, agency_id=agency_id),
            "purpose": change.purpose.code,
            "change": change.move,
            "at": plain(change.at),
            "valid_until": plain(change.valid_until),
        }
        for change in changes
    ]
