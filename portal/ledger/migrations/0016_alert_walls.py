"""A person keeps in their own name what they want to hear of; the portal's task reads it, retention deletes it."""

from django.db import migrations

WALLS = """
REVOKE DELETE, TRUNCATE ON ledger_alertchoice FROM portal_web, portal_worker;
REVOKE INSERT, UPDATE ON ledger_alertchoice FROM portal_worker;
GRANT INSERT, UPDATE ON ledger_alertchoice TO portal_web;
GRANT SELECT, DELETE ON ledger_alertchoice TO portal_retention;
ALTER TABLE ledger_alertchoice ENABLE ROW LEVEL SECURITY;
CREATE POLICY person_keeps_their_own ON ledger_alertchoice
    USING ((SELECT portal_actor()) = 'citizen' AND subject_key = (SELECT portal_subject()));
CREATE POLICY portal_sees_all ON ledger_alertchoice FOR SELECT TO portal_worker
    USING ((SELECT portal_actor()) = 'portal');
"""
DROP = """
DROP POLICY person_keeps_their_own ON ledger_alertchoice;
DROP POLICY portal_sees_all ON ledger_alertchoice;
ALTER TABLE ledger_alertchoice DISABLE ROW LEVEL SECURITY;
REVOKE ALL ON ledger_alertchoice FROM portal_retention;
"""


class Migration(migrations.Migration):
    dependencies = [("ledger", "0015_alerts")]

    operations = [migrations.RunSQL(WALLS, DROP)]
