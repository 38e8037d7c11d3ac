"""Withholding takes two people, says the database; its citizen sees an embargo once it is lifted, and counts are public."""

from django.db import migrations

WALLS = """
ALTER TABLE ledger_embargo ENABLE ROW LEVEL SECURITY;
CREATE POLICY citizen_sees_own_once_lifted ON ledger_embargo FOR SELECT
    USING ((SELECT portal_actor()) = 'citizen' AND subject_key = (SELECT portal_subject()) AND state = 'lifted'
           AND event_id <> ALL ((SELECT ledger_embargoed())::uuid[]));
CREATE POLICY provider_keeps_own ON ledger_embargo
    USING ((SELECT portal_actor()) = 'clerk' AND provider_id = (SELECT portal_agency()));
CREATE POLICY regulator_reviews ON ledger_embargo FOR UPDATE USING ((SELECT portal_actor()) = 'regulator');
CREATE POLICY regulator_sees_all ON ledger_embargo FOR SELECT USING ((SELECT portal_actor()) = 'regulator');
CREATE POLICY portal_keeps_all ON ledger_embargo TO portal_worker USING ((SELECT portal_actor()) = 'portal');
CREATE POLICY as_far_as_the_mandate_goes ON ledger_embargo AS RESTRICTIVE FOR SELECT
    USING ((SELECT portal_may('see'))
           AND ((SELECT portal_within()) IS NULL OR provider_id = ANY ((SELECT portal_within())::uuid[])));
REVOKE DELETE, TRUNCATE ON ledger_embargo FROM portal_web, portal_worker;

CREATE FUNCTION ledger_withholding_is_approved() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM ledger_embargo WHERE subject_key = NEW.subject_key AND event_id = NEW.event_id
                   AND state = 'in_force' AND decided_by IS NOT NULL AND decided_by <> asked_by) THEN
        RAISE EXCEPTION 'an event is withheld only where a second person has approved it';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER withholding_is_approved BEFORE INSERT ON ledger_sharingnote
    FOR EACH ROW WHEN (NEW.kind = 'embargo') EXECUTE FUNCTION ledger_withholding_is_approved();

CREATE FUNCTION ledger_withheld_counts() RETURNS TABLE (ground text, events bigint, with_regulator bigint)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT ground, count(*), count(with_regulator_at) FROM ledger_embargo WHERE state = 'in_force' GROUP BY ground
$$;
"""
DROP = """
DROP FUNCTION ledger_withheld_counts();
DROP TRIGGER withholding_is_approved ON ledger_sharingnote;
DROP FUNCTION ledger_withholding_is_approved();
DO $$
DECLARE wall record;
BEGIN
    FOR wall IN SELECT policyname FROM pg_policies WHERE tablename = 'ledger_embargo' LOOP
        EXECUTE format('DROP POLICY %I ON ledger_embargo', wall.policyname);
    END LOOP;
    ALTER TABLE ledger_embargo DISABLE ROW LEVEL SECURITY;
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [("ledger", "0009_embargoes")]

    operations = [migrations.RunSQL(WALLS, DROP)]
