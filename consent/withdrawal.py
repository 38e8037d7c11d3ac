"""What stops when a person stops a use, what does not, and the link in a mail by which they can do it.

The link carries the person's key and the consent, sealed and signed: it opens this one thing for a while, and tells its
bearer nothing. It needs no sign-in, since what it does only takes away.
"""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from urllib.parse import urlencode
from uuid import UUID

from django.conf import settings
from django.core import signing
from django.urls import reverse
from django.utils.translation import gettext as _

from consent import queries
from consent.errors import MailLinkOver
from consent.models import Consent
from consent.overview import Card, Overview, cards_of
from consent.states import STANDING
from portal.catalogue import queries as catalogue
from portal.trail import vault
from portal.trail.vault import Unreadable

SALT: Final = "consent.stop"
LASTS: Final = timedelta(days=180)  # our policy: as long as people keep such a mail at hand


@dataclass(frozen=True)
class Impact:
    """What is told before the click: `stops` now; `goes_on`: what the same recipients may still use; who is `told`."""

    stops: Sequence[Card]
    goes_on: Sequence[Card]
    told: Sequence[str]

    @property
    def uses(self) -> int:
        """How often data was shared under what stops: that stays done."""
        return sum(card.uses.count for card in self.stops if card.uses)

    @property
    def keeps_days(self) -> int:
        """How long what was shared may be kept at most."""
        return max((card.consent.purpose.retention_days for card in self.stops if card.uses), default=0)


def impact(subject_key: bytes, consents: Sequence[Consent]) -> Impact:
    """What stopping these would do; the same number of queries for one as for all."""
    stopping = {one.id for one in consents}
    everything = Overview.of(subject_key).allowed
    stops = [card for card in everything if card.consent.id in stopping]
    touched = {agency for card in stops for agency in card.recipients}
    goes_on = [card for card in everything if card.consent.id not in stopping and touched.intersection(card.recipients)]
    told = catalogue.names_of_agencies({agency for card in stops for agency in card.consent.parties})
    return Impact(stops, goes_on, sorted(told.values()))


def chosen(
    subject_key: bytes, *, recipient: UUID | None = None, purpose: str = "", dataset: UUID | None = None
) -> list[Consent]:
    """What a person allows now: of one recipient, for one purpose, from one dataset, or all of it."""
    standing = [one for one in queries.consents_of(subject_key) if one.state in STANDING]
    if recipient is not None:
        return [one for one in standing if recipient in one.recipients]
    if purpose:
        return [one for one in standing if one.purpose.code == purpose]
    if dataset is not None:
        cards = cards_of(subject_key, standing)
        return [card.consent for card in cards if dataset in {wish.item.dataset_id for wish in card.wishes}]
    return standing


# ------------------------------------------------------------------ the link in a mail
def token(subject_key: bytes, identifier: UUID) -> str:
    """What the link carries: good for LASTS, and for this consent alone."""
    sealed = vault.seal(f"{subject_key.hex()}:{identifier.hex}", place=SALT)
    return signing.dumps(urlsafe_b64encode(sealed).decode(), salt=SALT)


def opened(link: str) -> tuple[bytes, UUID]:
    """Whose consent a link stops, and which; raises MailLinkOver for one that is too old, altered or never ours."""
    try:
        sealed = urlsafe_b64decode(signing.loads(link, salt=SALT, max_age=LASTS))
        key, _colon, identifier = vault.open_sealed(sealed, place=SALT).partition(":")
        return bytes.fromhex(key), UUID(identifier)
    except (signing.BadSignature, Unreadable, Error, ValueError, TypeError, AttributeError) as error:
        raise MailLinkOver from error


def mail_line(subject_key: bytes, about_id: str, _at: datetime) -> str:
    """What a mail about a consent says beside its own words (settings.PORTAL_MAIL_LINES)."""
    address = f"{settings.SITE_URL}{reverse('consent:stop-by-mail')}"
    query = urlencode({"link": token(subject_key, UUID(about_id))})
    return _("To stop this use without signing in: %(link)s") % {"link": f"{address}?{query}"}
