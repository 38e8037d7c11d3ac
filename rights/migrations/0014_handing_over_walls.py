"""Who may see and write offered parts and statements of erasure; and no erasure is claimed that nobody confirmed."""

from django.db import migrations

FORWARD = """
REVOKE DELETE, TRUNCATE ON rights_handover FROM portal_web, portal_worker;
ALTER TABLE rights_handover ENABLE ROW LEVEL SECURITY;
CREATE POLICY agency_reads_its_own ON rights_handover FOR SELECT
    USING ((SELECT portal_actor()) IN ('clerk', 'client')
        AND (agency_id = (SELECT portal_agency()) OR recipient_id = (SELECT portal_agency())));
CREATE POLICY agency_offers ON rights_handover FOR INSERT
    WITH CHECK ((SELECT portal_actor()) IN ('clerk', 'client') AND agency_id = (SELECT portal_agency())
        AND state = 'offered');
CREATE POLICY agency_moves_its_own ON rights_handover FOR UPDATE
    USING ((SELECT portal_actor()) IN ('clerk', 'client')
        AND (agency_id = (SELECT portal_agency()) OR recipient_id = (SELECT portal_agency())));
CREATE POLICY person_reads_their_own ON rights_handover FOR SELECT
    USING ((SELECT portal_actor()) = 'citizen' AND subject_key = (SELECT portal_subject()));
CREATE POLICY as_far_as_the_mandate_goes ON rights_handover AS RESTRICTIVE FOR SELECT
    USING (((SELECT portal_may('see')) OR (SELECT portal_may('file')))
        AND ((SELECT portal_within()) IS NULL OR agency_id = ANY ((SELECT portal_within())::uuid[])));
CREATE POLICY regulator_reads ON rights_handover FOR SELECT USING ((SELECT portal_actor()) = 'regulator');
CREATE POLICY portal_keeps_all ON rights_handover TO portal_worker USING ((SELECT portal_actor()) = 'portal');

REVOKE TRUNCATE ON rights_erasure FROM portal_web, portal_worker;
ALTER TABLE rights_erasure ENABLE ROW LEVEL SECURITY;
CREATE POLICY agency_reads_its_own ON rights_erasure FOR SELECT
    USING ((SELECT portal_actor()) IN ('clerk', 'client') AND agency_id = (SELECT portal_agency()));
CREATE POLICY agency_states ON rights_erasure FOR INSERT
    WITH CHECK ((SELECT portal_actor()) IN ('clerk', 'client') AND agency_id = (SELECT portal_agency())
        AND confirmed_at IS NULL);
CREATE POLICY agency_states_anew ON rights_erasure FOR DELETE
    USING ((SELECT portal_actor()) IN ('clerk', 'client') AND agency_id = (SELECT portal_agency())
        AND confirmed_at IS NULL);
CREATE POLICY clerk_confirms ON rights_erasure FOR UPDATE
    USING ((SELECT portal_actor()) = 'clerk' AND agency_id = (SELECT portal_agency()));
CREATE POLICY person_reads_their_own ON rights_erasure FOR SELECT
    USING ((SELECT portal_actor()) = 'citizen' AND subject_key = (SELECT portal_subject())
        AND confirmed_at IS NOT NULL);
CREATE POLICY as_far_as_the_mandate_goes ON rights_erasure AS RESTRICTIVE FOR SELECT
    USING (((SELECT portal_may('see')) OR (SELECT portal_may('file')))
        AND ((SELECT portal_within()) IS NULL OR agency_id = ANY ((SELECT portal_within())::uuid[])));
CREATE POLICY regulator_reads ON rights_erasure FOR SELECT USING ((SELECT portal_actor()) = 'regulator');
CREATE POLICY portal_keeps_all ON rights_erasure TO portal_worker USING ((SELECT portal_actor()) = 'portal');

CREATE FUNCTION rights_erasure_is_confirmed() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM rights_erasure e WHERE e.part_id = NEW.id
                   AND e.confirmed_at >= coalesce(NEW.reopened_at, NEW.submitted_at)) THEN
        RAISE EXCEPTION 'pgtrigger: nobody confirmed what was erased';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER erasure_is_confirmed BEFORE UPDATE ON rights_part
    FOR EACH ROW WHEN (NEW.kind = 'erasure' AND NEW.state = 'answered' AND OLD.state <> 'answered'
        AND NEW.outcome IN ('fulfilled', 'partly')) EXECUTE FUNCTION rights_erasure_is_confirmed();
"""
BACK = """
DROP TRIGGER erasure_is_confirmed ON rights_part;
DROP FUNCTION rights_erasure_is_confirmed();
DROP POLICY portal_keeps_all ON rights_erasure;
DROP POLICY regulator_reads ON rights_erasure;
DROP POLICY as_far_as_the_mandate_goes ON rights_erasure;
DROP POLICY person_reads_their_own ON rights_erasure;
DROP POLICY clerk_confirms ON rights_erasure;
DROP POLICY agency_states_anew ON rights_erasure;
DROP POLICY agency_states ON rights_erasure;
DROP POLICY agency_reads_its_own ON rights_erasure;
ALTER TABLE rights_erasure DISABLE ROW LEVEL SECURITY;
DROP POLICY portal_keeps_all ON rights_handover;
DROP POLICY regulator_reads ON rights_handover;
DROP POLICY as_far_as_the_mandate_goes ON rights_handover;
DROP POLICY person_reads_their_own ON rights_handover;
DROP POLICY agency_moves_its_own ON rights_handover;
DROP POLICY agency_offers ON rights_handover;
DROP POLICY agency_reads_its_own ON rights_handover;
ALTER TABLE rights_handover DISABLE ROW LEVEL SECURITY;
GRANT DELETE ON rights_handover TO portal_web, portal_worker;
"""


class Migration(migrations.Migration):
    dependencies = [("rights", "0013_handing_over_and_following"), ("trail", "0004_mandates")]

    operations = [migrations.RunSQL(FORWARD, BACK)]
