"""Where an agency hears webhooks, for its administrator."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, ClassVar
from uuid import UUID

from django.apps import apps
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from portal.accounts.admin.kept import KeptAdmin, Step, Text
from portal.accounts.forms import NewEndpointForm, OverlapForm
from portal.accounts.models import ClerkRole, UserKind
from portal.outbox import endpoints
from portal.outbox import queries as outbox
from portal.trail.actor import Actor, current

ATTEMPTS = 50


def _active(row: Any) -> bool:
    return bool(row.active)


def _overlaps(row: Any) -> bool:
    return row.active and row.former_secret_until is not None and row.former_secret_until > timezone.now()


def register_own(*, url: str, actor: Actor, at: datetime) -> tuple[Any, str]:
    """An endpoint of the actor's own agency."""
    return endpoints.register(actor.agency_id or UUID(int=0), url=url, actor=actor, at=at)


def try_it(row: Any, *, actor: Actor, at: datetime) -> None:
    endpoints.send_test(row, actor=actor, at=at)


def send_again(row: Any, *, actor: Actor, at: datetime) -> None:
    endpoints.resend(row, actor=actor, at=at)


@admin.register(apps.get_model("outbox.Endpoint"))
class EndpointAdmin(KeptAdmin):
    kinds = (UserKind.CLERK,)
    roles = (ClerkRole.ADMINISTRATOR,)
    list_display: ClassVar = ("url", "active", "created_at", "switched_off_at")
    new = Step(_("Register an endpoint"), _("Registered."), register_own, NewEndpointForm)
    steps: ClassVar[Mapping[str, Step]] = {
        "test": Step(
            _("Send a test message"), _("It is on its way. Look here again in a moment."), try_it, possible=_active
        ),
        "resend": Step(
            _("Send again what was given up"), _("It is on its way. Look here again in a moment."), send_again,
            possible=_active,
        ),
        "rotate": Step(
            _("New secret"), _("The endpoint has a new secret."), endpoints.rotate_secret, OverlapForm, possible=_active
        ),
        "drop": Step(
            _("End the former secret now"), _("The former secret is worth nothing."), endpoints.drop_former_secret,
            possible=_overlaps,
        ),
        "off": Step(_("Switch off for good"), _("Switched off."), endpoints.switch_off, possible=_active),
    }  # fmt: skip

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """The own agency's, said here too: row-level security is the second wall."""
        return outbox.endpoints_of(current().agency_id or UUID(int=0))

    def facts(self, row: Any) -> Sequence[tuple[Text, Any]]:
        return [
            (_("address"), row.url),
            (_("registered"), row.created_at),
            (_("former secret signs until"), row.former_secret_until if _overlaps(row) else None),
            (_("switched off"), row.switched_off_at),
        ]

    def table(self, row: Any) -> dict[str, Any]:
        attempts = outbox.attempts_at(row, ATTEMPTS)
        return {
            "title": _("Latest attempts"),
            "heads": [_("when"), _("event"), _("answer"), _("seconds")],
            "rows": [
                (try_.at, try_.webhook.event, try_.status or try_.error, f"{try_.seconds:.1f}") for try_ in attempts
            ],
        }
