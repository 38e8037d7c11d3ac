"""Reminders at 50, 80 and 95 % of a consent's term: one letter a person, whatever has come due since the last."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from django.db import transaction
from django.db.models import DateTimeField, DurationField, ExpressionWrapper, F, Q, QuerySet

from consent import policy
from consent.models import Consent
from consent.states import ConsentState
from portal.inbox import actions as inbox
from portal.trail.actor import Actor

MARKS: Final = (50, 80, 95)  # per cent of the term
A_BATCH: Final = 200  # people


@transaction.atomic
def remind(*, actor: Actor, at: datetime) -> int:
    """Remind people of what they allow and what will soon end; how many. Each mark once, however often this runs."""
    policy.require(actor, "consent.expire")
    keys = list(_due(at).order_by("subject_key").values_list("subject_key", flat=True).distinct()[:A_BATCH])
    rows = _due(at).filter(subject_key__in=keys).select_for_update(of=("self",), skip_locked=True, no_key=True)
    of_person: dict[bytes, list[Consent]] = {}
    for consent in rows.select_related("purpose").order_by("valid_until", "id"):
        of_person.setdefault(bytes(consent.subject_key), []).append(consent)
    for key, consents in of_person.items():
        for consent in consents:
            consent.reminded = _passed(consent, at)
            consent.save(update_fields=["reminded"])
        _tell(key, consents, at=at)
    return len(of_person)


def _due(at: datetime) -> QuerySet[Consent]:
    """Consents that have passed a mark of which their person was not told yet."""
    term = ExpressionWrapper(F("valid_until") - F("valid_from"), output_field=DurationField())
    passed = Q()
    for mark in MARKS:
        passed |= Q(reminded__lt=mark, **{f"at_{mark}__lte": at})
    marks = {
        f"at_{mark}": ExpressionWrapper(F("valid_from") + term * (mark / 100), output_field=DateTimeField())
        for mark in MARKS
    }
    return Consent.objects.alias(**marks).filter(passed, state=ConsentState.GIVEN, valid_until__gt=at)


def _passed(consent: Consent, at: datetime) -> int:
    """The highest mark that has been passed."""
    if consent.valid_from is None or consent.valid_until is None:
        return 0
    share = (at - consent.valid_from) / (consent.valid_until - consent.valid_from) * 100
    return max((mark for mark in MARKS if mark <= share), default=0)


def _tell(subject_key: bytes, consents: Sequence[Consent], *, at: datetime) -> None:
    """One letter about all of them; it leads to the one that ends first."""
    names: dict[str, Any] = {
        "purposes_zh": "、".join(consent.purpose.name_zh for consent in consents),
        "purposes_en": "; ".join(consent.purpose.name_en for consent in consents),
    }
    inbox.tell(subject_key, "consents_reminded", at=at, about=consents[0], **names)
