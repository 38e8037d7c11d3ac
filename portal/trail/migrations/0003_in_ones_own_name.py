"""Nobody writes into the trail in another's name: a web process not in the portal's, an agency not in another's."""

from django.db import migrations

FORWARD = """
CREATE POLICY never_in_the_portals_name ON trail_entry AS RESTRICTIVE FOR INSERT TO portal_web
    WITH CHECK (actor_kind <> 'portal');
CREATE POLICY never_in_another_agencys_name ON trail_entry AS RESTRICTIVE FOR INSERT
    WITH CHECK ((SELECT portal_actor()) NOT IN ('clerk', 'client') OR actor_agency = (SELECT portal_agency()));
"""
BACK = """
DROP POLICY never_in_another_agencys_name ON trail_entry;
DROP POLICY never_in_the_portals_name ON trail_entry;
"""


class Migration(migrations.Migration):
    dependencies = [("trail", "0002_walls")]

    operations = [migrations.RunSQL(FORWARD, BACK)]
