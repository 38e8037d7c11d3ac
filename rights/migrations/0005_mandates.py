"""Somebody who acts for another sees requests and files them as far as their mandate goes: its acts, its agencies.

A request as a whole opens to a mandate for certain agencies where it has a part with one of them, or where the
representative filed it. The package holds every agency's answers, so it opens to a mandate for all of them alone.
"""

from django.db import migrations

READS = "((SELECT portal_may('see')) OR (SELECT portal_may('file')))"
FILES = "(SELECT portal_may('file'))"
UNLIMITED = "(SELECT portal_within()) IS NULL"
AGENCY = f"({UNLIMITED} OR agency_id = ANY ((SELECT portal_within())::uuid[]))"
REQUEST = """((SELECT portal_within()) IS NULL OR filed_by = (SELECT portal_user()) OR EXISTS (SELECT FROM rights_part p
    WHERE p.request_id = rights_rightsrequest.id AND p.agency_id = ANY ((SELECT portal_within())::uuid[])))"""
READ = {
    "rights_rightsrequest": REQUEST,
    "rights_part": AGENCY,
    "rights_pause": AGENCY,
    "rights_partmessage": AGENCY,
    "rights_partfile": AGENCY,
    "rights_package": UNLIMITED,
}
WRITTEN = {
    "rights_rightsrequest": ("INSERT", "UPDATE"),
    "rights_part": ("UPDATE",),
    "rights_pause": ("UPDATE",),
    "rights_partmessage": ("INSERT",),
}
FORWARD = [
    f"CREATE POLICY as_far_as_the_mandate_goes ON {table} AS RESTRICTIVE FOR SELECT USING ({READS} AND {rule});"
    for table, rule in READ.items()
] + [
    f"CREATE POLICY {verb.lower()}ed_under_a_mandate_to ON {table} AS RESTRICTIVE FOR {verb}"
    f" {'WITH CHECK' if verb == 'INSERT' else 'USING'} ({FILES});"
    for table, verbs in WRITTEN.items()
    for verb in verbs
]
BACK = [f"DROP POLICY as_far_as_the_mandate_goes ON {table};" for table in READ] + [
    f"DROP POLICY {verb.lower()}ed_under_a_mandate_to ON {table};" for table, verbs in WRITTEN.items() for verb in verbs
]


class Migration(migrations.Migration):
    dependencies = [("rights", "0004_minors_walls"), ("trail", "0004_mandates")]

    operations = [migrations.RunSQL("\n".join(FORWARD), "\n".join(BACK))]
