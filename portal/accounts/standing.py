"""How somebody came in, kept in their session: by which door, how surely, when it was confirmed.

Every door stamps what it opens. A session without a stamp was opened by none of them and ends; so does one that is
too old, or was left alone for too long.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any, Final, Self

from django.conf import settings
from django.contrib.sessions.backends.base import SessionBase

from portal.accounts.id_tokens import Vouched
from portal.accounts.levels import Level

STANDING: Final = "standing"
SEEN: Final = "seen_at"
PASSWORD: Final = "password"  # noqa: S105  # the name of a door
SEEN_ANEW: Final = timedelta(minutes=1)  # one write a minute is exact enough


@dataclass(frozen=True)
class Standing:
    """What a door stamps; instants are seconds since 1970, so that a session can hold them."""

    door: str  # a provider's id, or the password
    level: str
    confirmed_at: int
    started_at: int
    subject: str = ""
    sid: str = ""

    @classmethod
    def within(cls, session: Mapping[str, Any] | SessionBase) -> Self | None:
        """The stamp of a session, if it has one."""
        kept = session.get(STANDING)
        return cls(**kept) if isinstance(kept, dict) else None

    def reaches(self, level: Level, *, at: datetime) -> bool:
        """Whether somebody was confirmed at this level or a surer one, and lately enough for it."""
        age = at - datetime.fromtimestamp(self.confirmed_at, at.tzinfo)
        return Level(self.level).reaches(level) and (level is Level.BASE or age <= settings.PORTAL_STEP_UP_LASTS)


def stamp(session: SessionBase, door: str, vouched: Vouched, *, at: datetime) -> None:
    """Note in a fresh session how it was opened."""
    seconds = int(at.timestamp())
    confirmed = int(vouched.confirmed_at.timestamp())
    standing = Standing(door, vouched.level.value, confirmed, seconds, vouched.subject, vouched.sid)
    session[STANDING], session[SEEN] = asdict(standing), seconds


def raise_to(session: SessionBase, level: Level, *, at: datetime) -> None:
    """Note that somebody who is in was confirmed once more, more surely."""
    session[STANDING] = {**session[STANDING], "level": level.value, "confirmed_at": int(at.timestamp())}


def is_over(session: SessionBase, *, at: datetime) -> bool:
    """Whether a session must end now."""
    standing, now = Standing.within(session), at.timestamp()
    if standing is None:
        return True
    confirmed = min(standing.started_at, standing.confirmed_at)
    is_old = now - confirmed >= settings.PORTAL_SESSION_LASTS.total_seconds()
    left_alone = now - session.get(SEEN, 0) >= settings.PORTAL_SESSION_IDLE.total_seconds()
    return is_old or left_alone


def see(session: SessionBase, *, at: datetime) -> bool:
    """Note that somebody is there, at most once a minute; whether it was noted now."""
    is_due: bool = at.timestamp() - session[SEEN] >= SEEN_ANEW.total_seconds()
    if is_due:
        session[SEEN] = int(at.timestamp())
    return is_due
