"""Who sees what is asked about sharing: its citizen, unless the event is withheld; the agency asked; the regulator.

How agencies answer is public: a function gives counts, and no rows.
"""

from django.db import migrations

WALLS = """
ALTER TABLE ledger_challenge ENABLE ROW LEVEL SECURITY;
CREATE POLICY citizen_sees_own_unless_embargoed ON ledger_challenge FOR SELECT
    USING ((SELECT portal_actor()) = 'citizen' AND subject_key = (SELECT portal_subject())
           AND event_id <> ALL ((SELECT ledger_embargoed())::uuid[]));
CREATE POLICY citizen_asks ON ledger_challenge FOR INSERT
    WITH CHECK ((SELECT portal_actor()) = 'citizen' AND subject_key = (SELECT portal_subject()));
CREATE POLICY agency_sees_and_answers ON ledger_challenge
    USING ((SELECT portal_actor()) IN ('clerk', 'client') AND agency_id = (SELECT portal_agency()));
CREATE POLICY regulator_sees_all ON ledger_challenge FOR SELECT USING ((SELECT portal_actor()) = 'regulator');
CREATE POLICY portal_keeps_all ON ledger_challenge TO portal_worker USING ((SELECT portal_actor()) = 'portal');
CREATE POLICY as_far_as_the_mandate_goes ON ledger_challenge AS RESTRICTIVE FOR SELECT
    USING (((SELECT portal_may('see')) OR (SELECT portal_may('file')))
           AND ((SELECT portal_within()) IS NULL OR agency_id = ANY ((SELECT portal_within())::uuid[])));
CREATE POLICY filed_within_the_mandate ON ledger_challenge AS RESTRICTIVE FOR INSERT
    WITH CHECK ((SELECT portal_may('file')));
REVOKE DELETE, TRUNCATE ON ledger_challenge FROM portal_web, portal_worker;

CREATE FUNCTION ledger_answer_scores(moment timestamptz)
RETURNS TABLE (agency uuid, asked bigint, in_time bigint, late bigint, overdue bigint)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT agency_id, count(*), count(*) FILTER (WHERE answered_at <= due_at),
           count(*) FILTER (WHERE answered_at > due_at),
           count(*) FILTER (WHERE answered_at IS NULL AND due_at < moment)
    FROM ledger_challenge GROUP BY agency_id ORDER BY agency_id
$$;
"""
DROP = """
DROP FUNCTION ledger_answer_scores(timestamptz);
DO $$
DECLARE wall record;
BEGIN
    FOR wall IN SELECT policyname FROM pg_policies WHERE tablename = 'ledger_challenge' LOOP
        EXECUTE format('DROP POLICY %I ON ledger_challenge', wall.policyname);
    END LOOP;
    ALTER TABLE ledger_challenge DISABLE ROW LEVEL SECURITY;
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [("ledger", "0007_challenges")]

    operations = [migrations.RunSQL(WALLS, DROP)]
