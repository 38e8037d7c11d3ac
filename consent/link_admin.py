"""For an agency's clerks: the addresses its services may have people sent back to, and withdrawals to acknowledge."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, ClassVar
from uuid import UUID

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminTextInputWidget

from consent import acknowledging, linking
from consent.models import ReturnAddress, Stop
from portal.accounts.admin.kept import KeptAdmin, Step, Text
from portal.accounts.forms import KeptForm
from portal.accounts.models import ClerkRole, UserKind
from portal.trail.actor import Actor, ActorKind, current


class AddressForm(KeptForm):
    url = forms.CharField(label=_("https address"), max_length=500, widget=UnfoldAdminTextInputWidget)


def register_own(*, url: str, actor: Actor, at: datetime) -> ReturnAddress:
    """A return address of the actor's own agency."""
    return linking.register_address(actor.agency_id or UUID(int=0), url=url, actor=actor, at=at)


def _in_use(row: ReturnAddress) -> bool:
    return row.ended_at is None


@admin.register(ReturnAddress)
class ReturnAddressAdmin(KeptAdmin):
    kinds = (UserKind.CLERK,)
    roles = (ClerkRole.ADMINISTRATOR,)
    list_display: ClassVar = ("url", "registered_at", "ended_at")
    new = Step(_("Register a return address"), _("Registered."), register_own, AddressForm)
    steps: ClassVar[Mapping[str, Step]] = {
        "end": Step(_("Take no link to it any more"), _("Ended."), linking.end_address, possible=_in_use),
    }

    def get_queryset(self, request: HttpRequest) -> QuerySet[ReturnAddress]:
        rows: QuerySet[ReturnAddress] = linking.addresses_of(current().agency_id or UUID(int=0))
        return rows

    def facts(self, row: ReturnAddress) -> Sequence[tuple[Text, Any]]:
        return [(_("address"), row.url), (_("registered"), row.registered_at), (_("ended on"), row.ended_at)]


def stopped(row: Stop, *, actor: Actor, at: datetime) -> None:
    acknowledging.acknowledge(row, actor=actor, at=at)


def erased(row: Stop, *, actor: Actor, at: datetime) -> None:
    acknowledging.acknowledge(row, erased=True, actor=actor, at=at)


def _runs(row: Stop) -> bool:
    return row.stopped_at is None and current().kind is ActorKind.CLERK


def _keeps(row: Stop) -> bool:
    return row.erased_at is None and current().kind is ActorKind.CLERK


@admin.register(Stop)
class StopAdmin(KeptAdmin):
    """Withdrawals that an agency without a system acknowledges by hand; the regulator reads them all."""

    kinds = (UserKind.CLERK, UserKind.REGULATOR)
    list_display: ClassVar = ("purpose", "agency", "withdrawn_at", "due_at", "stopped_at", "erase_due_at", "erased_at")
    list_select_related: ClassVar = ("purpose", "agency")
    ordering = ("due_at", "id")
    steps: ClassVar[Mapping[str, Step]] = {
        "stopped": Step(_("We have stopped"), _("Noted. The person sees it."), stopped, possible=_runs),
        "erased": Step(_("We have stopped and erased"), _("Noted. The person sees it."), erased, possible=_keeps),
    }

    def get_queryset(self, request: HttpRequest) -> QuerySet[Stop]:
        """A clerk's own agency's, said here too."""
        rows: QuerySet[Stop] = Stop.objects.select_related("purpose", "agency").order_by("due_at", "id")
        actor = current()
        return rows.filter(agency=actor.agency_id) if actor.kind is ActorKind.CLERK else rows

    def facts(self, row: Stop) -> Sequence[tuple[Text, Any]]:
        return [
            (_("purpose"), row.purpose),
            (_("agency"), row.agency),
            (_("consent"), row.consent_id),
            (_("withdrawn on"), row.withdrawn_at),
            (_("to be stopped by"), row.due_at),
            (_("stopped on"), row.stopped_at),
            (_("to be erased by"), row.erase_due_at),
            (_("erased on"), row.erased_at),
        ]
