"""The calendar is public to read; only authority, operator and the portal's tasks set days, nobody deletes."""

from django.db import migrations

WALLS = """
REVOKE DELETE, TRUNCATE ON law_dayoverride FROM portal_web, portal_worker;
ALTER TABLE law_dayoverride ENABLE ROW LEVEL SECURITY;
CREATE POLICY everybody_counts_by_it ON law_dayoverride FOR SELECT USING (true);
CREATE POLICY authority_and_operator_set ON law_dayoverride FOR INSERT WITH CHECK ((SELECT portal_actor()) IN ('authority', 'operator'));
CREATE POLICY authority_and_operator_reset ON law_dayoverride FOR UPDATE
    USING ((SELECT portal_actor()) IN ('authority', 'operator')) WITH CHECK ((SELECT portal_actor()) IN ('authority', 'operator'));
CREATE POLICY portal_sets ON law_dayoverride FOR INSERT TO portal_worker
    WITH CHECK ((SELECT portal_actor()) = 'portal');
CREATE POLICY portal_resets ON law_dayoverride FOR UPDATE TO portal_worker
    USING ((SELECT portal_actor()) = 'portal') WITH CHECK ((SELECT portal_actor()) = 'portal');
"""
NO_WALLS = """
DROP POLICY everybody_counts_by_it ON law_dayoverride;
DROP POLICY authority_and_operator_set ON law_dayoverride;
DROP POLICY authority_and_operator_reset ON law_dayoverride;
DROP POLICY portal_sets ON law_dayoverride;
DROP POLICY portal_resets ON law_dayoverride;
ALTER TABLE law_dayoverride DISABLE ROW LEVEL SECURITY;
GRANT DELETE ON law_dayoverride TO portal_web, portal_worker;
"""


class Migration(migrations.Migration):
    dependencies = [("law", "0001_initial"), ("trail", "0002_walls")]

    operations = [migrations.RunSQL(WALLS, NO_WALLS)]
