"""Who takes packages over is known to all; a package on its way is seen by the person and by whom it was offered to.

A file that was sent with an answer is seen by the agency that asked.
"""

from django.db import migrations

AGENCY = "(SELECT portal_actor()) = 'client' AND agency_id = (SELECT portal_agency())"
PERSON = "(SELECT portal_actor()) = 'citizen' AND subject_key = (SELECT portal_subject())"
PORTAL = "(SELECT portal_actor()) = 'portal'"
EVIDENCE = """
DROP POLICY agency_sees_what_concerns_it ON rights_evidence;
CREATE POLICY agency_sees_what_concerns_it ON rights_evidence FOR SELECT
    USING ((SELECT portal_actor()) IN ('clerk', 'client') AND EXISTS (SELECT FROM rights_part p
        WHERE p.request_id = rights_evidence.request_id
        AND (rights_evidence.part_id IS NULL OR p.id = rights_evidence.part_id)));
"""
FORWARD = f"""
REVOKE DELETE ON rights_receiver FROM portal_web, portal_worker;
ALTER TABLE rights_receiver ENABLE ROW LEVEL SECURITY;
CREATE POLICY everybody_may_choose ON rights_receiver FOR SELECT USING (true);
CREATE POLICY system_says_so ON rights_receiver FOR INSERT WITH CHECK ({AGENCY});
CREATE POLICY system_changes_it ON rights_receiver FOR UPDATE USING ({AGENCY});
REVOKE INSERT, DELETE ON rights_transfer FROM portal_web;
REVOKE DELETE ON rights_transfer FROM portal_worker;
ALTER TABLE rights_transfer ENABLE ROW LEVEL SECURITY;
CREATE POLICY person_sees_their_own ON rights_transfer FOR SELECT USING ({PERSON}
    AND ((SELECT portal_may('see')) OR (SELECT portal_may('file'))) AND (SELECT portal_within()) IS NULL);
CREATE POLICY system_sees_what_is_offered ON rights_transfer FOR SELECT USING ({AGENCY});
CREATE POLICY system_takes_it ON rights_transfer FOR UPDATE USING ({AGENCY});
CREATE POLICY portal_keeps_all ON rights_transfer TO portal_worker USING ({PORTAL});
"""  # noqa: S608  # nosec B608  # our own names
BACK = """
DROP POLICY agency_sees_what_concerns_it ON rights_evidence;
CREATE POLICY agency_sees_what_concerns_it ON rights_evidence FOR SELECT
    USING ((SELECT portal_actor()) IN ('clerk', 'client') AND EXISTS (SELECT FROM rights_part p
        WHERE p.request_id = rights_evidence.request_id));
DROP POLICY portal_keeps_all ON rights_transfer;
DROP POLICY system_takes_it ON rights_transfer;
DROP POLICY system_sees_what_is_offered ON rights_transfer;
DROP POLICY person_sees_their_own ON rights_transfer;
ALTER TABLE rights_transfer DISABLE ROW LEVEL SECURITY;
DROP POLICY system_changes_it ON rights_receiver;
DROP POLICY system_says_so ON rights_receiver;
DROP POLICY everybody_may_choose ON rights_receiver;
ALTER TABLE rights_receiver DISABLE ROW LEVEL SECURITY;
GRANT DELETE ON rights_receiver, rights_transfer TO portal_web, portal_worker;
GRANT INSERT ON rights_transfer TO portal_web;
"""


class Migration(migrations.Migration):
    dependencies = [("rights", "0011_moving")]

    operations = [migrations.RunSQL(EVIDENCE + FORWARD, BACK)]
