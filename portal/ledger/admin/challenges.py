"""The clerk's desk for what citizens ask about sharing."""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from portal.accounts.admin.kept import KeptAdmin, Step, Text
from portal.accounts.models import UserKind
from portal.law import queries as law
from portal.ledger import challenges, queries, sentences, viewings
from portal.ledger.forms import AnswerForm
from portal.ledger.models import Challenge
from portal.trail.actor import Actor, current


class OpenFilter(admin.SimpleListFilter):
    """What waits for an answer, unless somebody asks for more."""

    title = _("state")
    parameter_name = "state"

    def lookups(self, _request: HttpRequest, _model_admin: Any) -> list[tuple[str, Any]]:
        return [("late", _("late")), ("answered", _("answered")), ("all", _("all"))]

    def choices(self, changelist: Any) -> Any:
        rows = list(super().choices(changelist))
        return [{**rows[0], "display": _("open")}, *rows[1:]]

    def queryset(self, _request: HttpRequest, rows: QuerySet[Challenge]) -> QuerySet[Challenge]:
        match self.value():
            case None:
                return rows.filter(answered_at=None)
            case "late":
                return rows.filter(answered_at=None, due_at__lt=timezone.now())
            case "answered":
                return rows.filter(answered_at__isnull=False)
        return rows


def _answer(row: Challenge, *, text: str, actor: Actor, at: Any) -> None:
    challenges.answer(row.pk, text=text, actor=actor, at=at)


@admin.register(Challenge)
class ChallengeAdmin(KeptAdmin):
    """An agency's own, answered by any of its clerks; the regulator looks."""

    kinds = (UserKind.CLERK, UserKind.REGULATOR)
    list_display: ClassVar = ("__str__", "agency", "asked_at", "due_at", "answered_at", "is_late")
    list_display_links: ClassVar = ("__str__",)
    list_filter: ClassVar = (OpenFilter, "kind")
    list_select_related: ClassVar = ("agency",)
    list_per_page = 50
    ordering = ("due_at", "id")
    steps: ClassVar[Mapping[str, Step]] = {
        "answer": Step(
            _("Answer"),
            _("Answered. The citizen was told."),
            _answer,
            AnswerForm,
            possible=lambda row: row.is_open and row.agency_id == current().agency_id,
        ),
    }

    def get_queryset(self, request: HttpRequest) -> QuerySet[Challenge]:
        """A clerk's own agency's, said here too: row-level security is the second wall."""
        rows: QuerySet[Challenge] = super().get_queryset(request).select_related("agency")
        agency_id = current().agency_id
        return rows.filter(agency_id=agency_id) if agency_id else rows

    @admin.display(description=_("late"), boolean=True)
    def is_late(self, row: Challenge) -> bool:
        return row.due_at < (row.answered_at or timezone.now())

    def facts(self, row: Challenge) -> Sequence[tuple[Text, Any]]:
        event = queries.event(bytes(row.subject_key), row.event_id)
        viewings.note_event(event, page="challenge", actor=current(), at=timezone.now())
        notes = {note.id: note for note in queries.notes_of(event.subject_key, [event.id]).get(event.id, [])}
        asked, answer = notes.get(row.note_id), notes.get(row.answer_id) if row.answer_id else None
        return [
            (_("what they ask"), asked.text if asked and asked.text else _("Why was my data shared?")),
            (_("about"), sentences.of_staff(event)),
            (_("purpose given"), event.purpose),
            (_("happened"), event.occurred_at),
            (_("provider's reference"), event.reference),
            (_("asked"), row.asked_at),
            (_("due"), row.due_at),
            (_("by"), law.article(row.due_article).title),
            (_("rule"), challenges.rule().sentence),
            (_("answered"), row.answered_at),
            (_("Answer"), answer.text if answer else None),
        ]
