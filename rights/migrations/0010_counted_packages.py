"""The site counts downloads of a person's own package, and writes nothing else of it."""

from django.db import migrations

FORWARD = """
GRANT UPDATE (downloads, downloaded_at) ON rights_package TO portal_web;
CREATE POLICY person_counts_downloads ON rights_package FOR UPDATE
    USING ((SELECT portal_actor()) = 'citizen' AND subject_key = (SELECT portal_subject())
        AND (SELECT portal_may('file')) AND (SELECT portal_within()) IS NULL);
"""
BACK = """
DROP POLICY person_counts_downloads ON rights_package;
REVOKE UPDATE (downloads, downloaded_at) ON rights_package FROM portal_web;
"""


class Migration(migrations.Migration):
    dependencies = [("rights", "0009_wishes_walls")]

    operations = [migrations.RunSQL(FORWARD, BACK)]
