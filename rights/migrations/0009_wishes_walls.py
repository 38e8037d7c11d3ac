"""Drafts are their owner's alone, and alone may be thrown away. What a request wishes of items, and its evidence, is
seen by the person and by agencies with a part of that request; a change by those whose part it concerns.
"""

from django.db import migrations

READS = "((SELECT portal_may('see')) OR (SELECT portal_may('file')))"
FILES = "(SELECT portal_may('file'))"
PERSON = "(SELECT portal_actor()) = 'citizen' AND subject_key = (SELECT portal_subject())"
PORTAL = "(SELECT portal_actor()) = 'portal'"
AGENCY = "(SELECT portal_actor()) IN ('clerk', 'client')"
IN_REACH = "EXISTS (SELECT FROM rights_rightsrequest r WHERE r.id = request_id)"  # by that table's own walls
UNSENT = "EXISTS (SELECT FROM rights_rightsrequest r WHERE r.id = request_id AND r.state = 'draft')"
PART = "SELECT FROM rights_part p WHERE p.request_id = {table}.request_id"
CONCERNS = {
    "rights_evidence": f"EXISTS ({PART.format(table='rights_evidence')})",
    "rights_wantedchange": f"EXISTS ({PART.format(table='rights_wantedchange')}"
    " AND (p.dataset_id IS NULL OR p.dataset_id = rights_wantedchange.dataset_id))",
}


def _walls(table: str) -> str:
    return f"""
ALTER TABLE {table} ENABLE ROW LEVEL SECURITY;
CREATE POLICY person_sees_their_own ON {table} FOR SELECT USING ({PERSON});
CREATE POLICY person_adds_their_own ON {table} FOR INSERT WITH CHECK ({PERSON} AND {FILES} AND {IN_REACH});
CREATE POLICY person_changes_their_own ON {table} FOR UPDATE USING ({PERSON} AND {FILES} AND {UNSENT})
    WITH CHECK ({PERSON} AND {IN_REACH});
CREATE POLICY person_removes_from_a_draft ON {table} FOR DELETE USING ({PERSON} AND {FILES} AND {UNSENT});
CREATE POLICY agency_sees_what_concerns_it ON {table} FOR SELECT USING ({AGENCY} AND {CONCERNS[table]});
CREATE POLICY portal_keeps_all ON {table} TO portal_worker USING ({PORTAL});
CREATE POLICY as_far_as_the_mandate_goes ON {table} AS RESTRICTIVE FOR SELECT USING ({READS} AND {IN_REACH});
"""


NAMES = (
    "person_sees_their_own person_adds_their_own person_changes_their_own person_removes_from_a_draft"
    " agency_sees_what_concerns_it portal_keeps_all as_far_as_the_mandate_goes"
).split()
FORWARD = f"""
GRANT DELETE ON rights_rightsrequest TO portal_web, portal_worker;
CREATE POLICY drafts_are_ones_own ON rights_rightsrequest AS RESTRICTIVE FOR SELECT
    USING (state <> 'draft' OR (SELECT portal_actor()) IN ('citizen', 'portal'));
CREATE POLICY person_throws_a_draft_away ON rights_rightsrequest FOR DELETE USING ({PERSON} AND {FILES});
CREATE POLICY nothing_but_drafts_goes ON rights_rightsrequest AS RESTRICTIVE FOR DELETE USING (state = 'draft');
{"".join(_walls(table) for table in CONCERNS)}
"""
BACK = f"""
{"".join(f"DROP POLICY {name} ON {table};" for table in CONCERNS for name in NAMES)}
{"".join(f"ALTER TABLE {table} DISABLE ROW LEVEL SECURITY;" for table in CONCERNS)}
DROP POLICY nothing_but_drafts_goes ON rights_rightsrequest;
DROP POLICY person_throws_a_draft_away ON rights_rightsrequest;
DROP POLICY drafts_are_ones_own ON rights_rightsrequest;
REVOKE DELETE ON rights_rightsrequest FROM portal_web, portal_worker;
"""


class Migration(migrations.Migration):
    dependencies = [("rights", "0008_wishes"), ("trail", "0004_mandates")]

    operations = [migrations.RunSQL(FORWARD, BACK)]
