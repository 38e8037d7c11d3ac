"""Every step of a request as a sentence for the person, from the trail."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from portal.catalogue import queries as catalogue
from portal.trail.models import Entry

SENTENCES: Final[Mapping[str, str | Promise]] = {
    "rights.request.submitted": _("You filed this request."),
    "rights.request.joined": _("You added to this request what you were about to ask again."),
    "rights.evidence.read": _("%(agency)s opened a file that you sent along."),
    "rights.request.routed": _("It was sent to each agency that must answer."),
    "rights.request.withdrawn": _("You took this request back."),
    "rights.request.closed": _("All answers are there."),
    "rights.package.asked": _("You asked for a package of the answers so far."),
    "rights.package.sealed": _("Your package was put together and sealed."),
    "rights.package.downloaded": _("Your package was downloaded."),
    "rights.package.erased": _("Your package was erased here; its time was over."),
    "rights.transfer.offered": _("Your package was offered to %(agency)s."),
    "rights.transfer.fetched": _("%(agency)s fetched your package."),
    "rights.transfer.received": _("%(agency)s has your package whole; its receipt is here."),
    "rights.part.assigned": _("%(agency)s was told of its part."),
    "rights.part.delivered": _("%(agency)s received its part."),
    "rights.part.acknowledged": _("%(agency)s began to work on it."),
    "rights.part.asked": _("%(agency)s asked you something. Its clock stands still."),
    "rights.part.question_answered": _("You answered %(agency)s. Its clock runs again."),
    "rights.part.extended": _("%(agency)s took more time, once."),
    "rights.part.offered": _("%(agency)s offered its part to the agency that holds the data."),
    "rights.part.propagated": _("%(agency)s received these data, and was told to follow."),
    "rights.erasure.prepared": _("%(agency)s stated what it erased."),
    "rights.erasure.confirmed": _("A second person of %(agency)s confirmed what was erased."),
    "rights.part.collection_asked": _("%(agency)s has your data collected from its database."),
    "rights.part.transferred": _("%(agency)s passed its part on."),
    "rights.part.answered": _("%(agency)s answered."),
    "rights.part.cancelled": _("%(agency)s no longer needs to answer."),
    "rights.part.warned": _("%(agency)s was reminded of its deadline."),
    "rights.part.overdue": _("%(agency)s is late. The regulator can see this."),
    "rights.part.reopened": _("%(agency)s must answer again: your appeal was granted."),
    "rights.part.escalated": _("%(agency)s is so late that the next in charge was told."),
    "rights.appeal.filed": _("You appealed against the answer of %(agency)s."),
    "rights.appeal.taken": _("Another person began to look at it."),
    "rights.appeal.granted": _("Your appeal was granted; %(agency)s must answer again."),
    "rights.appeal.dismissed": _("Your appeal was not granted; the answer of %(agency)s stands."),
    "rights.appeal.withdrawn": _("You took your appeal back."),
    "rights.appeal.lapsed": _("%(agency)s did not decide in time; you went on to the regulator."),
    "rights.appeal.overdue": _("The appeal was not decided in time."),
    "rights.complaint.filed": _("You complained to the regulator."),
    "rights.complaint.assigned": _("Somebody of the regulator has it."),
    "rights.complaint.upheld": _("The regulator found your complaint justified."),
    "rights.complaint.not_upheld": _("The regulator did not find your complaint justified."),
    "rights.complaint.withdrawn": _("You took your complaint back."),
    "rights.complaint.overdue": _("The complaint was not decided in time."),
    "rights.approval.asked": _("Somebody of %(agency)s asked a colleague whether they may see who you are."),
    "rights.approval.granted": _("A second person of %(agency)s approved it, since you are under age."),
    "rights.approval.declined": _("A second person of %(agency)s did not approve it, since you are under age."),
    "accounts.person.disclosed": _("%(agency)s looked up who you are, to answer."),
}


@dataclass(frozen=True)
class Line:
    """One step: when, and what in words."""

    at: datetime
    text: str
    by_representative: bool = False


def lines(entries: Sequence[Entry]) -> list[Line]:
    """The steps that mean something to the person, in the order given; one query for the agencies' names."""
    names = catalogue.names_of_agencies(entry.agency_id for entry in entries if entry.agency_id)
    return [
        Line(entry.at, _said(entry, names), entry.on_behalf_of is not None)
        for entry in entries
        if entry.event in SENTENCES
    ]


def _said(entry: Entry, names: Mapping[UUID, str]) -> str:
    agency = names.get(entry.agency_id, "…") if entry.agency_id else "…"
    return str(SENTENCES[entry.event]) % {"agency": agency}
