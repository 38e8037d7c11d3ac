"""Connectors and their changes are the agency's clerks' own; a change is removed by nobody."""

from django.db import migrations

CLERK = "(SELECT portal_actor()) = 'clerk' AND agency_id = (SELECT portal_agency())"
PORTAL = "(SELECT portal_actor()) = 'portal'"
TABLES = ("rights_connector", "rights_execution")
FORWARD = [
    "REVOKE DELETE, TRUNCATE ON rights_connector, rights_execution FROM portal_web, portal_worker;",
    *(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY;" for table in TABLES),
    *(f"CREATE POLICY clerk_reads_its_own ON {table} FOR SELECT USING ({CLERK});" for table in TABLES),
    *(f"CREATE POLICY clerk_moves_its_own ON {table} FOR UPDATE USING ({CLERK});" for table in TABLES),
    f"CREATE POLICY clerk_registers ON rights_connector FOR INSERT WITH CHECK ({CLERK});",
    f"CREATE POLICY clerk_asks ON rights_execution FOR INSERT WITH CHECK ({CLERK} AND state = 'asked');",
    *(f"CREATE POLICY portal_keeps_all ON {table} TO portal_worker USING ({PORTAL});" for table in TABLES),
]
BACK = [
    *(f"DROP POLICY portal_keeps_all ON {table};" for table in TABLES),
    "DROP POLICY clerk_asks ON rights_execution;",
    "DROP POLICY clerk_registers ON rights_connector;",
    *(f"DROP POLICY clerk_moves_its_own ON {table};" for table in TABLES),
    *(f"DROP POLICY clerk_reads_its_own ON {table};" for table in TABLES),
    *(f"ALTER TABLE {table} DISABLE ROW LEVEL SECURITY;" for table in TABLES),
    "GRANT DELETE ON rights_connector, rights_execution TO portal_web, portal_worker;",
]


class Migration(migrations.Migration):
    dependencies = [("rights", "0015_connectors"), ("trail", "0004_mandates")]

    operations = [migrations.RunSQL("\n".join(FORWARD), "\n".join(BACK))]
