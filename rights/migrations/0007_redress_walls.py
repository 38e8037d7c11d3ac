"""Who may see and write appeals, complaints, mediations and escalations; and an answered part reopens by appeal alone.

What appeals decided is for everybody to read. A clerk writes into the agency's own review alone, the regulator into
its own alone.
"""

from django.db import migrations

AGENCY = "(SELECT portal_actor()) IN ('clerk', 'client') AND agency_id = (SELECT portal_agency())"
CLERK = "(SELECT portal_actor()) = 'clerk' AND agency_id = (SELECT portal_agency())"
PERSON = "(SELECT portal_actor()) = 'citizen' AND subject_key = (SELECT portal_subject())"
REGULATOR = "(SELECT portal_actor()) = 'regulator'"
PORTAL = "(SELECT portal_actor()) = 'portal'"
SEES = "((SELECT portal_may('see')) OR (SELECT portal_may('file')))"
FILES = "(SELECT portal_may('file'))"
WITHIN = "((SELECT portal_within()) IS NULL OR agency_id = ANY ((SELECT portal_within())::uuid[]))"

# table -> (name, verb, rule)
RULES = {
    "rights_appeal": [
        ("person_reads_their_own", "SELECT", PERSON),
        ("person_files", "INSERT", f"{PERSON} AND state = 'filed' AND decided_at IS NULL"),
        ("person_takes_back", "UPDATE", PERSON),
        ("agency_reads_its_own", "SELECT", AGENCY),
        ("agency_reviews_its_own", "UPDATE", f"{CLERK} AND level = 'agency'"),
        ("regulator_reads", "SELECT", REGULATOR),
        ("regulator_reviews", "UPDATE", f"{REGULATOR} AND level = 'regulator'"),
    ],
    "rights_precedent": [
        ("everybody_reads", "SELECT", "(SELECT portal_actor()) IS NOT NULL"),
        ("reviewers_publish", "INSERT", f"({CLERK}) OR {REGULATOR}"),
    ],
    "rights_complaint": [
        ("person_reads_their_own", "SELECT", PERSON),
        ("person_files", "INSERT", f"{PERSON} AND state = 'filed' AND decided_at IS NULL"),
        ("person_takes_back", "UPDATE", PERSON),
        ("regulator_reads", "SELECT", REGULATOR),
        ("regulator_decides", "UPDATE", REGULATOR),
    ],
    "rights_mediation": [
        ("person_reads_their_own", "SELECT", PERSON),
        ("person_asks", "INSERT", PERSON),
        ("person_moves_their_own", "UPDATE", PERSON),
        ("agency_reads_its_own", "SELECT", AGENCY),
        ("agency_moves_its_own", "UPDATE", CLERK),
        ("regulator_reads", "SELECT", REGULATOR),
    ],
    "rights_mediationstep": [
        ("person_reads_their_own", "SELECT", PERSON),
        ("person_speaks", "INSERT", f"{PERSON} AND NOT is_from_agency"),
        ("agency_reads_its_own", "SELECT", AGENCY),
        ("agency_speaks", "INSERT", f"{CLERK} AND is_from_agency"),
    ],
    "rights_escalation": [
        ("person_reads_their_own", "SELECT", PERSON),
        ("agency_reads_its_own", "SELECT", AGENCY),
        ("regulator_reads", "SELECT", REGULATOR),
    ],
}
LIMITED = {  # as far as a mandate goes
    "rights_appeal": ("INSERT", "UPDATE"),
    "rights_complaint": ("INSERT", "UPDATE"),
    "rights_mediation": ("INSERT", "UPDATE"),
    "rights_mediationstep": ("INSERT",),
}


def _clause(verb: str, rule: str) -> str:
    return f"WITH CHECK ({rule})" if verb == "INSERT" else f"USING ({rule})"


STATEMENTS = [
    (
        "REVOKE DELETE, TRUNCATE ON rights_appeal, rights_precedent, rights_complaint, rights_mediation,"
        " rights_mediationstep, rights_escalation FROM portal_web, portal_worker;"
    ),
    "REVOKE UPDATE ON rights_precedent, rights_mediationstep, rights_escalation FROM portal_web, portal_worker;",
    "REVOKE INSERT ON rights_escalation FROM portal_web;",
    *(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY;" for table in RULES),
    *(
        f"CREATE POLICY {name} ON {table} FOR {verb} {_clause(verb, rule)};"
        for table, rules in RULES.items()
        for name, verb, rule in rules
    ),
    *(f"CREATE POLICY portal_keeps_all ON {table} TO portal_worker USING ({PORTAL});" for table in RULES),
    *(
        f"CREATE POLICY as_far_as_the_mandate_goes ON {table} AS RESTRICTIVE FOR SELECT USING ({SEES} AND {WITHIN});"
        for table in (*LIMITED, "rights_escalation")
    ),
    *(
        f"CREATE POLICY {verb.lower()}ed_under_a_mandate_to ON {table} AS RESTRICTIVE FOR {verb} {_clause(verb, FILES)};"
        for table, verbs in LIMITED.items()
        for verb in verbs
    ),
    """
CREATE FUNCTION rights_reopened_by_appeal() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM rights_appeal a WHERE a.part_id = NEW.id AND a.state = 'granted'
                   AND a.decided_at = NEW.reopened_at AND a.answered_at = OLD.answered_at) THEN
        RAISE EXCEPTION 'pgtrigger: an answered part is reopened by a granted appeal alone';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER reopened_by_appeal BEFORE UPDATE ON rights_part
    FOR EACH ROW WHEN (OLD.state = 'answered' AND NEW.state <> 'answered') EXECUTE FUNCTION rights_reopened_by_appeal();
""",
]
BACK = [
    "DROP TRIGGER reopened_by_appeal ON rights_part;",
    "DROP FUNCTION rights_reopened_by_appeal();",
    *(
        f"DROP POLICY {verb.lower()}ed_under_a_mandate_to ON {table};"
        for table, verbs in LIMITED.items()
        for verb in verbs
    ),
    *(f"DROP POLICY as_far_as_the_mandate_goes ON {table};" for table in (*LIMITED, "rights_escalation")),
    *(f"DROP POLICY portal_keeps_all ON {table};" for table in RULES),
    *(f"DROP POLICY {name} ON {table};" for table, rules in RULES.items() for name, _verb, _rule in rules),
    *(f"ALTER TABLE {table} DISABLE ROW LEVEL SECURITY;" for table in RULES),
    (
        "GRANT SELECT, INSERT, UPDATE, DELETE ON rights_appeal, rights_precedent, rights_complaint, rights_mediation,"
        " rights_mediationstep, rights_escalation TO portal_web, portal_worker;"
    ),
]


class Migration(migrations.Migration):
    dependencies = [("rights", "0006_redress"), ("trail", "0004_mandates")]

    operations = [migrations.RunSQL("\n".join(STATEMENTS), "\n".join(BACK))]
