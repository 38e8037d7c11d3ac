"""The regulator writes no rows: an embargo is lifted or prolonged for them by a function, and for nobody else."""

from django.db import migrations

FORWARD = """
DROP POLICY regulator_reviews ON ledger_embargo;
CREATE FUNCTION ledger_review_embargo(embargo uuid, lifted timestamptz, until date) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF portal_actor() IS DISTINCT FROM 'regulator' THEN
        RETURN false;
    END IF;
    UPDATE ledger_embargo SET state = CASE WHEN lifted IS NULL THEN state ELSE 'lifted' END, lifted_at = lifted,
        review_on = coalesce(until, review_on),
        with_regulator_at = CASE WHEN lifted IS NULL THEN NULL ELSE with_regulator_at END
    WHERE id = embargo AND state = 'in_force';
    RETURN FOUND;
END $$;
"""
BACK = """
DROP FUNCTION ledger_review_embargo(uuid, timestamptz, date);
CREATE POLICY regulator_reviews ON ledger_embargo FOR UPDATE USING ((SELECT portal_actor()) = 'regulator');
"""


class Migration(migrations.Migration):
    dependencies = [("ledger", "0018_verification_walls")]

    operations = [migrations.RunSQL(FORWARD, BACK)]
