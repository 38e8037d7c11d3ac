"""A person who extends what they allow decides anew: the one consent that citizens write, for themselves alone."""

from django.db import migrations

FORWARD = """
CREATE POLICY citizen_decides_anew ON consent_consent FOR INSERT
    WITH CHECK ((SELECT portal_actor()) = 'citizen' AND NOT (SELECT portal_represents())
        AND subject_key = (SELECT portal_subject()) AND state = 'requested');
"""
BACK = "DROP POLICY citizen_decides_anew ON consent_consent;"


class Migration(migrations.Migration):
    dependencies = [("consent", "0006_ways_and_shorter"), ("trail", "0004_mandates")]

    operations = [migrations.RunSQL(FORWARD, BACK)]
