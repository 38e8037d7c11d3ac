"""Who may see and write requests and parts.

A person sees and files their own; an agency sees the parts that are its own, and of a request what its parts need;
the regulator reads everything but files and messages; the portal routes, closes and seals. Policies of parts look at
the part's own columns alone, so that those of requests may look at parts.
"""

from django.db import migrations

PRIVILEGES = """
REVOKE DELETE ON rights_rightsrequest, rights_part, rights_pause, rights_partmessage, rights_package
    FROM portal_web, portal_worker;
REVOKE UPDATE ON rights_partmessage, rights_partfile FROM portal_web, portal_worker;
REVOKE INSERT, UPDATE ON rights_package FROM portal_web;
REVOKE INSERT ON rights_part FROM portal_web;
"""
GIVE_BACK = """
GRANT SELECT, INSERT, UPDATE, DELETE ON rights_rightsrequest, rights_part, rights_pause, rights_partmessage,
    rights_partfile, rights_package TO portal_web, portal_worker;
"""
AGENCY = "(SELECT portal_actor()) IN ('clerk', 'client') AND agency_id = (SELECT portal_agency())"
PERSON = "(SELECT portal_actor()) = 'citizen' AND subject_key = (SELECT portal_subject())"
PORTAL = "(SELECT portal_actor()) = 'portal'"
OWN_ROWS = {
    "rights_part": ("SELECT", "UPDATE"),
    "rights_pause": ("SELECT", "INSERT", "UPDATE"),
    "rights_partmessage": ("SELECT", "INSERT"),
    "rights_partfile": ("SELECT", "INSERT", "DELETE"),
}
PERSONS_ROWS = {
    "rights_rightsrequest": ("SELECT", "INSERT", "UPDATE"),
    "rights_part": ("SELECT", "UPDATE"),
    "rights_pause": ("SELECT", "UPDATE"),
    "rights_partmessage": ("SELECT", "INSERT"),
    "rights_partfile": ("SELECT",),
    "rights_package": ("SELECT",),
}
REGULATOR_READS = ("rights_rightsrequest", "rights_part", "rights_pause")
TABLES = tuple(PERSONS_ROWS)


def _policy(name: str, table: str, verb: str, rule: str, role: str = "") -> str:
    clause = f"WITH CHECK ({rule})" if verb == "INSERT" else f"USING ({rule})"
    return f"CREATE POLICY {name} ON {table} FOR {verb} {role} {clause};"


STATEMENTS = [
    *(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY;" for table in TABLES),
    *(
        _policy(f"agency_{verb.lower()}s_its_own", table, verb, AGENCY)
        for table, verbs in OWN_ROWS.items()
        for verb in verbs
    ),
    *(
        _policy(f"person_{verb.lower()}s_their_own", table, verb, PERSON)
        for table, verbs in PERSONS_ROWS.items()
        for verb in verbs
    ),
    _policy(
        "agency_sees_what_its_parts_need",
        "rights_rightsrequest",
        "SELECT",
        "(SELECT portal_actor()) IN ('clerk', 'client') AND EXISTS"
        " (SELECT FROM rights_part p WHERE p.request_id = rights_rightsrequest.id)",
    ),
    *(
        _policy("regulator_reads", table, "SELECT", "(SELECT portal_actor()) = 'regulator'")
        for table in REGULATOR_READS
    ),
    *(f"CREATE POLICY portal_keeps_all ON {table} TO portal_worker USING ({PORTAL});" for table in TABLES),
]
DROPPED = [
    *(f"DROP POLICY agency_{verb.lower()}s_its_own ON {table};" for table, verbs in OWN_ROWS.items() for verb in verbs),
    *(
        f"DROP POLICY person_{verb.lower()}s_their_own ON {table};"
        for table, verbs in PERSONS_ROWS.items()
        for verb in verbs
    ),
    "DROP POLICY agency_sees_what_its_parts_need ON rights_rightsrequest;",
    *(f"DROP POLICY regulator_reads ON {table};" for table in REGULATOR_READS),
    *(f"DROP POLICY portal_keeps_all ON {table};" for table in TABLES),
    *(f"ALTER TABLE {table} DISABLE ROW LEVEL SECURITY;" for table in TABLES),
]


class Migration(migrations.Migration):
    dependencies = [("rights", "0001_initial"), ("trail", "0002_walls")]

    operations = [
        migrations.RunSQL(PRIVILEGES, GIVE_BACK),
        migrations.RunSQL("\n".join(STATEMENTS), "\n".join(DROPPED)),
    ]
