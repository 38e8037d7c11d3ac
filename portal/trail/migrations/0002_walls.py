"""Who may see and write the trail: the functions all policies stand on, policies, and privileges.

Default privileges give web and worker the four verbs on every table (libraries need them); here they are taken
back to what each role does. portal_verifier and portal_retention bypass policies, see deploy/roles.sql.
"""

from django.db import migrations

FUNCTIONS = """
CREATE FUNCTION portal_actor() RETURNS text LANGUAGE sql STABLE PARALLEL SAFE AS
$$ SELECT nullif(current_setting('portal.actor', true), '') $$;
CREATE FUNCTION portal_subject() RETURNS bytea LANGUAGE sql STABLE PARALLEL SAFE AS
$$ SELECT decode(nullif(current_setting('portal.subject', true), ''), 'hex') $$;
CREATE FUNCTION portal_agency() RETURNS uuid LANGUAGE sql STABLE PARALLEL SAFE AS
$$ SELECT nullif(current_setting('portal.agency', true), '')::uuid $$;
"""
DROP_FUNCTIONS = "DROP FUNCTION portal_actor(); DROP FUNCTION portal_subject(); DROP FUNCTION portal_agency();"

TRANSACTIONS = """
ALTER TABLE trail_pending ALTER COLUMN xid TYPE xid8 USING xid::text::xid8;
CREATE INDEX trail_pending_in_order ON trail_pending (xid, row_id);
"""
DROP_TRANSACTIONS = """
DROP INDEX trail_pending_in_order;
ALTER TABLE trail_pending ALTER COLUMN xid TYPE bigint USING xid::text::bigint;
"""

PRIVILEGES = """
REVOKE UPDATE, DELETE, TRUNCATE ON trail_entry, trail_leaf, trail_node, trail_head FROM portal_web, portal_worker;
REVOKE INSERT ON trail_leaf, trail_node, trail_head FROM portal_web, portal_worker;
REVOKE SELECT, UPDATE, DELETE, TRUNCATE ON trail_pending FROM portal_web, portal_worker;
GRANT SELECT, UPDATE, DELETE ON trail_pending TO portal_sealer;
GRANT SELECT, INSERT ON trail_leaf, trail_node, trail_head TO portal_sealer;
GRANT SELECT ON trail_entry, trail_leaf, trail_node, trail_head, trail_pending TO portal_verifier;
"""
GIVE_BACK = """
GRANT SELECT, INSERT, UPDATE, DELETE ON trail_entry, trail_leaf, trail_node, trail_head, trail_pending
    TO portal_web, portal_worker;
REVOKE ALL ON trail_entry, trail_leaf, trail_node, trail_head, trail_pending FROM portal_sealer, portal_verifier;
"""

POLICIES = """
ALTER TABLE trail_entry ENABLE ROW LEVEL SECURITY;
CREATE POLICY written_by_its_actor ON trail_entry FOR INSERT
    WITH CHECK (actor_kind = (SELECT portal_actor()));
CREATE POLICY citizen_sees_own ON trail_entry FOR SELECT
    USING ((SELECT portal_actor()) = 'citizen' AND subject_key = (SELECT portal_subject()));
CREATE POLICY agency_sees_own ON trail_entry FOR SELECT
    USING ((SELECT portal_actor()) IN ('clerk', 'client')
           AND (agency_id = (SELECT portal_agency()) OR actor_agency = (SELECT portal_agency())));
CREATE POLICY regulator_sees_all ON trail_entry FOR SELECT
    USING ((SELECT portal_actor()) = 'regulator');
CREATE POLICY portal_sees_all ON trail_entry FOR SELECT TO portal_worker
    USING ((SELECT portal_actor()) = 'portal');
"""
DROP_POLICIES = """
DROP POLICY written_by_its_actor ON trail_entry;
DROP POLICY citizen_sees_own ON trail_entry;
DROP POLICY agency_sees_own ON trail_entry;
DROP POLICY regulator_sees_all ON trail_entry;
DROP POLICY portal_sees_all ON trail_entry;
ALTER TABLE trail_entry DISABLE ROW LEVEL SECURITY;
"""


class Migration(migrations.Migration):
    dependencies = [("trail", "0001_initial")]

    operations = [
        migrations.RunSQL(FUNCTIONS, DROP_FUNCTIONS),
        migrations.RunSQL(TRANSACTIONS, DROP_TRANSACTIONS),
        migrations.RunSQL(PRIVILEGES, GIVE_BACK),
        migrations.RunSQL(POLICIES, DROP_POLICIES),
    ]
