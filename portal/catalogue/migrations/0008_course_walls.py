"""Suspensions and tests are seen with their agreement, duties to update by the agency and by those above; the
recipient supplies what its application lacked, and says what became of the data after the end."""

from django.db import migrations

WITH_ITS_AGREEMENT = """
REVOKE DELETE, TRUNCATE ON {table} FROM portal_web, portal_worker;
ALTER TABLE {table} ENABLE ROW LEVEL SECURITY;
CREATE POLICY seen_with_the_agreement ON {table} FOR SELECT
    USING (EXISTS (SELECT FROM catalogue_agreement a WHERE a.id = agreement_id));
CREATE POLICY noted_by_the_provider ON {table} FOR INSERT
    WITH CHECK (EXISTS (SELECT FROM catalogue_agreement a WHERE a.id = agreement_id
        AND ((SELECT portal_actor()) = 'authority'
            OR ((SELECT portal_actor()) IN ('clerk', 'client') AND a.provider_id = (SELECT portal_agency())))));
CREATE POLICY changed_by_the_provider ON {table} FOR UPDATE
    USING (EXISTS (SELECT FROM catalogue_agreement a WHERE a.id = agreement_id
        AND ((SELECT portal_actor()) = 'authority'
            OR ((SELECT portal_actor()) IN ('clerk', 'client') AND a.provider_id = (SELECT portal_agency())))));
CREATE POLICY portal_keeps_all ON {table} TO portal_worker USING ((SELECT portal_actor()) = 'portal');
"""
NO_MORE = """
DROP POLICY seen_with_the_agreement ON {table};
DROP POLICY noted_by_the_provider ON {table};
DROP POLICY changed_by_the_provider ON {table};
DROP POLICY portal_keeps_all ON {table};
ALTER TABLE {table} DISABLE ROW LEVEL SECURITY;
"""
TABLES = ("catalogue_suspension", "catalogue_reidentificationtest")
FORWARD = """
REVOKE DELETE, TRUNCATE ON catalogue_updateduty FROM portal_web, portal_worker;
ALTER TABLE catalogue_updateduty ENABLE ROW LEVEL SECURITY;
CREATE POLICY kept_by_its_agency ON catalogue_updateduty
    USING ((SELECT portal_actor()) IN ('clerk', 'client') AND agency_id = (SELECT portal_agency()));
CREATE POLICY kept_by_the_authority ON catalogue_updateduty USING ((SELECT portal_actor()) = 'authority');
CREATE POLICY regulator_sees_all ON catalogue_updateduty FOR SELECT USING ((SELECT portal_actor()) = 'regulator');
CREATE POLICY portal_keeps_all ON catalogue_updateduty TO portal_worker USING ((SELECT portal_actor()) = 'portal');

CREATE POLICY public_reading_of_suspended ON catalogue_agreement FOR SELECT
    USING ((SELECT portal_actor()) IS NOT NULL AND status = 'suspended');
CREATE POLICY supplied_by_the_recipient ON catalogue_agreement FOR UPDATE
    USING ((SELECT portal_actor()) IN ('clerk', 'client') AND recipient_id = (SELECT portal_agency())
        AND status IN ('incomplete', 'ended'))
    WITH CHECK (recipient_id = (SELECT portal_agency()) AND status IN ('applied', 'ended'));
"""
BACK = """
DROP POLICY public_reading_of_suspended ON catalogue_agreement;
DROP POLICY supplied_by_the_recipient ON catalogue_agreement;
DROP POLICY kept_by_its_agency ON catalogue_updateduty;
DROP POLICY kept_by_the_authority ON catalogue_updateduty;
DROP POLICY regulator_sees_all ON catalogue_updateduty;
DROP POLICY portal_keeps_all ON catalogue_updateduty;
ALTER TABLE catalogue_updateduty DISABLE ROW LEVEL SECURITY;
"""


class Migration(migrations.Migration):
    dependencies = [("catalogue", "0007_registration_and_course")]

    operations = [
        *(migrations.RunSQL(WITH_ITS_AGREEMENT.format(table=table), NO_MORE.format(table=table)) for table in TABLES),
        migrations.RunSQL(FORWARD, BACK),
    ]
