"""Whoever acts for somebody reads who they are, and changes nothing of it."""

from django.db import migrations

FORWARD = """
CREATE POLICY changed_by_nobody_else ON accounts_person AS RESTRICTIVE FOR UPDATE
    USING (NOT (SELECT portal_represents()));
"""


class Migration(migrations.Migration):
    dependencies = [("accounts", "0009_lookup_by_digest"), ("trail", "0004_mandates")]

    operations = [migrations.RunSQL(FORWARD, "DROP POLICY changed_by_nobody_else ON accounts_person;")]
