"""Who sees sessions and changes of address: the person alone, the sign-in, and the portal's own tasks.

A session's row ends with the session itself, by a foreign key that the database alone knows: whatever deletes a session
(signing out, its expiry, an ended session) deletes where it was.
"""

from django.db import migrations

FORWARD = """
ALTER TABLE accounts_usersession ADD CONSTRAINT accounts_usersession_ends_with_its_session
    FOREIGN KEY (session_key_digest) REFERENCES django_session (session_key) ON DELETE CASCADE;
ALTER TABLE accounts_usersession ENABLE ROW LEVEL SECURITY;
CREATE POLICY begun_by_the_sign_in ON accounts_usersession
    USING ((SELECT portal_actor()) = 'gate') WITH CHECK ((SELECT portal_actor()) = 'gate');
CREATE POLICY person_keeps_their_own ON accounts_usersession
    USING ((SELECT portal_actor()) = 'citizen' AND user_id = (
        SELECT id FROM accounts_user owner WHERE owner.subject_key = (SELECT portal_subject())));
CREATE POLICY portal_sees_all ON accounts_usersession TO portal_worker USING ((SELECT portal_actor()) = 'portal');

ALTER TABLE accounts_contactchange ENABLE ROW LEVEL SECURITY;
CREATE POLICY person_keeps_their_own ON accounts_contactchange
    USING ((SELECT portal_actor()) = 'citizen' AND subject_key = (SELECT portal_subject()));
CREATE POLICY portal_sees_all ON accounts_contactchange TO portal_worker USING ((SELECT portal_actor()) = 'portal');
"""
BACK = """
DROP POLICY begun_by_the_sign_in ON accounts_usersession;
DROP POLICY person_keeps_their_own ON accounts_usersession;
DROP POLICY portal_sees_all ON accounts_usersession;
DROP POLICY person_keeps_their_own ON accounts_contactchange;
DROP POLICY portal_sees_all ON accounts_contactchange;
ALTER TABLE accounts_usersession DISABLE ROW LEVEL SECURITY;
ALTER TABLE accounts_contactchange DISABLE ROW LEVEL SECURITY;
ALTER TABLE accounts_usersession DROP CONSTRAINT accounts_usersession_ends_with_its_session;
"""


class Migration(migrations.Migration):
    dependencies = [("accounts", "0007_sessions_and_contact"), ("sessions", "0001_initial"), ("trail", "0002_walls")]

    operations = [migrations.RunSQL(FORWARD, BACK)]
