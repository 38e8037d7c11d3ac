"""Who sees links, return addresses and withdrawals to obey; and what may be written about them.

A link is seen by whoever it is for and by the agency that made it. A withdrawal is opened by the person's own act,
acknowledged by the recipient alone, and read by the regulator.
"""

from django.db import migrations

PRIVILEGES = """
REVOKE DELETE, TRUNCATE ON consent_consentlink, consent_finding, consent_returnaddress, consent_stop
    FROM portal_web, portal_worker;
"""
GIVE_BACK = """
GRANT DELETE, TRUNCATE ON consent_consentlink, consent_finding, consent_returnaddress, consent_stop
    TO portal_web, portal_worker;
"""
FORWARD = """
ALTER TABLE consent_consentlink ENABLE ROW LEVEL SECURITY;
CREATE POLICY seen_by_whom_it_is_for ON consent_consentlink FOR SELECT
    USING ((SELECT portal_actor()) = 'citizen'
        AND (holder_key = (SELECT portal_self()) OR subject_key = (SELECT portal_subject())));
CREATE POLICY used_by_whom_it_is_for ON consent_consentlink FOR UPDATE
    USING ((SELECT portal_actor()) = 'citizen' AND subject_key = (SELECT portal_subject()));
CREATE POLICY as_far_as_the_mandate_goes ON consent_consentlink AS RESTRICTIVE FOR UPDATE
    USING ((SELECT portal_may('consent')));
CREATE POLICY agency_sees_its_own ON consent_consentlink FOR SELECT
    USING ((SELECT portal_actor()) IN ('clerk', 'client') AND agency_id = (SELECT portal_agency()));
CREATE POLICY agency_makes_its_own ON consent_consentlink FOR INSERT
    WITH CHECK ((SELECT portal_actor()) = 'client' AND agency_id = (SELECT portal_agency()) AND used_at IS NULL);
CREATE POLICY portal_sees_all ON consent_consentlink FOR SELECT TO portal_worker
    USING ((SELECT portal_actor()) = 'portal');

ALTER TABLE consent_finding ENABLE ROW LEVEL SECURITY;
CREATE POLICY citizen_sees_own ON consent_finding FOR SELECT
    USING ((SELECT portal_actor()) = 'citizen' AND NOT (SELECT portal_represents())
        AND subject_key = (SELECT portal_subject()));
CREATE POLICY agency_sees_its_own ON consent_finding FOR SELECT
    USING ((SELECT portal_actor()) IN ('clerk', 'client') AND agency_id = (SELECT portal_agency()));
CREATE POLICY regulator_sees_all ON consent_finding FOR SELECT USING ((SELECT portal_actor()) = 'regulator');
CREATE POLICY portal_keeps_all ON consent_finding TO portal_worker USING ((SELECT portal_actor()) = 'portal');

ALTER TABLE consent_returnaddress ENABLE ROW LEVEL SECURITY;
CREATE POLICY agency_keeps_its_own ON consent_returnaddress
    USING ((SELECT portal_actor()) IN ('clerk', 'client') AND agency_id = (SELECT portal_agency()))
    WITH CHECK ((SELECT portal_actor()) = 'clerk' AND agency_id = (SELECT portal_agency()));
CREATE POLICY portal_keeps_all ON consent_returnaddress TO portal_worker USING ((SELECT portal_actor()) = 'portal');

ALTER TABLE consent_stop ENABLE ROW LEVEL SECURITY;
CREATE POLICY citizen_sees_own ON consent_stop FOR SELECT
    USING ((SELECT portal_actor()) = 'citizen' AND subject_key = (SELECT portal_subject()));
CREATE POLICY opened_by_a_withdrawal ON consent_stop FOR INSERT
    WITH CHECK ((SELECT portal_actor()) = 'citizen' AND subject_key = (SELECT portal_subject())
        AND stopped_at IS NULL AND erased_at IS NULL);
CREATE POLICY agency_sees_its_own ON consent_stop FOR SELECT
    USING ((SELECT portal_actor()) IN ('clerk', 'client') AND agency_id = (SELECT portal_agency()));
CREATE POLICY agency_acknowledges ON consent_stop FOR UPDATE
    USING ((SELECT portal_actor()) IN ('clerk', 'client') AND agency_id = (SELECT portal_agency()));
CREATE POLICY regulator_sees_all ON consent_stop FOR SELECT USING ((SELECT portal_actor()) = 'regulator');
CREATE POLICY portal_keeps_all ON consent_stop TO portal_worker USING ((SELECT portal_actor()) = 'portal');
CREATE POLICY as_far_as_the_mandate_goes ON consent_stop AS RESTRICTIVE FOR SELECT
    USING (((SELECT portal_may('see')) OR (SELECT portal_may('consent')))
        AND ((SELECT portal_within()) IS NULL OR agency_id = ANY ((SELECT portal_within())::uuid[])));
"""
BACK = """
DO $$
DECLARE wall record;
BEGIN
    FOR wall IN SELECT tablename, policyname FROM pg_policies
        WHERE tablename IN ('consent_consentlink', 'consent_finding', 'consent_returnaddress', 'consent_stop') LOOP
        EXECUTE format('DROP POLICY %I ON %I', wall.policyname, wall.tablename);
        EXECUTE format('ALTER TABLE %I DISABLE ROW LEVEL SECURITY', wall.tablename);
    END LOOP;
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("consent", "0010_links_stops_duties"),
        ("representation", "0003_asked_by_systems"),
    ]

    operations = [migrations.RunSQL(PRIVILEGES, GIVE_BACK), migrations.RunSQL(FORWARD, BACK)]
