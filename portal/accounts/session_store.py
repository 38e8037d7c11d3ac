"""Sessions (SESSION_ENGINE): a row each, named by a digest of the cookie's key, found by whose they are and by what the
identity provider calls them.

Who reads the table, or a copy of it, can't step into anybody's session; and who knows a digest can end that session.
"""

from hashlib import sha256
from typing import Any

from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.backends import db
from django.utils import timezone

from portal.accounts.models import Session
from portal.accounts.standing import Standing


def digest(session_key: str) -> str:
    """The name of a session in the table: 160 bits of SHA-256, which fit its column."""
    return sha256(session_key.encode()).hexdigest()[:40]


class SessionStore(db.SessionStore):
    """The key lives in the cookie alone. (Under ASGI, too, Django's middleware calls these methods.)"""

    @classmethod
    def get_model_class(cls) -> type[Session]:
        return Session

    def _get_session_from_db(self) -> Session | None:
        row: Session | None = None
        if self.session_key:
            rows = Session.objects.filter(session_key=digest(self.session_key), expire_date__gt=timezone.now())
            row = rows.first()
        if row is None:
            self._session_key = None
        return row

    def exists(self, session_key: str) -> bool:
        return super().exists(digest(session_key))

    def create_model_instance(self, data: dict[str, Any]) -> Session:
        row: Session = super().create_model_instance(data)  # type: ignore[assignment]  # of the class above
        row.session_key = digest(row.session_key)
        row.user_id = data.get(SESSION_KEY)
        if standing := Standing.within(data):
            row.provider, row.subject, row.sid = standing.door, standing.subject, standing.sid
        return row

    def delete(self, session_key: str | None = None) -> None:
        session_key = session_key or self.session_key
        if session_key:
            Session.objects.filter(session_key=digest(session_key)).delete()
