"""Who may see and keep departmental systems, and what agencies were granted.

The token endpoint reads a system before it is known who calls, so everybody but a clerk sees the rows (secrets in them
are hashes, keys public); a clerk sees and keeps their own agency's, the operator and the portal keep all.
"""

from django.db import migrations

GRANT_WHAT_IS_THERE = """
INSERT INTO accounts_agencyscopes (agency_id, scopes)
SELECT agency_id, string_agg(DISTINCT scope, ' ' ORDER BY scope)
FROM accounts_apiclient, unnest(string_to_array(scopes, ' ')) scope
WHERE agency_id IS NOT NULL AND scope <> '' GROUP BY agency_id
"""
FORWARD = """
REVOKE DELETE ON accounts_apiclient, accounts_agencyscopes FROM portal_web, portal_worker;

ALTER TABLE accounts_apiclient ENABLE ROW LEVEL SECURITY;
CREATE POLICY found_before_it_is_known_who_calls ON accounts_apiclient FOR SELECT
    USING ((SELECT portal_actor()) IS NOT NULL AND (SELECT portal_actor()) <> 'clerk');
CREATE POLICY agency_keeps_its_own ON accounts_apiclient
    USING ((SELECT portal_actor()) = 'clerk' AND agency_id = (SELECT portal_agency()));
CREATE POLICY operator_keeps_all ON accounts_apiclient USING ((SELECT portal_actor()) = 'operator');
CREATE POLICY portal_keeps_all ON accounts_apiclient TO portal_worker USING ((SELECT portal_actor()) = 'portal');

ALTER TABLE accounts_agencyscopes ENABLE ROW LEVEL SECURITY;
CREATE POLICY agency_sees_its_own ON accounts_agencyscopes FOR SELECT
    USING ((SELECT portal_actor()) = 'clerk' AND agency_id = (SELECT portal_agency()));
CREATE POLICY operator_keeps_all ON accounts_agencyscopes USING ((SELECT portal_actor()) = 'operator');
CREATE POLICY portal_keeps_all ON accounts_agencyscopes TO portal_worker USING ((SELECT portal_actor()) = 'portal');
"""
BACK = """
DROP POLICY found_before_it_is_known_who_calls ON accounts_apiclient;
DROP POLICY agency_keeps_its_own ON accounts_apiclient;
DROP POLICY operator_keeps_all ON accounts_apiclient;
DROP POLICY portal_keeps_all ON accounts_apiclient;
DROP POLICY agency_sees_its_own ON accounts_agencyscopes;
DROP POLICY operator_keeps_all ON accounts_agencyscopes;
DROP POLICY portal_keeps_all ON accounts_agencyscopes;
ALTER TABLE accounts_apiclient DISABLE ROW LEVEL SECURITY;
ALTER TABLE accounts_agencyscopes DISABLE ROW LEVEL SECURITY;
GRANT DELETE ON accounts_apiclient, accounts_agencyscopes TO portal_web, portal_worker;
"""


class Migration(migrations.Migration):
    dependencies = [("accounts", "0005_systems_of_agencies")]

    operations = [
        migrations.RunSQL(GRANT_WHAT_IS_THERE, migrations.RunSQL.noop),
        migrations.RunSQL(FORWARD, BACK),
    ]
