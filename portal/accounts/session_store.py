"""Sessions as Django keeps them in the database, but named there by a digest of the cookie's key.

Who reads the table, or a copy of it, can't step into anybody's session; and who knows a digest can end that session.
"""

from hashlib import sha256
from typing import Any

from django.contrib.sessions.backends import db
from django.contrib.sessions.base_session import AbstractBaseSession
from django.utils import timezone


def digest(session_key: str) -> str:
    """The name of a session in the table: 160 bits of SHA-256, which fit its column."""
    return sha256(session_key.encode()).hexdigest()[:40]


class SessionStore(db.SessionStore):
    """The key lives in the cookie alone. (Under ASGI, too, Django's middleware calls these methods.)"""

    def _get_session_from_db(self) -> AbstractBaseSession | None:
        row: AbstractBaseSession | None = None
        if self.session_key:
            rows = self.model.objects.filter(session_key=digest(self.session_key), expire_date__gt=timezone.now())
            row = rows.first()
        if row is None:
            self._session_key = None
        return row

    def exists(self, session_key: str) -> bool:
        return super().exists(digest(session_key))

    def create_model_instance(self, data: dict[str, Any]) -> AbstractBaseSession:
        row = super().create_model_instance(data)
        row.session_key = digest(row.session_key)
        return row

    def delete(self, session_key: str | None = None) -> None:
        session_key = session_key or self.session_key
        if session_key:
            self.model.objects.filter(session_key=digest(session_key)).delete()
