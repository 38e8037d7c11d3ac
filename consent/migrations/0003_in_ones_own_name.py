"""Only those who take steps of a consent write them down; a web process never in the portal's name (lapsed, expired)."""

from django.db import migrations

FORWARD = """
CREATE POLICY written_by_those_who_take_steps ON consent_consentevent AS RESTRICTIVE FOR INSERT TO portal_web
    WITH CHECK (actor_kind IN ('citizen', 'clerk', 'client'));
"""
BACK = "DROP POLICY written_by_those_who_take_steps ON consent_consentevent;"


class Migration(migrations.Migration):
    dependencies = [("consent", "0002_walls")]

    operations = [migrations.RunSQL(FORWARD, BACK)]
