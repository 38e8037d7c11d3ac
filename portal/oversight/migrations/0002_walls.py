"""Exact counts are the regulator's to read; what is published is everybody's. The worker alone counts."""

from django.db import migrations

WALLS = """
REVOKE INSERT, UPDATE, DELETE, TRUNCATE ON oversight_answering, oversight_publication FROM portal_web;
ALTER TABLE oversight_answering ENABLE ROW LEVEL SECURITY;
CREATE POLICY regulator_reads ON oversight_answering FOR SELECT USING ((SELECT portal_actor()) = 'regulator');
CREATE POLICY portal_counts ON oversight_answering TO portal_worker
    USING ((SELECT portal_actor()) = 'portal') WITH CHECK ((SELECT portal_actor()) = 'portal');
ALTER TABLE oversight_publication ENABLE ROW LEVEL SECURITY;
CREATE POLICY everybody_reads ON oversight_publication FOR SELECT USING ((SELECT portal_actor()) IS NOT NULL);
CREATE POLICY portal_publishes ON oversight_publication TO portal_worker
    USING ((SELECT portal_actor()) = 'portal') WITH CHECK ((SELECT portal_actor()) = 'portal');
"""
NO_WALLS = """
DROP POLICY regulator_reads ON oversight_answering;
DROP POLICY portal_counts ON oversight_answering;
ALTER TABLE oversight_answering DISABLE ROW LEVEL SECURITY;
DROP POLICY everybody_reads ON oversight_publication;
DROP POLICY portal_publishes ON oversight_publication;
ALTER TABLE oversight_publication DISABLE ROW LEVEL SECURITY;
GRANT INSERT, UPDATE, DELETE ON oversight_answering, oversight_publication TO portal_web;
"""


class Migration(migrations.Migration):
    dependencies = [("oversight", "0001_initial")]

    operations = [migrations.RunSQL(WALLS, NO_WALLS)]
