"""A device's row ends with its session, whose table is ours now (portal.accounts.models.Session)."""

from django.db import migrations

FORWARD = """
DELETE FROM django_session;
ALTER TABLE accounts_usersession DROP CONSTRAINT accounts_usersession_ends_with_its_session;
ALTER TABLE accounts_usersession ADD CONSTRAINT accounts_usersession_ends_with_its_session
    FOREIGN KEY (session_key_digest) REFERENCES accounts_session (session_key) ON DELETE CASCADE;
"""
BACK = """
DELETE FROM accounts_session;
ALTER TABLE accounts_usersession DROP CONSTRAINT accounts_usersession_ends_with_its_session;
ALTER TABLE accounts_usersession ADD CONSTRAINT accounts_usersession_ends_with_its_session
    FOREIGN KEY (session_key_digest) REFERENCES django_session (session_key) ON DELETE CASCADE;
"""


class Migration(migrations.Migration):
    dependencies = [("accounts", "0011_sessions_that_are_found"), ("sessions", "0001_initial")]

    operations = [migrations.RunSQL(FORWARD, BACK)]
