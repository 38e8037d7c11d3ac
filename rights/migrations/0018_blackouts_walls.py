"""Why something was blacked out: the agency writes it, the person reads it, nobody changes it."""

from django.db import migrations

AGENCY = "(SELECT portal_actor()) IN ('clerk', 'client') AND agency_id = (SELECT portal_agency())"
PERSON = "(SELECT portal_actor()) = 'citizen' AND subject_key = (SELECT portal_subject())"
SEES = """((SELECT portal_may('see')) OR (SELECT portal_may('file')))
    AND ((SELECT portal_within()) IS NULL OR agency_id = ANY ((SELECT portal_within())::uuid[]))"""
FORWARD = f"""
REVOKE UPDATE, DELETE, TRUNCATE ON rights_blackout FROM portal_web, portal_worker;
ALTER TABLE rights_blackout ENABLE ROW LEVEL SECURITY;
CREATE POLICY agency_reads_its_own ON rights_blackout FOR SELECT USING ({AGENCY});
CREATE POLICY agency_says_why ON rights_blackout FOR INSERT WITH CHECK ({AGENCY});
CREATE POLICY person_reads_their_own ON rights_blackout FOR SELECT USING ({PERSON});
CREATE POLICY as_far_as_the_mandate_goes ON rights_blackout AS RESTRICTIVE FOR SELECT USING ({SEES});
CREATE POLICY portal_keeps_all ON rights_blackout TO portal_worker USING ((SELECT portal_actor()) = 'portal');
"""
BACK = """
DROP POLICY portal_keeps_all ON rights_blackout;
DROP POLICY as_far_as_the_mandate_goes ON rights_blackout;
DROP POLICY person_reads_their_own ON rights_blackout;
DROP POLICY agency_says_why ON rights_blackout;
DROP POLICY agency_reads_its_own ON rights_blackout;
ALTER TABLE rights_blackout DISABLE ROW LEVEL SECURITY;
GRANT UPDATE, DELETE ON rights_blackout TO portal_web, portal_worker;
"""


class Migration(migrations.Migration):
    dependencies = [("rights", "0017_blackouts"), ("trail", "0004_mandates")]

    operations = [migrations.RunSQL(FORWARD, BACK)]
