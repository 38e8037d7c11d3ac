"""Who sees and writes what is said of a purpose before it is approved.

What is open for comment is public with its notice. A comment is seen by its author and by those who decide, of whom
nobody learns whose it is; reviews are public with their purpose. Nothing of it is changed. A list of people to ask is
its agency's alone; the portal's worker asks them and strikes out whom each line named.
"""

from django.db import migrations

PRIVILEGES = """
REVOKE UPDATE, DELETE, TRUNCATE ON consent_comment, consent_ethicsreview FROM portal_web, portal_worker;
REVOKE DELETE, TRUNCATE ON consent_askinground, consent_roundline FROM portal_web, portal_worker;
REVOKE UPDATE ON consent_roundline FROM portal_web;
"""
GIVE_BACK = """
GRANT SELECT, INSERT, UPDATE, DELETE ON consent_comment, consent_ethicsreview TO portal_web, portal_worker;
GRANT SELECT, INSERT, UPDATE, DELETE ON consent_askinground, consent_roundline TO portal_web, portal_worker;
"""
FORWARD = """
CREATE POLICY public_reading_while_open ON consent_notice FOR SELECT
    USING ((SELECT portal_actor()) IS NOT NULL
        AND EXISTS (SELECT FROM consent_purpose p WHERE p.id = purpose_id AND p.state = 'open'));

ALTER TABLE consent_ethicsreview ENABLE ROW LEVEL SECURITY;
CREATE POLICY seen_with_its_purpose ON consent_ethicsreview FOR SELECT
    USING (EXISTS (SELECT FROM consent_purpose p WHERE p.id = purpose_id));
CREATE POLICY recorded_by_its_agency ON consent_ethicsreview FOR INSERT
    WITH CHECK (EXISTS (SELECT FROM consent_purpose p WHERE p.id = purpose_id
        AND ((SELECT portal_actor()) = 'authority'
            OR ((SELECT portal_actor()) IN ('clerk', 'client') AND p.agency_id = (SELECT portal_agency())))));
CREATE POLICY portal_keeps_all ON consent_ethicsreview TO portal_worker USING ((SELECT portal_actor()) = 'portal');

ALTER TABLE consent_comment ENABLE ROW LEVEL SECURITY;
CREATE POLICY made_by_oneself ON consent_comment FOR INSERT
    WITH CHECK ((SELECT portal_actor()) = 'citizen' AND NOT (SELECT portal_represents())
        AND subject_key = (SELECT portal_subject())
        AND EXISTS (SELECT FROM consent_purpose p WHERE p.id = purpose_id AND p.state = 'open'));
CREATE POLICY citizen_sees_own ON consent_comment FOR SELECT
    USING ((SELECT portal_actor()) = 'citizen' AND subject_key = (SELECT portal_subject()));
CREATE POLICY seen_by_its_agency ON consent_comment FOR SELECT
    USING ((SELECT portal_actor()) IN ('clerk', 'client') AND EXISTS (SELECT FROM consent_purpose p
        WHERE p.id = purpose_id AND p.agency_id = (SELECT portal_agency())));
CREATE POLICY seen_by_those_who_decide ON consent_comment FOR SELECT
    USING ((SELECT portal_actor()) IN ('authority', 'regulator'));
CREATE POLICY portal_keeps_all ON consent_comment TO portal_worker USING ((SELECT portal_actor()) = 'portal');

ALTER TABLE consent_askinground ENABLE ROW LEVEL SECURITY;
CREATE POLICY agency_keeps_its_own ON consent_askinground
    USING ((SELECT portal_actor()) IN ('clerk', 'client') AND agency_id = (SELECT portal_agency()));
CREATE POLICY portal_keeps_all ON consent_askinground TO portal_worker USING ((SELECT portal_actor()) = 'portal');

ALTER TABLE consent_roundline ENABLE ROW LEVEL SECURITY;
CREATE POLICY agency_keeps_its_own ON consent_roundline
    USING ((SELECT portal_actor()) IN ('clerk', 'client') AND EXISTS (SELECT FROM consent_askinground r
        WHERE r.id = round_id AND r.agency_id = (SELECT portal_agency())));
CREATE POLICY portal_keeps_all ON consent_roundline TO portal_worker USING ((SELECT portal_actor()) = 'portal');
"""
BACK = """
GRANT SELECT, INSERT, UPDATE, DELETE ON consent_askinground, consent_roundline TO portal_web, portal_worker;
DROP POLICY portal_keeps_all ON consent_comment;
DROP POLICY seen_by_those_who_decide ON consent_comment;
DROP POLICY seen_by_its_agency ON consent_comment;
DROP POLICY citizen_sees_own ON consent_comment;
DROP POLICY made_by_oneself ON consent_comment;
DROP POLICY portal_keeps_all ON consent_ethicsreview;
DROP POLICY recorded_by_its_agency ON consent_ethicsreview;
DROP POLICY seen_with_its_purpose ON consent_ethicsreview;
DROP POLICY public_reading_while_open ON consent_notice;
ALTER TABLE consent_comment DISABLE ROW LEVEL SECURITY;
ALTER TABLE consent_ethicsreview DISABLE ROW LEVEL SECURITY;
"""


class Migration(migrations.Migration):
    dependencies = [("consent", "0008_hearings_and_rounds"), ("trail", "0004_mandates")]

    operations = [migrations.RunSQL(PRIVILEGES, GIVE_BACK), migrations.RunSQL(FORWARD, BACK)]
