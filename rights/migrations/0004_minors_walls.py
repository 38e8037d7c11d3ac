"""Who may see and write approvals; and no look at a minor is recorded, so none is possible, without one.

accounts_person opens to an agency only after a row in accounts_disclosure; here that row is refused while the agency
has a part about this person as a minor and nobody approved that this very clerk or system sees it.
"""

from django.db import migrations

FORWARD = """
REVOKE DELETE, TRUNCATE ON rights_approval FROM portal_web, portal_worker;
ALTER TABLE rights_approval ENABLE ROW LEVEL SECURITY;
CREATE POLICY agency_sees_its_own ON rights_approval FOR SELECT
    USING ((SELECT portal_actor()) IN ('clerk', 'client') AND agency_id = (SELECT portal_agency()));
CREATE POLICY agency_asks ON rights_approval FOR INSERT
    WITH CHECK ((SELECT portal_actor()) IN ('clerk', 'client') AND agency_id = (SELECT portal_agency())
        AND decided_at IS NULL);
CREATE POLICY clerk_decides ON rights_approval FOR UPDATE
    USING ((SELECT portal_actor()) = 'clerk' AND agency_id = (SELECT portal_agency()));
CREATE POLICY person_sees_their_own ON rights_approval FOR SELECT
    USING ((SELECT portal_actor()) = 'citizen' AND subject_key = (SELECT portal_subject()));
CREATE POLICY regulator_reads ON rights_approval FOR SELECT USING ((SELECT portal_actor()) = 'regulator');
CREATE POLICY portal_keeps_all ON rights_approval TO portal_worker USING ((SELECT portal_actor()) = 'portal');

CREATE FUNCTION rights_minor_is_approved() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF EXISTS (SELECT FROM rights_part p
               WHERE p.subject_key = NEW.subject_key AND p.agency_id = NEW.agency_id AND p.of_minor)
       AND NOT EXISTS (SELECT FROM rights_approval a
               WHERE a.subject_key = NEW.subject_key AND a.agency_id = NEW.agency_id AND a.granted
               AND NEW.about = 'rights.part:' || a.part_id
               AND (a.asked_by = NEW.user_id OR (NEW.user_id IS NULL AND a.asked_by_client = NEW.client))) THEN
        RAISE EXCEPTION 'pgtrigger: nobody approved that this minor is shown';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER minor_is_approved BEFORE INSERT ON accounts_disclosure
    FOR EACH ROW EXECUTE FUNCTION rights_minor_is_approved();
"""
BACK = """
DROP TRIGGER minor_is_approved ON accounts_disclosure;
DROP FUNCTION rights_minor_is_approved();
DROP POLICY portal_keeps_all ON rights_approval;
DROP POLICY regulator_reads ON rights_approval;
DROP POLICY person_sees_their_own ON rights_approval;
DROP POLICY clerk_decides ON rights_approval;
DROP POLICY agency_asks ON rights_approval;
DROP POLICY agency_sees_its_own ON rights_approval;
ALTER TABLE rights_approval DISABLE ROW LEVEL SECURITY;
GRANT DELETE ON rights_approval TO portal_web, portal_worker;
"""


class Migration(migrations.Migration):
    dependencies = [("rights", "0003_approvals"), ("accounts", "0009_lookup_by_digest")]

    operations = [migrations.RunSQL(FORWARD, BACK)]
