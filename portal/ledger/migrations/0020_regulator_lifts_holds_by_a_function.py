"""A hold is set for good and lifted once: the regulator lifts it by a function, and rewrites no row."""

from django.db import migrations

FORWARD = """
DROP POLICY regulator_holds ON ledger_legalhold;
REVOKE UPDATE ON ledger_legalhold FROM portal_web, portal_worker;
CREATE POLICY regulator_sees_all ON ledger_legalhold FOR SELECT USING ((SELECT portal_actor()) = 'regulator');
CREATE POLICY regulator_holds ON ledger_legalhold FOR INSERT
    WITH CHECK ((SELECT portal_actor()) = 'regulator' AND lifted_at IS NULL);
CREATE FUNCTION ledger_lift_hold(hold uuid, lifter uuid, lifted timestamptz) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF portal_actor() IS DISTINCT FROM 'regulator' THEN
        RETURN false;
    END IF;
    UPDATE ledger_legalhold SET lifted_by = lifter, lifted_at = lifted WHERE id = hold AND lifted_at IS NULL;
    RETURN FOUND;
END $$;
"""
BACK = """
DROP FUNCTION ledger_lift_hold(uuid, uuid, timestamptz);
DROP POLICY regulator_holds ON ledger_legalhold;
DROP POLICY regulator_sees_all ON ledger_legalhold;
GRANT UPDATE ON ledger_legalhold TO portal_web, portal_worker;
CREATE POLICY regulator_holds ON ledger_legalhold
    USING ((SELECT portal_actor()) = 'regulator') WITH CHECK ((SELECT portal_actor()) = 'regulator');
"""


class Migration(migrations.Migration):
    dependencies = [("ledger", "0019_regulator_reviews_by_a_function")]

    operations = [migrations.RunSQL(FORWARD, BACK)]
