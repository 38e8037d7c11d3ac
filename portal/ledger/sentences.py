"""An event told in one sentence, in the reader's language."""

from collections.abc import Mapping
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from portal.ledger.models import Depth, Outcome, SharingEvent

_SENT: Final[Mapping[str, str | Promise]] = {
    Depth.SEARCHED.value: gettext_lazy("%(provider)s let %(recipient)s search your data in “%(dataset)s”."),
    Depth.VIEWED.value: gettext_lazy("%(provider)s showed %(recipient)s your data in “%(dataset)s”."),
    Depth.COPIED.value: gettext_lazy("%(provider)s sent %(recipient)s your data in “%(dataset)s”."),
    Depth.SUBSCRIBED.value: gettext_lazy(
        "%(provider)s keeps %(recipient)s up to date with your data in “%(dataset)s”."
    ),
    Depth.VERIFIED_ONLY.value: gettext_lazy(
        "%(provider)s told %(recipient)s whether a statement agrees with your data in “%(dataset)s”."
    ),
}
_DENIED: Final = gettext_lazy("%(provider)s refused to give %(recipient)s your data in “%(dataset)s”.")


def sentence(event: SharingEvent) -> str:
    """Who did what with which of the person's data, towards whom."""
    template = _DENIED if event.outcome == Outcome.DENIED else _SENT[event.depth]
    names = {"provider": event.provider.name, "recipient": event.to_whom, "dataset": event.dataset.name}
    return str(template) % names


def reason(event: SharingEvent) -> str:
    """Why, in the agency's own words."""
    return _("For: %(purpose)s") % {"purpose": event.purpose}


def of_staff(event: SharingEvent) -> str:
    """The same for those who work there: the person is not in it."""
    given = {"provider": event.provider.name, "recipient": event.to_whom, "dataset": event.dataset.name}
    return _("%(provider)s → %(recipient)s: “%(dataset)s”") % {**given} + f" · {event.get_depth_display()}"
