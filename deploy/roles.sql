-- The roles of the portal's database, and what each may do or bypass. Run by a superuser in the portal's own
-- database, before the first migration and again after an upgrade; harmless when run twice.
--
--   portal_owner      owns the tables and runs the migrations; policies do not bind it, so no server connects as it
--   portal_web        the site and the API; bound by every policy
--   portal_worker     Celery's workers and administration commands; bound by policies, which let the portal's own
--                     tasks (actor 'portal') see what they must
--   portal_ingest     writes reported holdings and events with COPY, which can't be done under row-level security
--                     by a role that is subject to it: bypasses policies, and may touch the ledger alone
--   portal_sealer     gives leaves their places in the tree: bypasses policies, sees leaves and no row behind them
--   portal_verifier   recomputes every sealed row whoever it belongs to: bypasses policies, reads only
--   portal_retention  drops what has outlived its term: bypasses policies
--   portal_backup     dumps everything: bypasses policies, reads only
--
-- Web and worker are members without inheriting: a process steps into a narrower role for one step and out again.
-- Give portal_web, portal_worker, portal_owner and portal_backup their passwords or certificates yourself.

DO $$
DECLARE
    wanted record;
BEGIN
    FOR wanted IN SELECT * FROM (VALUES
        ('portal_owner',     'LOGIN NOINHERIT NOBYPASSRLS'),
        ('portal_web',       'LOGIN NOINHERIT NOBYPASSRLS'),
        ('portal_worker',    'LOGIN NOINHERIT NOBYPASSRLS'),
        ('portal_ingest',    'NOLOGIN BYPASSRLS'),
        ('portal_sealer',    'NOLOGIN BYPASSRLS'),
        ('portal_verifier',  'NOLOGIN BYPASSRLS'),
        ('portal_retention', 'NOLOGIN BYPASSRLS'),
        ('portal_backup',    'LOGIN BYPASSRLS')
    ) AS roles(name, attributes) LOOP
        IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = wanted.name) THEN
            EXECUTE format('CREATE ROLE %I', wanted.name);
        END IF;
        EXECUTE format('ALTER ROLE %I %s NOSUPERUSER NOCREATEDB NOCREATEROLE', wanted.name, wanted.attributes);
        -- Policies make short statements look dear: compiling one takes seconds and running it a millisecond.
        EXECUTE format('ALTER ROLE %I SET jit = off', wanted.name);
    END LOOP;
    EXECUTE format('ALTER DATABASE %I OWNER TO portal_owner', current_database());
END $$;

GRANT portal_ingest TO portal_web, portal_worker;
GRANT portal_sealer, portal_verifier, portal_retention TO portal_worker;
GRANT pg_read_all_data TO portal_backup;

REVOKE ALL ON SCHEMA public FROM PUBLIC;
GRANT CREATE, USAGE ON SCHEMA public TO portal_owner;
GRANT USAGE ON SCHEMA public
    TO portal_web, portal_worker, portal_ingest, portal_sealer, portal_verifier, portal_retention;

-- Libraries' tables (sessions, tokens, …) need the four verbs; the portal's own take back what a role does not
-- need in each app's migration 0002_walls.
ALTER DEFAULT PRIVILEGES FOR ROLE portal_owner IN SCHEMA public
    GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO portal_web, portal_worker;
ALTER DEFAULT PRIVILEGES FOR ROLE portal_owner IN SCHEMA public
    GRANT SELECT ON TABLES TO portal_verifier;
ALTER DEFAULT PRIVILEGES FOR ROLE portal_owner IN SCHEMA public
    GRANT USAGE ON SEQUENCES TO portal_web, portal_worker;
