"""Withholding an event: a clerk asks, a colleague decides, the regulator reviews."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, ClassVar
from uuid import UUID

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from portal.accounts.admin.kept import KeptAdmin, Step, Text
from portal.accounts.models import UserKind
from portal.law import queries as law
from portal.ledger import embargoes, queries, sentences
from portal.ledger.forms import ProlongForm, WithholdForm
from portal.ledger.models import Embargo
from portal.ledger.states import EmbargoState
from portal.trail.actor import Actor, ActorKind, current


def _ask(*, event: UUID, ground: str, reason: str, review_on: Any, actor: Actor, at: datetime) -> Embargo:
    return embargoes.ask(event, ground=ground, reason=reason, review_on=review_on, actor=actor, at=at)


def _approve(row: Embargo, *, actor: Actor, at: datetime) -> None:
    embargoes.decide(row, approved=True, actor=actor, at=at)


def _refuse(row: Embargo, *, actor: Actor, at: datetime) -> None:
    embargoes.decide(row, approved=False, actor=actor, at=at)


def _lift(row: Embargo, *, actor: Actor, at: datetime) -> None:
    embargoes.lift(row, actor=actor, at=at)


def _prolong(row: Embargo, *, review_on: Any, reason: str, actor: Actor, at: datetime) -> None:
    embargoes.prolong(row, review_on=review_on, reason=reason, actor=actor, at=at)


def _decides(row: Embargo) -> bool:
    actor = current()
    return row.state == EmbargoState.ASKED and actor.kind is ActorKind.CLERK and actor.user_id != row.asked_by


def _in_force(row: Embargo) -> bool:
    return row.state == EmbargoState.IN_FORCE


def _reviews(row: Embargo) -> bool:
    return _in_force(row) and current().kind is ActorKind.REGULATOR


@admin.register(Embargo)
class EmbargoAdmin(KeptAdmin):
    """A provider's own; the regulator sees all, and lifts or prolongs."""

    kinds = (UserKind.CLERK, UserKind.REGULATOR)
    list_display: ClassVar = ("__str__", "provider", "state", "review_on", "with_regulator_at", "lifted_at")
    list_display_links: ClassVar = ("__str__",)
    list_filter: ClassVar = ("state", "ground")
    list_select_related: ClassVar = ("provider",)
    list_per_page = 50
    ordering = ("-asked_at", "id")
    new = Step(_("Withhold an event"), _("Asked. It is withheld once a colleague approves."), _ask, WithholdForm)
    steps: ClassVar[Mapping[str, Step]] = {
        "approve": Step(_("Approve"), _("The event is withheld from now on."), _approve, possible=_decides),
        "refuse": Step(_("Refuse"), _("Refused. The citizen goes on seeing it."), _refuse, possible=_decides),
        "lift": Step(_("Lift"), _("Lifted. The citizen was told."), _lift, possible=_in_force),
        "prolong": Step(_("Let it stand"), _("It stands until the next review."), _prolong, ProlongForm, _reviews),
    }

    def may_make(self, request: HttpRequest) -> bool:
        return super().may_make(request) and current().kind is ActorKind.CLERK

    def get_queryset(self, request: HttpRequest) -> QuerySet[Embargo]:
        """A clerk's own agency's, said here too: row-level security is the second wall."""
        rows: QuerySet[Embargo] = super().get_queryset(request).select_related("provider")
        agency_id = current().agency_id
        return rows.filter(provider_id=agency_id) if agency_id else rows

    def facts(self, row: Embargo) -> Sequence[tuple[Text, Any]]:
        event = queries.event(bytes(row.subject_key), row.event_id)
        ground = law.jurisdiction().withholdings.get(row.ground)
        return [
            (_("about"), sentences.of_staff(event)),
            (_("happened"), event.occurred_at),
            (_("provider's reference"), event.reference),
            (_("ground"), f"{ground.title} · {ground.article.title}" if ground else row.ground),
            (_("reason"), row.reason),
            (_("state"), row.get_state_display()),
            (_("reviewed on"), row.review_on),
            (_("asked"), row.asked_at),
            (_("decided"), row.decided_at),
            (_("with the regulator since"), row.with_regulator_at),
            (_("lifted"), row.lifted_at),
        ]
