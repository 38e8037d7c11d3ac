"""Partitions grant nothing to anybody, and can't be emptied past the table: a statement trigger is not inherited."""

from django.db import migrations

MAKE = """
CREATE OR REPLACE FUNCTION ledger_make_partitions(upto date) RETURNS integer
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
            PERFORM ledger_wall_in(title);
            made := made + 1;
        END IF;
        begins := ends;
    END LOOP;
    RETURN made;
END $$;
"""
WALL_IN = """
CREATE FUNCTION ledger_never_emptied() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'pgtrigger: % is append-only', TG_TABLE_NAME;
END $$;
CREATE FUNCTION ledger_wall_in(partition text) RETURNS void LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
    role text;
BEGIN
    FOREACH role IN ARRAY ARRAY['portal_web', 'portal_worker', 'portal_verifier'] LOOP
        EXECUTE format('REVOKE ALL ON %I FROM %I', partition, role);
    END LOOP;
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', partition);
    EXECUTE format('CREATE TRIGGER no_truncate BEFORE TRUNCATE ON %I EXECUTE FUNCTION ledger_never_emptied()', partition);
END $$;
REVOKE EXECUTE ON FUNCTION ledger_wall_in(text) FROM PUBLIC;
SELECT ledger_wall_in(c.relname) FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
    WHERE i.inhparent = 'ledger_sharingevent'::regclass;
"""
BACK = """
DO $$
DECLARE partition text;
BEGIN
    FOR partition IN SELECT c.relname FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
        WHERE i.inhparent = 'ledger_sharingevent'::regclass LOOP
        EXECUTE format('DROP TRIGGER no_truncate ON %I', partition);
    END LOOP;
END $$;
CREATE OR REPLACE FUNCTION ledger_wall_in(partition text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format('REVOKE ALL ON %I FROM portal_web, portal_worker', partition);
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', partition);
END $$;
DROP FUNCTION ledger_never_emptied();
"""


class Migration(migrations.Migration):
    dependencies = [("ledger", "0002_walls")]

    operations = [
        migrations.RunSQL(WALL_IN, BACK),
        migrations.RunSQL(MAKE, migrations.RunSQL.noop),
    ]
