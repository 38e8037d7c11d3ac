"""Who may find and see people.

A person's row opens to the person, to the portal's own tasks, to the sign-in for the one it found, and to an agency
to which a disclosure of that very person was recorded. Digests are found by those who are given numbers: the sign-in
and departmental systems. accounts_user has no policies: the session's user is read before anybody is known to act.
"""

from django.db import migrations

FORWARD = """
REVOKE DELETE ON accounts_person, accounts_subjectlookup FROM portal_web, portal_worker;
REVOKE UPDATE ON accounts_subjectlookup FROM portal_web, portal_worker;
REVOKE UPDATE, DELETE ON accounts_disclosure FROM portal_web, portal_worker;
REVOKE DELETE ON accounts_idempotencykey FROM portal_web;

ALTER TABLE accounts_person ENABLE ROW LEVEL SECURITY;
CREATE POLICY registered_by_those_given_numbers ON accounts_person FOR INSERT
    WITH CHECK ((SELECT portal_actor()) IN ('gate', 'client', 'clerk', 'portal'));
CREATE POLICY person_keeps_their_own ON accounts_person
    USING ((SELECT portal_actor()) IN ('citizen', 'gate') AND subject_key = (SELECT portal_subject()));
CREATE POLICY agency_sees_whom_it_was_shown ON accounts_person FOR SELECT
    USING ((SELECT portal_actor()) IN ('clerk', 'client') AND EXISTS (
        SELECT FROM accounts_disclosure shown
        WHERE shown.subject_key = accounts_person.subject_key AND shown.agency_id = (SELECT portal_agency())));
CREATE POLICY portal_sees_all ON accounts_person TO portal_worker
    USING ((SELECT portal_actor()) = 'portal') WITH CHECK ((SELECT portal_actor()) = 'portal');

ALTER TABLE accounts_subjectlookup ENABLE ROW LEVEL SECURITY;
CREATE POLICY found_by_those_given_numbers ON accounts_subjectlookup
    USING ((SELECT portal_actor()) IN ('gate', 'client', 'clerk'));
CREATE POLICY portal_sees_all ON accounts_subjectlookup TO portal_worker
    USING ((SELECT portal_actor()) = 'portal') WITH CHECK ((SELECT portal_actor()) = 'portal');

ALTER TABLE accounts_disclosure ENABLE ROW LEVEL SECURITY;
CREATE POLICY agency_keeps_its_own ON accounts_disclosure
    USING ((SELECT portal_actor()) IN ('clerk', 'client') AND agency_id = (SELECT portal_agency()));
CREATE POLICY person_sees_own ON accounts_disclosure FOR SELECT
    USING ((SELECT portal_actor()) = 'citizen' AND subject_key = (SELECT portal_subject()));
CREATE POLICY regulator_sees_all ON accounts_disclosure FOR SELECT USING ((SELECT portal_actor()) = 'regulator');
CREATE POLICY portal_sees_all ON accounts_disclosure TO portal_worker USING ((SELECT portal_actor()) = 'portal');

ALTER TABLE accounts_idempotencykey ENABLE ROW LEVEL SECURITY;
CREATE POLICY client_keeps_its_own ON accounts_idempotencykey
    USING ((SELECT portal_actor()) = 'client' AND agency_id = (SELECT portal_agency()));
CREATE POLICY portal_forgets ON accounts_idempotencykey TO portal_worker USING ((SELECT portal_actor()) = 'portal');
"""
TABLES = ("accounts_person", "accounts_subjectlookup", "accounts_disclosure", "accounts_idempotencykey")
POLICIES = {
    "accounts_person": (
        "registered_by_those_given_numbers", "person_keeps_their_own", "agency_sees_whom_it_was_shown", "portal_sees_all",
    ),
    "accounts_subjectlookup": ("found_by_those_given_numbers", "portal_sees_all"),
    "accounts_disclosure": ("agency_keeps_its_own", "person_sees_own", "regulator_sees_all", "portal_sees_all"),
    "accounts_idempotencykey": ("client_keeps_its_own", "portal_forgets"),
}  # fmt: skip
BACK = "\n".join(
    [f"DROP POLICY {policy} ON {table};" for table, policies in POLICIES.items() for policy in policies]
    + [f"ALTER TABLE {table} DISABLE ROW LEVEL SECURITY;" for table in TABLES]
    + [f"GRANT SELECT, INSERT, UPDATE, DELETE ON {', '.join(TABLES)} TO portal_web, portal_worker;"]
)


class Migration(migrations.Migration):
    dependencies = [("accounts", "0001_initial"), ("trail", "0002_walls")]

    operations = [migrations.RunSQL(FORWARD, BACK)]
