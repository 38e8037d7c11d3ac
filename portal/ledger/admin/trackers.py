"""Where an agency's own log of use answers, for its administrator."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, ClassVar
from uuid import UUID

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from portal.accounts.admin.kept import KeptAdmin, Step, Text
from portal.accounts.forms import NewEndpointForm
from portal.accounts.models import ClerkRole, UserKind
from portal.ledger import queries, trackers
from portal.ledger.models import Tracker
from portal.trail.actor import Actor, current


def _in_use(row: Any) -> bool:
    return row.ended_at is None


def register_own(*, url: str, actor: Actor, at: datetime) -> tuple[Tracker, str]:
    """A log of the actor's own agency."""
    return trackers.register(actor.agency_id or UUID(int=0), url=url, actor=actor, at=at)


@admin.register(Tracker)
class TrackerAdmin(KeptAdmin):
    kinds = (UserKind.CLERK,)
    roles = (ClerkRole.ADMINISTRATOR,)
    list_display: ClassVar = ("url", "registered_at", "ended_at")
    new = Step(_("Register your own log"), _("Registered."), register_own, NewEndpointForm)
    steps: ClassVar[Mapping[str, Step]] = {
        "test": Step(
            _("Ask whether it lives"), _("It answers as the protocol says."), trackers.try_it, possible=_in_use
        ),
        "off": Step(_("Switch off for good"), _("Switched off."), trackers.switch_off, possible=_in_use),
    }

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """The own agency's, said here too: row-level security is the second wall."""
        return queries.trackers_of(current().agency_id or UUID(int=0))

    def facts(self, row: Any) -> Sequence[tuple[Text, Any]]:
        return [(_("address"), row.url), (_("registered"), row.registered_at), (_("switched off"), row.ended_at)]
