"""The site's menu: what stands in it, and for whom."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from portal.accounts.models import UserKind

FOR_CITIZENS: Final = (
    ("ledger:data", _("My data")),
    ("ledger:sharing", _("Sharing")),
    ("consent:index", _("Consents")),
    ("rights:index", _("Requests")),
)
FOR_REGULATORS: Final = (("oversight:desk", _("Oversight")),)
FOR_ALL: Final = (
    ("catalogue:index", _("Catalogue")),
    ("pages:transparency", _("Transparency")),
    ("pages:help", _("Help")),
)


@dataclass(frozen=True)
class Entry:
    address: str
    label: Promise
    is_current: bool  # the reader is on it, or on a page below it


def entries(request: HttpRequest, kind: str) -> Iterator[Entry]:
    """The menu of a reader of this kind; empty for nobody in particular."""
    own = {UserKind.CITIZEN.value: FOR_CITIZENS, UserKind.REGULATOR.value: FOR_REGULATORS}.get(kind, ())
    for name, label in (*own, *FOR_ALL):
        address = reverse(name)
        yield Entry(address, label, request.path.startswith(address))
