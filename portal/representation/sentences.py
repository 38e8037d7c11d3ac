"""What representatives did, as sentences for the represented person."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from portal.representation.queries import Done

SAID: Final[Mapping[str, str | Promise]] = {
    "representation.acting.begun": _("%(by)s opened your record."),
    "consent.consent.given": _("%(by)s allowed a use of your data."),
    "consent.consent.refused": _("%(by)s did not allow a use of your data."),
    "consent.consent.withdrawn": _("%(by)s stopped a use of your data."),
    "consent.consent.paused": _("%(by)s paused a use of your data."),
    "consent.consent.resumed": _("%(by)s resumed a use of your data."),
    "consent.consent.shortened": _("%(by)s made a use of your data end sooner."),
    "rights.request.submitted": _("%(by)s filed a request for you."),
    "rights.request.withdrawn": _("%(by)s took a request of yours back."),
    "rights.part.question_answered": _("%(by)s answered an agency's question for you."),
    "rights.part.cancelled": _("An agency no longer needs to answer, because %(by)s took the request back."),
}
ANYTHING_ELSE: Final = _("%(by)s did something for you.")


@dataclass(frozen=True)
class Line:
    """One act: when, what in words, and as what it was done."""

    at: datetime
    text: str
    kind: str


def lines(done: Iterable[Done]) -> list[Line]:
    """Every act, also one that has no sentence of its own yet."""
    return [Line(act.at, str(SAID.get(act.event, ANYTHING_ELSE)) % {"by": act.by}, act.kind) for act in done]
