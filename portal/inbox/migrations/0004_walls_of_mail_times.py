"""A person keeps their own settings and sees their own digests; the portal's tasks mail them.

Letters are deleted when their account is closed, by retention's role alone; the reader's row stays shut to deletion.
"""

from django.db import migrations

FORWARD = """
REVOKE DELETE ON inbox_preference, inbox_digest FROM portal_web, portal_worker;
REVOKE INSERT, UPDATE ON inbox_digest FROM portal_web;
GRANT SELECT, DELETE ON inbox_preference, inbox_digest, inbox_letter TO portal_retention;
GRANT UPDATE (digest_id) ON inbox_letter TO portal_retention;

ALTER TABLE inbox_preference ENABLE ROW LEVEL SECURITY;
CREATE POLICY person_keeps_their_own ON inbox_preference
    USING ((SELECT portal_actor()) = 'citizen' AND subject_key = (SELECT portal_subject()));
CREATE POLICY portal_sees_all ON inbox_preference TO portal_worker USING ((SELECT portal_actor()) = 'portal');

ALTER TABLE inbox_digest ENABLE ROW LEVEL SECURITY;
CREATE POLICY reader_sees_own ON inbox_digest FOR SELECT
    USING ((SELECT portal_actor()) = 'citizen' AND subject_key = (SELECT portal_subject()));
CREATE POLICY portal_sees_all ON inbox_digest TO portal_worker USING ((SELECT portal_actor()) = 'portal');
"""
BACK = """
DROP POLICY person_keeps_their_own ON inbox_preference;
DROP POLICY portal_sees_all ON inbox_preference;
DROP POLICY reader_sees_own ON inbox_digest;
DROP POLICY portal_sees_all ON inbox_digest;
ALTER TABLE inbox_preference DISABLE ROW LEVEL SECURITY;
ALTER TABLE inbox_digest DISABLE ROW LEVEL SECURITY;
REVOKE ALL ON inbox_preference, inbox_digest, inbox_letter FROM portal_retention;
REVOKE UPDATE (digest_id) ON inbox_letter FROM portal_retention;
GRANT SELECT, INSERT, UPDATE, DELETE ON inbox_preference, inbox_digest TO portal_web, portal_worker;
"""


class Migration(migrations.Migration):
    dependencies = [("inbox", "0003_mail_times"), ("trail", "0002_walls")]

    operations = [migrations.RunSQL(FORWARD, BACK)]
