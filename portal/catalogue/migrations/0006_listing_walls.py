"""Whatever is listed is public, so everybody reads every row. The policy is a constant: one that asked who acts would
stand between the search and its indexes, since what matches texts is not leakproof."""

from django.db import migrations

FORWARD = """
REVOKE TRUNCATE ON catalogue_listing FROM portal_web, portal_worker;
ALTER TABLE catalogue_listing ENABLE ROW LEVEL SECURITY;
CREATE POLICY public_reading ON catalogue_listing FOR SELECT USING (true);
CREATE POLICY kept_by_the_authority ON catalogue_listing FOR INSERT
    WITH CHECK ((SELECT portal_actor()) = 'authority');
CREATE POLICY changed_by_the_authority ON catalogue_listing FOR UPDATE USING ((SELECT portal_actor()) = 'authority');
CREATE POLICY removed_by_the_authority ON catalogue_listing FOR DELETE USING ((SELECT portal_actor()) = 'authority');
CREATE POLICY portal_keeps_all ON catalogue_listing TO portal_worker USING ((SELECT portal_actor()) = 'portal');
CREATE POLICY public_reading_of_versions ON catalogue_datasetversion FOR SELECT
    USING ((SELECT portal_actor()) IS NOT NULL AND status = 'approved');
"""
BACK = """
DROP POLICY public_reading_of_versions ON catalogue_datasetversion;
DROP POLICY portal_keeps_all ON catalogue_listing;
DROP POLICY removed_by_the_authority ON catalogue_listing;
DROP POLICY changed_by_the_authority ON catalogue_listing;
DROP POLICY kept_by_the_authority ON catalogue_listing;
DROP POLICY public_reading ON catalogue_listing;
ALTER TABLE catalogue_listing DISABLE ROW LEVEL SECURITY;
"""


class Migration(migrations.Migration):
    dependencies = [("catalogue", "0005_listings"), ("trail", "0002_walls")]

    operations = [migrations.RunSQL(FORWARD, BACK)]
