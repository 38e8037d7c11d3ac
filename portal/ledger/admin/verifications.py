"""Doubts about data: the provider's clerks report on them; those who doubt, and the regulator, look."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, ClassVar
from uuid import UUID

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from portal.accounts.admin.kept import KeptAdmin, Step, Text
from portal.accounts.models import UserKind
from portal.law import queries as law
from portal.ledger import queries, verifications, viewings
from portal.ledger.forms import DoubtForm, FindingForm
from portal.ledger.models import Finding, Verification
from portal.trail.actor import Actor, ActorKind, current


def _doubt(*, event: UUID, text: str, actor: Actor, at: datetime) -> Verification:
    return verifications.doubt(event, items=[], text=text, actor=actor, at=at)


def _report(row: Verification, *, finding: str, text: str, actor: Actor, at: datetime) -> None:
    verifications.report(row.pk, finding=Finding(finding), text=text, actor=actor, at=at)


def _reports(row: Verification) -> bool:
    return row.is_open and row.provider_id == current().agency_id


@admin.register(Verification)
class VerificationAdmin(KeptAdmin):
    """Those in which the clerk's agency takes part."""

    kinds = (UserKind.CLERK, UserKind.REGULATOR)
    list_display: ClassVar = ("dataset", "doubter", "provider", "asked_at", "due_at", "finding", "is_late")
    list_display_links: ClassVar = ("dataset",)
    list_filter: ClassVar = ("finding",)
    list_select_related: ClassVar = ("provider", "doubter", "dataset")
    list_per_page = 50
    ordering = ("due_at", "id")
    new = Step(_("Doubt what was received"), _("The provider was asked to check it."), _doubt, DoubtForm)
    steps: ClassVar[Mapping[str, Step]] = {
        "report": Step(
            _("Report"), _("Reported. Every recipient and the citizen are told."), _report, FindingForm, _reports
        ),
    }

    def may_make(self, request: HttpRequest) -> bool:
        return super().may_make(request) and current().kind is ActorKind.CLERK

    def get_queryset(self, request: HttpRequest) -> QuerySet[Verification]:
        """A clerk's own agency's, said here too: row-level security is the second wall."""
        rows: QuerySet[Verification] = super().get_queryset(request).select_related("provider", "doubter", "dataset")
        agency_id = current().agency_id
        mine = Q(provider_id=agency_id) | Q(doubter_id=agency_id) | Q(told__contains=[agency_id])
        return rows.filter(mine) if agency_id else rows

    @admin.display(description=_("late"), boolean=True)
    def is_late(self, row: Verification) -> bool:
        return row.due_at < (row.answered_at or timezone.now())

    def facts(self, row: Verification) -> Sequence[tuple[Text, Any]]:
        names = {item.code: item.name for item in row.dataset.items.all()}
        takes_part = current().agency_id in {row.provider_id, row.doubter_id, None}
        event = queries.event(bytes(row.subject_key), row.event_id) if takes_part else None
        if event:
            viewings.note_event(event, page="verification", actor=current(), at=timezone.now())
        return [
            (_("dataset"), row.dataset.name),
            (_("items"), ", ".join(names.get(code, code) for code in row.items) or _("The whole dataset")),
            (_("doubted by"), row.doubter.name),
            (_("provider"), row.provider.name),
            (_("doubt"), row.doubt),
            (_("provider's reference"), event.reference if event else None),
            (_("asked"), row.asked_at),
            (_("due"), row.due_at),
            (_("by"), law.article(row.due_article).title),
            (_("finding"), row.get_finding_display()),
            (_("report"), row.report),
            (_("answered"), row.answered_at),
        ]
