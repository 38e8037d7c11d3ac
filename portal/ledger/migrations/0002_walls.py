"""The ledger's partitions, its walls, and who may write it.

The append-only tables are written by portal_ingest alone, which may INSERT and nothing else. It bypasses policies:
a policy could not be checked during COPY, and what a caller may report is checked, row by row, in
portal.ledger.actions. Citizens, agencies and the regulator read through policies; an embargoed event is hidden
from its citizen here, on every surface at once.
"""

from django.db import migrations

# 0001 makes an ordinary table, as Django can do no other. While it is still empty it is replaced by a partitioned
# one with the same columns, checks, indexes and triggers, read from the catalogue of the database itself.
PARTITIONED = """
DO $$
DECLARE
    definitions text[];
    definition text;
BEGIN
    SELECT array_agg(d) INTO definitions FROM (
        SELECT pg_get_indexdef(indexrelid) AS d FROM pg_index
            WHERE indrelid = 'ledger_sharingevent'::regclass AND NOT indisprimary
        UNION ALL
        SELECT pg_get_triggerdef(oid) FROM pg_trigger
            WHERE tgrelid = 'ledger_sharingevent'::regclass AND NOT tgisinternal
    ) AS found;
    ALTER TABLE ledger_sharingevent RENAME TO ledger_sharingevent_plain;
    CREATE TABLE ledger_sharingevent (LIKE ledger_sharingevent_plain INCLUDING DEFAULTS INCLUDING CONSTRAINTS)
        PARTITION BY RANGE (id);
    DROP TABLE ledger_sharingevent_plain;
    ALTER TABLE ledger_sharingevent ADD PRIMARY KEY (subject_key, id);
    FOREACH definition IN ARRAY definitions LOOP
        EXECUTE definition;
    END LOOP;
END $$;
"""
PLAIN_AGAIN = """
DO $$
DECLARE
    definitions text[];
    definition text;
BEGIN
    SELECT array_agg(replace(d, ' ON ONLY ', ' ON ')) INTO definitions FROM (
        SELECT pg_get_indexdef(indexrelid) AS d FROM pg_index
            WHERE indrelid = 'ledger_sharingevent'::regclass AND NOT indisprimary
        UNION ALL
        SELECT pg_get_triggerdef(oid) FROM pg_trigger
            WHERE tgrelid = 'ledger_sharingevent'::regclass AND NOT tgisinternal
    ) AS found;
    ALTER TABLE ledger_sharingevent RENAME TO ledger_sharingevent_parts;
    CREATE TABLE ledger_sharingevent (LIKE ledger_sharingevent_parts INCLUDING DEFAULTS INCLUDING CONSTRAINTS);
    DROP TABLE ledger_sharingevent_parts;
    ALTER TABLE ledger_sharingevent ADD PRIMARY KEY (subject_key, id);
    FOREACH definition IN ARRAY definitions LOOP
        EXECUTE definition;
    END LOOP;
END $$;
"""

# Half a year each, in UTC. Nobody reaches a partition but through its parent: it would have no policies of its own.
PARTITIONS = """
CREATE FUNCTION ledger_first_id(moment timestamp) RETURNS uuid LANGUAGE sql IMMUTABLE STRICT AS
$$ SELECT rpad(lpad(to_hex((extract(epoch FROM moment) * 1000)::bigint), 12, '0'), 32, '0')::uuid $$;

CREATE FUNCTION ledger_make_partitions(upto date) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    begins timestamp := '2023-01-01';
    ends timestamp;
    title text;
    made integer := 0;
BEGIN
    IF upto > now() + interval '10 years' THEN
        RAISE EXCEPTION 'partitions are made ten years ahead at most';
    END IF;
    WHILE begins < upto LOOP
        ends := begins + interval '6 months';
        title := format('ledger_sharingevent_%sh%s', extract(year FROM begins),
                        CASE extract(month FROM begins) WHEN 1 THEN 1 ELSE 2 END);
        IF to_regclass(title) IS NULL THEN
            EXECUTE format('CREATE TABLE %I PARTITION OF ledger_sharingevent FOR VALUES FROM (%L) TO (%L)',
                           title, ledger_first_id(begins), ledger_first_id(ends));
            EXECUTE format('REVOKE ALL ON %I FROM portal_web, portal_worker', title);
            EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', title);
            made := made + 1;
        END IF;
        begins := ends;
    END LOOP;
    RETURN made;
END $$;
REVOKE EXECUTE ON FUNCTION ledger_make_partitions(date) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION ledger_make_partitions(date) TO portal_worker;
SELECT ledger_make_partitions('2029-01-01');
"""
DROP_PARTITIONS = "DROP FUNCTION ledger_make_partitions(date); DROP FUNCTION ledger_first_id(timestamp);"

# What policies and proofs must know of rows that the asker may not see. Each answers about the actor's own record,
# or gives hashes only.
FUNCTIONS = """
CREATE FUNCTION ledger_embargoed() RETURNS uuid[]
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT coalesce(array_agg(event_id), '{}') FROM (
        SELECT DISTINCT ON (event_id) event_id, kind FROM ledger_sharingnote
        WHERE subject_key = portal_subject() AND kind IN ('embargo', 'lifted')
        ORDER BY event_id, at DESC, id DESC
    ) AS newest WHERE kind = 'embargo'
$$;

CREATE FUNCTION ledger_concerns_me(batch uuid) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT EXISTS (SELECT FROM ledger_sharingevent WHERE batch_id = batch AND subject_key = portal_subject()
                   AND id <> ALL (ledger_embargoed()))
        OR EXISTS (SELECT FROM ledger_holdingchange WHERE batch_id = batch AND subject_key = portal_subject())
        OR EXISTS (SELECT FROM ledger_sharingnote WHERE batch_id = batch AND subject_key = portal_subject()
                   AND event_id <> ALL (ledger_embargoed()))
$$;

CREATE FUNCTION ledger_brought_me(batch uuid) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT EXISTS (SELECT FROM ledger_sharingevent WHERE batch_id = batch AND recipient_id = portal_agency())
$$;

CREATE FUNCTION ledger_leaves(batch uuid) RETURNS SETOF bytea
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT leaf FROM (
        SELECT id, subject_key, leaf FROM ledger_sharingevent WHERE batch_id = batch
        UNION ALL SELECT id, subject_key, leaf FROM ledger_holdingchange WHERE batch_id = batch
        UNION ALL SELECT id, subject_key, leaf FROM ledger_sharingnote WHERE batch_id = batch
    ) AS rows_of_batch ORDER BY id, subject_key
$$;
"""
DROP_FUNCTIONS = """
DROP FUNCTION ledger_leaves(uuid);
DROP FUNCTION ledger_brought_me(uuid);
DROP FUNCTION ledger_concerns_me(uuid);
DROP FUNCTION ledger_embargoed();
"""

PRIVILEGES = """
REVOKE INSERT, UPDATE, DELETE, TRUNCATE ON ledger_batch, ledger_holdingchange, ledger_sharingevent, ledger_sharingnote
    FROM portal_web, portal_worker;
REVOKE DELETE, TRUNCATE ON ledger_holding FROM portal_web, portal_worker;
REVOKE INSERT, UPDATE, DELETE, TRUNCATE ON ledger_publicflow FROM portal_web;
GRANT INSERT ON ledger_batch, ledger_holdingchange, ledger_sharingevent, ledger_sharingnote TO portal_ingest;
GRANT SELECT (subject_key, id, leaf) ON ledger_sharingevent TO portal_ingest;
GRANT SELECT ON ledger_batch, ledger_holding, ledger_holdingchange, ledger_sharingevent, ledger_sharingnote
    TO portal_verifier;
"""
GIVE_BACK = """
GRANT SELECT, INSERT, UPDATE, DELETE ON ledger_batch, ledger_holding, ledger_holdingchange, ledger_sharingevent,
    ledger_sharingnote, ledger_publicflow TO portal_web, portal_worker;
REVOKE ALL ON ledger_batch, ledger_holding, ledger_holdingchange, ledger_sharingevent, ledger_sharingnote
    FROM portal_ingest, portal_verifier;
"""

POLICIES = """
ALTER TABLE ledger_holding ENABLE ROW LEVEL SECURITY;
CREATE POLICY citizen_sees_own ON ledger_holding FOR SELECT
    USING ((SELECT portal_actor()) = 'citizen' AND subject_key = (SELECT portal_subject()));
CREATE POLICY agency_keeps_own ON ledger_holding
    USING ((SELECT portal_actor()) IN ('clerk', 'client') AND agency_id = (SELECT portal_agency()))
    WITH CHECK ((SELECT portal_actor()) IN ('clerk', 'client') AND agency_id = (SELECT portal_agency()));
CREATE POLICY regulator_sees_all ON ledger_holding FOR SELECT USING ((SELECT portal_actor()) = 'regulator');
CREATE POLICY portal_sees_all ON ledger_holding FOR SELECT TO portal_worker USING ((SELECT portal_actor()) = 'portal');

ALTER TABLE ledger_holdingchange ENABLE ROW LEVEL SECURITY;
CREATE POLICY citizen_sees_own ON ledger_holdingchange FOR SELECT
    USING ((SELECT portal_actor()) = 'citizen' AND subject_key = (SELECT portal_subject()));
CREATE POLICY agency_sees_own ON ledger_holdingchange FOR SELECT
    USING ((SELECT portal_actor()) IN ('clerk', 'client') AND agency_id = (SELECT portal_agency()));
CREATE POLICY regulator_sees_all ON ledger_holdingchange FOR SELECT USING ((SELECT portal_actor()) = 'regulator');
CREATE POLICY portal_sees_all ON ledger_holdingchange FOR SELECT TO portal_worker
    USING ((SELECT portal_actor()) = 'portal');

ALTER TABLE ledger_sharingevent ENABLE ROW LEVEL SECURITY;
CREATE POLICY citizen_sees_own_unless_embargoed ON ledger_sharingevent FOR SELECT
    USING ((SELECT portal_actor()) = 'citizen' AND subject_key = (SELECT portal_subject())
           AND id <> ALL ((SELECT ledger_embargoed())::uuid[]));
CREATE POLICY both_agencies_see_it ON ledger_sharingevent FOR SELECT
    USING ((SELECT portal_actor()) IN ('clerk', 'client')
           AND (provider_id = (SELECT portal_agency()) OR recipient_id = (SELECT portal_agency())));
CREATE POLICY regulator_sees_all ON ledger_sharingevent FOR SELECT USING ((SELECT portal_actor()) = 'regulator');
CREATE POLICY portal_sees_all ON ledger_sharingevent FOR SELECT TO portal_worker
    USING ((SELECT portal_actor()) = 'portal');

ALTER TABLE ledger_sharingnote ENABLE ROW LEVEL SECURITY;
CREATE POLICY citizen_sees_own_unless_embargoed ON ledger_sharingnote FOR SELECT
    USING ((SELECT portal_actor()) = 'citizen' AND subject_key = (SELECT portal_subject())
           AND event_id <> ALL ((SELECT ledger_embargoed())::uuid[]));
CREATE POLICY both_agencies_see_it ON ledger_sharingnote FOR SELECT
    USING ((SELECT portal_actor()) IN ('clerk', 'client')
           AND (provider_id = (SELECT portal_agency()) OR recipient_id = (SELECT portal_agency())));
CREATE POLICY regulator_sees_all ON ledger_sharingnote FOR SELECT USING ((SELECT portal_actor()) = 'regulator');
CREATE POLICY portal_sees_all ON ledger_sharingnote FOR SELECT TO portal_worker
    USING ((SELECT portal_actor()) = 'portal');

ALTER TABLE ledger_batch ENABLE ROW LEVEL SECURITY;
CREATE POLICY citizen_sees_those_of_own_rows ON ledger_batch FOR SELECT
    USING ((SELECT portal_actor()) = 'citizen' AND ledger_concerns_me(id));
CREATE POLICY agency_sees_own ON ledger_batch FOR SELECT
    USING ((SELECT portal_actor()) IN ('clerk', 'client') AND agency_id = (SELECT portal_agency()));
CREATE POLICY recipient_sees_those_of_its_rows ON ledger_batch FOR SELECT
    USING ((SELECT portal_actor()) IN ('clerk', 'client') AND ledger_brought_me(id));
CREATE POLICY regulator_sees_all ON ledger_batch FOR SELECT USING ((SELECT portal_actor()) = 'regulator');
CREATE POLICY portal_sees_all ON ledger_batch FOR SELECT TO portal_worker USING ((SELECT portal_actor()) = 'portal');

ALTER TABLE ledger_publicflow ENABLE ROW LEVEL SECURITY;
CREATE POLICY public_reading ON ledger_publicflow FOR SELECT USING ((SELECT portal_actor()) IS NOT NULL);
CREATE POLICY portal_counts ON ledger_publicflow TO portal_worker
    USING ((SELECT portal_actor()) = 'portal') WITH CHECK ((SELECT portal_actor()) = 'portal');
"""
DROP_POLICIES = """
DO $$
DECLARE wall record;
BEGIN
    FOR wall IN SELECT tablename, policyname FROM pg_policies WHERE tablename LIKE 'ledger\\_%' LOOP
        EXECUTE format('DROP POLICY %I ON %I', wall.policyname, wall.tablename);
        EXECUTE format('ALTER TABLE %I DISABLE ROW LEVEL SECURITY', wall.tablename);
    END LOOP;
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [("ledger", "0001_initial"), ("trail", "0002_walls")]

    operations = [
        migrations.RunSQL(PARTITIONED, PLAIN_AGAIN),
        migrations.RunSQL(PARTITIONS, DROP_PARTITIONS),
        migrations.RunSQL(FUNCTIONS, DROP_FUNCTIONS),
        migrations.RunSQL(PRIVILEGES, GIVE_BACK),
        migrations.RunSQL(POLICIES, DROP_POLICIES),
    ]
