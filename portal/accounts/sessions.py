"""Sessions: a row each, found by whose they are and by what the identity provider calls them (SESSION_ENGINE)."""

from typing import Any

from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.backends import db

from portal.accounts.models import Session
from portal.accounts.standing import Standing


class SessionStore(db.SessionStore):
    """Django's own store in the database, on a table that can be searched."""

    @classmethod
    def get_model_class(cls) -> type[Session]:
        return Session

    def create_model_instance(self, data: dict[str, Any]) -> Session:
        row: Session = super().create_model_instance(data)  # type: ignore[assignment]  # of the class above
        row.user_id = data.get(SESSION_KEY)
        if standing := Standing.within(data):
            row.provider, row.subject, row.sid = standing.door, standing.subject, standing.sid
        return row
