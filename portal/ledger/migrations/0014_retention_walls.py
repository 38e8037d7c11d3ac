"""The regulator holds, the portal's retention drops; the database itself drops nothing that is young or held."""

from django.db import migrations

FUNCTIONS = """
CREATE FUNCTION ledger_partitions() RETURNS TABLE (name text, begins timestamp, ends timestamp)
LANGUAGE sql STABLE SET search_path = public, pg_temp AS $$
    SELECT title, begun, begun + interval '6 months' FROM (
        SELECT c.relname::text AS title,
               make_timestamp(substring(c.relname FROM '(\\d{4})h')::int,
                              CASE right(c.relname, 1) WHEN '1' THEN 1 ELSE 7 END, 1, 0, 0, 0) AS begun
        FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
        WHERE i.inhparent = 'ledger_sharingevent'::regclass AND c.relname ~ '^ledger_sharingevent_\\d{4}h[12]$'
    ) AS found ORDER BY begun
$$;

CREATE FUNCTION ledger_is_held(partition text) RETURNS boolean
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE held boolean;
BEGIN
    PERFORM FROM ledger_partitions() WHERE name = partition;
    IF NOT FOUND THEN RAISE EXCEPTION 'no such partition'; END IF;
    EXECUTE format('SELECT EXISTS (SELECT FROM ledger_legalhold AS hold JOIN %I AS event ON
        (hold.agency_id IS NULL OR hold.agency_id IN (event.provider_id, event.recipient_id))
        AND (hold.dataset_id IS NULL OR hold.dataset_id = event.dataset_id)
        AND (hold.subject_key IS NULL OR hold.subject_key = event.subject_key)
        WHERE hold.lifted_at IS NULL)', partition) INTO held;
    RETURN held;
END $$;

CREATE FUNCTION ledger_rows_in(partition text) RETURNS TABLE (batch_id uuid, rows bigint)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    PERFORM FROM ledger_partitions() WHERE name = partition;
    IF NOT FOUND THEN RAISE EXCEPTION 'no such partition'; END IF;
    RETURN QUERY EXECUTE format('SELECT event.batch_id, count(*) FROM %I AS event GROUP BY 1', partition);
END $$;

CREATE FUNCTION ledger_drop_partition(partition text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    LOCK TABLE ledger_legalhold IN SHARE MODE;
    IF ledger_is_held(partition) THEN RAISE EXCEPTION 'a legal hold stands on this partition'; END IF;
    PERFORM FROM ledger_partitions() WHERE name = partition AND ends <= now() - interval '3 years';
    IF NOT FOUND THEN RAISE EXCEPTION 'a partition is kept for three years at least'; END IF;
    PERFORM FROM ledger_partitiondrop AS said WHERE said.partition = ledger_drop_partition.partition;
    IF NOT FOUND THEN RAISE EXCEPTION 'nothing is dropped that is not written down'; END IF;
    EXECUTE format('ALTER TABLE ledger_sharingevent DETACH PARTITION %I', partition);
    EXECUTE format('DROP TABLE %I', partition);
END $$;

REVOKE EXECUTE ON FUNCTION ledger_is_held(text), ledger_rows_in(text), ledger_drop_partition(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION ledger_is_held(text), ledger_rows_in(text), ledger_drop_partition(text) TO portal_retention;
"""
DROP_FUNCTIONS = """
DROP FUNCTION ledger_drop_partition(text);
DROP FUNCTION ledger_rows_in(text);
DROP FUNCTION ledger_is_held(text);
DROP FUNCTION ledger_partitions();
"""
# What was dropped is not made again.
MAKE = """
CREATE OR REPLACE FUNCTION ledger_make_partitions(upto date) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    begins timestamp := coalesce((SELECT max(ends_at) AT TIME ZONE 'UTC' FROM ledger_partitiondrop), '2023-01-01');
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
            PERFORM ledger_wall_in(title);
            made := made + 1;
        END IF;
        begins := ends;
    END LOOP;
    RETURN made;
END $$;
"""
POLICIES = """
REVOKE INSERT, UPDATE, DELETE, TRUNCATE ON ledger_partitiondrop, ledger_droppedrows FROM portal_web, portal_worker;
REVOKE DELETE, TRUNCATE ON ledger_legalhold FROM portal_web, portal_worker;
GRANT SELECT, INSERT ON ledger_partitiondrop, ledger_droppedrows TO portal_retention;
GRANT USAGE ON SEQUENCE ledger_droppedrows_id_seq TO portal_retention;
GRANT SELECT ON ledger_legalhold TO portal_retention;

ALTER TABLE ledger_legalhold ENABLE ROW LEVEL SECURITY;
CREATE POLICY regulator_holds ON ledger_legalhold
    USING ((SELECT portal_actor()) = 'regulator') WITH CHECK ((SELECT portal_actor()) = 'regulator');
ALTER TABLE ledger_partitiondrop ENABLE ROW LEVEL SECURITY;
CREATE POLICY public_reading ON ledger_partitiondrop FOR SELECT USING ((SELECT portal_actor()) IS NOT NULL);
ALTER TABLE ledger_droppedrows ENABLE ROW LEVEL SECURITY;
CREATE POLICY regulator_sees_all ON ledger_droppedrows FOR SELECT USING ((SELECT portal_actor()) = 'regulator');
"""
DROP_POLICIES = """
DROP POLICY regulator_holds ON ledger_legalhold;
DROP POLICY public_reading ON ledger_partitiondrop;
DROP POLICY regulator_sees_all ON ledger_droppedrows;
ALTER TABLE ledger_legalhold DISABLE ROW LEVEL SECURITY;
ALTER TABLE ledger_partitiondrop DISABLE ROW LEVEL SECURITY;
ALTER TABLE ledger_droppedrows DISABLE ROW LEVEL SECURITY;
GRANT SELECT, INSERT, UPDATE, DELETE ON ledger_partitiondrop, ledger_droppedrows, ledger_legalhold
    TO portal_web, portal_worker;
REVOKE ALL ON ledger_partitiondrop, ledger_droppedrows, ledger_legalhold FROM portal_retention;
"""


class Migration(migrations.Migration):
    dependencies = [("ledger", "0013_retention")]

    operations = [
        migrations.RunSQL(FUNCTIONS, DROP_FUNCTIONS),
        migrations.RunSQL(MAKE, migrations.RunSQL.noop),
        migrations.RunSQL(POLICIES, DROP_POLICIES),
    ]
