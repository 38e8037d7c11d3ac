"""Everybody may read how agencies report and what their own books say; each agency states its own, once and for ever."""

from django.db import migrations

FORWARD = """
REVOKE INSERT, UPDATE, DELETE, TRUNCATE ON ledger_reportingmonth FROM portal_web;
REVOKE DELETE, TRUNCATE ON ledger_reportingmonth FROM portal_worker;
REVOKE UPDATE, DELETE, TRUNCATE ON ledger_statedcount FROM portal_web, portal_worker;

ALTER TABLE ledger_reportingmonth ENABLE ROW LEVEL SECURITY;
CREATE POLICY public_reading ON ledger_reportingmonth FOR SELECT USING ((SELECT portal_actor()) IS NOT NULL);
CREATE POLICY portal_counts ON ledger_reportingmonth TO portal_worker
    USING ((SELECT portal_actor()) = 'portal') WITH CHECK ((SELECT portal_actor()) = 'portal');

ALTER TABLE ledger_statedcount ENABLE ROW LEVEL SECURITY;
CREATE POLICY public_reading ON ledger_statedcount FOR SELECT USING ((SELECT portal_actor()) IS NOT NULL);
CREATE POLICY agency_states_its_own ON ledger_statedcount FOR INSERT
    WITH CHECK ((SELECT portal_actor()) IN ('clerk', 'client') AND agency_id = (SELECT portal_agency()));
"""
BACK = """
DROP POLICY public_reading ON ledger_reportingmonth;
DROP POLICY portal_counts ON ledger_reportingmonth;
DROP POLICY public_reading ON ledger_statedcount;
DROP POLICY agency_states_its_own ON ledger_statedcount;
ALTER TABLE ledger_reportingmonth DISABLE ROW LEVEL SECURITY;
ALTER TABLE ledger_statedcount DISABLE ROW LEVEL SECURITY;
GRANT SELECT, INSERT, UPDATE, DELETE ON ledger_reportingmonth, ledger_statedcount TO portal_web, portal_worker;
"""


class Migration(migrations.Migration):
    dependencies = [("ledger", "0005_flags_and_counts")]

    operations = [migrations.RunSQL(FORWARD, BACK)]
