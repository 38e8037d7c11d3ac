"""Who sees a doubt: its citizen, unless the event is withheld; who doubts, who checks, and who was told of the outcome."""

from django.db import migrations

WALLS = """
REVOKE DELETE, TRUNCATE ON ledger_verification FROM portal_web, portal_worker;
ALTER TABLE ledger_verification ENABLE ROW LEVEL SECURITY;
CREATE POLICY citizen_sees_own_unless_embargoed ON ledger_verification FOR SELECT
    USING ((SELECT portal_actor()) = 'citizen' AND subject_key = (SELECT portal_subject())
           AND event_id <> ALL ((SELECT ledger_embargoed())::uuid[]));
CREATE POLICY agencies_see_theirs ON ledger_verification FOR SELECT
    USING ((SELECT portal_actor()) IN ('clerk', 'client')
           AND (provider_id = (SELECT portal_agency()) OR doubter_id = (SELECT portal_agency())
                OR (SELECT portal_agency()) = ANY (told)));
CREATE POLICY receiver_doubts ON ledger_verification FOR INSERT
    WITH CHECK ((SELECT portal_actor()) IN ('clerk', 'client') AND doubter_id = (SELECT portal_agency()));
CREATE POLICY provider_reports ON ledger_verification FOR UPDATE
    USING ((SELECT portal_actor()) IN ('clerk', 'client') AND provider_id = (SELECT portal_agency()));
CREATE POLICY regulator_sees_all ON ledger_verification FOR SELECT USING ((SELECT portal_actor()) = 'regulator');
CREATE POLICY portal_keeps_all ON ledger_verification TO portal_worker USING ((SELECT portal_actor()) = 'portal');
CREATE POLICY as_far_as_the_mandate_goes ON ledger_verification AS RESTRICTIVE FOR SELECT
    USING ((SELECT portal_may('see'))
           AND ((SELECT portal_within()) IS NULL OR provider_id = ANY ((SELECT portal_within())::uuid[])
                OR doubter_id = ANY ((SELECT portal_within())::uuid[])));
"""
DROP = """
DO $$
DECLARE wall record;
BEGIN
    FOR wall IN SELECT policyname FROM pg_policies WHERE tablename = 'ledger_verification' LOOP
        EXECUTE format('DROP POLICY %I ON ledger_verification', wall.policyname);
    END LOOP;
    ALTER TABLE ledger_verification DISABLE ROW LEVEL SECURITY;
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [("ledger", "0017_verifications")]

    operations = [migrations.RunSQL(WALLS, DROP)]
