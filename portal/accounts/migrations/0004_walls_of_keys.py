"""Who may write which keys there are, and who drops lookups under a retired pepper."""

from django.db import migrations

FORWARD = """
REVOKE INSERT, UPDATE, DELETE ON accounts_keyversion FROM portal_web;
REVOKE DELETE ON accounts_keyversion FROM portal_worker;
GRANT SELECT, DELETE ON accounts_subjectlookup TO portal_retention;
"""
BACK = """
GRANT INSERT, UPDATE, DELETE ON accounts_keyversion TO portal_web, portal_worker;
REVOKE SELECT, DELETE ON accounts_subjectlookup FROM portal_retention;
"""


class Migration(migrations.Migration):
    dependencies = [("accounts", "0003_keyversion")]

    operations = [migrations.RunSQL(FORWARD, BACK)]
