"""What time does to agreements: what is overdue is noted once, what has run out is suspended or ends."""

from datetime import date, datetime
from typing import Final

from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from portal.catalogue import grounds, policy
from portal.catalogue.actions.agreements import note
from portal.catalogue.actions.course import suspend
from portal.catalogue.models import Agreement
from portal.catalogue.states import AGREEMENT_MOVES, AgreementState, moved
from portal.catalogue.words import Form
from portal.trail.actor import Actor

A_BATCH: Final = 200


@transaction.atomic
def keep_time(*, actor: Actor, at: datetime) -> int:
    """One batch; how many agreements were touched. By the portal alone. What a page or the ledger asks about an
    agreement does not wait for it: terms are compared with the day that is asked about."""
    policy.require(actor, "catalogue.keep_time")
    today = timezone.localtime(at).date()
    rows = Agreement.objects.select_for_update(of=("self",), skip_locked=True, no_key=True)
    taken = list(rows.filter(_late(at) | _over(today) | _lapsed(today)).order_by("id")[:A_BATCH])
    for agreement in taken:
        _keep(agreement, today, actor=actor, at=at)
    return len(taken)


def _late(at: datetime) -> Q:
    """Unanswered after the day it was due. While the applicant is to supply something the clock stands."""
    return Q(status=AgreementState.APPLIED, due_at__lt=at, overdue_noted_at=None)


def _over(today: date) -> Q:
    return Q(status__in=[AgreementState.GRANTED, AgreementState.SUSPENDED], valid_until__lt=today)


def _lapsed(today: date) -> Q:
    as_it_is = Q(form=Form.RAW, exception_until__lt=today)
    return Q(status=AgreementState.GRANTED) & (as_it_is | (~Q(form=Form.RAW) & Q(form_until__lt=today)))


def _keep(agreement: Agreement, today: date, *, actor: Actor, at: datetime) -> None:
    if agreement.status == AgreementState.APPLIED:
        agreement.overdue_noted_at = at
        agreement.save(update_fields=["overdue_noted_at"])
        note("overdue", agreement, actor=actor, at=at)
    elif agreement.valid_until is not None and agreement.valid_until < today:
        agreement.status = moved(AGREEMENT_MOVES, agreement.status, AgreementState.ENDED)
        agreement.ended_at, agreement.reasons = at, _("Its term is over.")
        agreement.save(update_fields=["status", "ended_at", "reasons"])
        agreement.suspensions.filter(ended_at=None).update(ended_at=at)
        note("ended", agreement, actor=actor, at=at)
    elif grounds.lapsed(agreement, on=today):
        suspend(agreement, reasons=_("What it rests on has run out."), actor=actor, at=at)
