"""Any act may cause a letter; its reader alone sees it, and the portal's task that mails it."""

from django.db import migrations

FORWARD = """
REVOKE DELETE ON inbox_letter FROM portal_web, portal_worker;
ALTER TABLE inbox_letter ENABLE ROW LEVEL SECURITY;
CREATE POLICY written_by_any_actor ON inbox_letter FOR INSERT WITH CHECK ((SELECT portal_actor()) IS NOT NULL);
CREATE POLICY reader_sees_own ON inbox_letter FOR SELECT
    USING ((SELECT portal_actor()) = 'citizen' AND subject_key = (SELECT portal_subject()));
CREATE POLICY reader_marks_own ON inbox_letter FOR UPDATE
    USING ((SELECT portal_actor()) = 'citizen' AND subject_key = (SELECT portal_subject()));
CREATE POLICY portal_sees_all ON inbox_letter TO portal_worker USING ((SELECT portal_actor()) = 'portal');
"""
BACK = """
DROP POLICY written_by_any_actor ON inbox_letter;
DROP POLICY reader_sees_own ON inbox_letter;
DROP POLICY reader_marks_own ON inbox_letter;
DROP POLICY portal_sees_all ON inbox_letter;
ALTER TABLE inbox_letter DISABLE ROW LEVEL SECURITY;
GRANT DELETE ON inbox_letter TO portal_web, portal_worker;
"""


class Migration(migrations.Migration):
    dependencies = [("inbox", "0001_initial"), ("trail", "0002_walls")]

    operations = [migrations.RunSQL(FORWARD, BACK)]
