"""Each agency keeps its own log's address; whoever looks at their own record has every log asked, and none that was
told to be silent about an event tells it."""

from django.db import migrations

FORWARD = """
REVOKE DELETE, TRUNCATE ON ledger_tracker FROM portal_web, portal_worker;
ALTER TABLE ledger_tracker ENABLE ROW LEVEL SECURITY;
CREATE POLICY agency_keeps_its_own ON ledger_tracker
    USING ((SELECT portal_actor()) = 'clerk' AND agency_id = (SELECT portal_agency()))
    WITH CHECK ((SELECT portal_actor()) = 'clerk' AND agency_id = (SELECT portal_agency()));
CREATE POLICY citizens_have_them_asked ON ledger_tracker FOR SELECT USING ((SELECT portal_actor()) = 'citizen');
CREATE POLICY portal_seals_anew ON ledger_tracker TO portal_worker
    USING ((SELECT portal_actor()) = 'portal') WITH CHECK ((SELECT portal_actor()) = 'portal');

CREATE FUNCTION ledger_withheld_from_me() RETURNS TABLE (provider_id uuid, occurred_at timestamptz)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT event.provider_id, event.occurred_at FROM ledger_sharingevent AS event
    WHERE event.subject_key = portal_subject() AND event.id = ANY (ledger_embargoed())
$$;
"""
BACK = """
DROP FUNCTION ledger_withheld_from_me();
DROP POLICY agency_keeps_its_own ON ledger_tracker;
DROP POLICY citizens_have_them_asked ON ledger_tracker;
DROP POLICY portal_seals_anew ON ledger_tracker;
ALTER TABLE ledger_tracker DISABLE ROW LEVEL SECURITY;
GRANT SELECT, INSERT, UPDATE, DELETE ON ledger_tracker TO portal_web, portal_worker;
"""


class Migration(migrations.Migration):
    dependencies = [("ledger", "0011_trackers")]

    operations = [migrations.RunSQL(FORWARD, BACK)]
