"""Who may see and write the outbox: anybody's act may leave a message, only the portal's tasks read them."""

from django.db import migrations

FORWARD = """
REVOKE SELECT, UPDATE, DELETE ON outbox_message, outbox_webhook, outbox_attempt, outbox_heartbeat FROM portal_web;
REVOKE DELETE ON outbox_message, outbox_webhook, outbox_attempt FROM portal_worker;
GRANT SELECT ON outbox_webhook, outbox_attempt, outbox_heartbeat TO portal_web;

ALTER TABLE outbox_message ENABLE ROW LEVEL SECURITY;
CREATE POLICY put_by_any_actor ON outbox_message FOR INSERT WITH CHECK ((SELECT portal_actor()) IS NOT NULL);
CREATE POLICY handled_by_the_portal ON outbox_message TO portal_worker
    USING ((SELECT portal_actor()) = 'portal') WITH CHECK ((SELECT portal_actor()) = 'portal');

ALTER TABLE outbox_endpoint ENABLE ROW LEVEL SECURITY;
CREATE POLICY agency_keeps_its_own ON outbox_endpoint
    USING ((SELECT portal_actor()) IN ('clerk', 'client') AND agency_id = (SELECT portal_agency()));
CREATE POLICY portal_sees_all ON outbox_endpoint TO portal_worker USING ((SELECT portal_actor()) = 'portal');

ALTER TABLE outbox_webhook ENABLE ROW LEVEL SECURITY;
CREATE POLICY put_by_any_actor ON outbox_webhook FOR INSERT WITH CHECK ((SELECT portal_actor()) IS NOT NULL);
CREATE POLICY agency_sees_its_own ON outbox_webhook FOR SELECT
    USING (endpoint_id IN (SELECT id FROM outbox_endpoint));
CREATE POLICY portal_sees_all ON outbox_webhook TO portal_worker USING ((SELECT portal_actor()) = 'portal');

ALTER TABLE outbox_attempt ENABLE ROW LEVEL SECURITY;
CREATE POLICY agency_sees_its_own ON outbox_attempt FOR SELECT
    USING (webhook_id IN (SELECT id FROM outbox_webhook));
CREATE POLICY portal_sees_all ON outbox_attempt TO portal_worker USING ((SELECT portal_actor()) = 'portal');
"""
BACK = """
DROP POLICY put_by_any_actor ON outbox_message;
DROP POLICY handled_by_the_portal ON outbox_message;
DROP POLICY agency_keeps_its_own ON outbox_endpoint;
DROP POLICY portal_sees_all ON outbox_endpoint;
DROP POLICY put_by_any_actor ON outbox_webhook;
DROP POLICY agency_sees_its_own ON outbox_webhook;
DROP POLICY portal_sees_all ON outbox_webhook;
DROP POLICY agency_sees_its_own ON outbox_attempt;
DROP POLICY portal_sees_all ON outbox_attempt;
ALTER TABLE outbox_message DISABLE ROW LEVEL SECURITY;
ALTER TABLE outbox_endpoint DISABLE ROW LEVEL SECURITY;
ALTER TABLE outbox_webhook DISABLE ROW LEVEL SECURITY;
ALTER TABLE outbox_attempt DISABLE ROW LEVEL SECURITY;
GRANT SELECT, INSERT, UPDATE, DELETE ON outbox_message, outbox_webhook, outbox_attempt, outbox_heartbeat
    TO portal_web, portal_worker;
"""


class Migration(migrations.Migration):
    dependencies = [("outbox", "0001_initial"), ("trail", "0002_walls")]

    operations = [migrations.RunSQL(FORWARD, BACK)]
