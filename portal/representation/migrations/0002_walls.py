"""Who sees and writes representations; and that a representative sees nothing once their representation is over.

portal_subject(), on which every policy about citizens stands, answers for somebody who acts for another only while
the representation that the actor names is in force, is theirs, and is of that person. The two people of a row see it,
whomever either of them acts for just now; so do the clerks of its agency, the regulator and the portal's own tasks.
"""

from django.db import migrations

BOUND = """
CREATE FUNCTION representation_holds(mandate uuid, subject bytea) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT EXISTS (
        SELECT FROM representation_representation r
        WHERE r.id = mandate AND r.subject_key = subject AND r.state = 'proven'
          AND (r.valid_until IS NULL OR r.valid_until > now())
          AND (r.representative_key = portal_self()
               OR (r.kind = 'assisted' AND r.representative_user = portal_user())))
$$;

CREATE OR REPLACE FUNCTION portal_subject() RETURNS bytea LANGUAGE sql STABLE AS $$
    SELECT CASE
        WHEN NOT portal_represents()
            OR representation_holds(current_setting('portal.representation', true)::uuid,
                                    decode(nullif(current_setting('portal.subject', true), ''), 'hex'))
        THEN decode(nullif(current_setting('portal.subject', true), ''), 'hex')
    END
$$;
"""
UNBOUND = """
CREATE OR REPLACE FUNCTION portal_subject() RETURNS bytea LANGUAGE sql STABLE PARALLEL SAFE AS
$$ SELECT decode(nullif(current_setting('portal.subject', true), ''), 'hex') $$;
DROP FUNCTION representation_holds(uuid, bytea);
"""

PRIVILEGES = """
REVOKE DELETE, TRUNCATE ON representation_representation, representation_arrangement FROM portal_web, portal_worker;
REVOKE UPDATE, DELETE, TRUNCATE ON representation_document FROM portal_web, portal_worker;
"""
GIVE_BACK = """
GRANT SELECT, INSERT, UPDATE, DELETE ON representation_representation, representation_document,
    representation_arrangement TO portal_web, portal_worker;
"""

POLICIES = """
ALTER TABLE representation_representation ENABLE ROW LEVEL SECURITY;
CREATE POLICY both_people_see_it ON representation_representation FOR SELECT
    USING ((SELECT portal_actor()) = 'citizen'
        AND (subject_key = (SELECT portal_self()) OR representative_key = (SELECT portal_self())));
CREATE POLICY whoever_acts_by_it_sees_it ON representation_representation FOR SELECT
    USING ((SELECT portal_actor()) = 'citizen' AND id::text = current_setting('portal.representation', true));
CREATE POLICY either_begins_it ON representation_representation FOR INSERT
    WITH CHECK ((SELECT portal_actor()) = 'citizen' AND NOT (SELECT portal_represents()) AND kind <> 'assisted'
        AND (subject_key = (SELECT portal_self()) OR representative_key = (SELECT portal_self())));
CREATE POLICY either_answers_it ON representation_representation FOR UPDATE
    USING ((SELECT portal_actor()) = 'citizen' AND NOT (SELECT portal_represents())
        AND (subject_key = (SELECT portal_self()) OR representative_key = (SELECT portal_self())));
CREATE POLICY agency_sees_what_it_checks ON representation_representation FOR SELECT
    USING ((SELECT portal_actor()) = 'clerk' AND agency_id = (SELECT portal_agency()));
CREATE POLICY agency_decides_what_it_checks ON representation_representation FOR UPDATE
    USING ((SELECT portal_actor()) = 'clerk' AND agency_id = (SELECT portal_agency()));
CREATE POLICY clerk_asks_to_assist ON representation_representation FOR INSERT
    WITH CHECK ((SELECT portal_actor()) = 'clerk' AND kind = 'assisted' AND state = 'asked'
        AND agency_id = (SELECT portal_agency()) AND representative_user = (SELECT portal_user()));
CREATE POLICY regulator_sees_all ON representation_representation FOR SELECT
    USING ((SELECT portal_actor()) = 'regulator');
CREATE POLICY portal_keeps_all ON representation_representation TO portal_worker
    USING ((SELECT portal_actor()) = 'portal');

ALTER TABLE representation_document ENABLE ROW LEVEL SECURITY;
CREATE POLICY seen_by_who_handed_it_in ON representation_document FOR SELECT
    USING ((SELECT portal_actor()) = 'citizen' AND representative_key = (SELECT portal_self()));
CREATE POLICY handed_in_by_the_representative ON representation_document FOR INSERT
    WITH CHECK ((SELECT portal_actor()) = 'citizen' AND representative_key = (SELECT portal_self())
        AND NOT (SELECT portal_represents()));
CREATE POLICY agency_sees_what_it_checks ON representation_document FOR SELECT
    USING ((SELECT portal_actor()) = 'clerk' AND agency_id = (SELECT portal_agency()));
CREATE POLICY portal_keeps_all ON representation_document TO portal_worker USING ((SELECT portal_actor()) = 'portal');

ALTER TABLE representation_arrangement ENABLE ROW LEVEL SECURITY;
CREATE POLICY person_keeps_their_own ON representation_arrangement
    USING ((SELECT portal_actor()) = 'citizen' AND NOT (SELECT portal_represents())
        AND subject_key = (SELECT portal_self()));
CREATE POLICY gate_asks_about_one ON representation_arrangement FOR SELECT
    USING ((SELECT portal_actor()) = 'gate' AND subject_key = (SELECT portal_subject()));
CREATE POLICY portal_keeps_all ON representation_arrangement TO portal_worker
    USING ((SELECT portal_actor()) = 'portal');
"""
DROP_POLICIES = """
DO $$
DECLARE wall record;
BEGIN
    FOR wall IN SELECT tablename, policyname FROM pg_policies WHERE tablename LIKE 'representation\\_%' LOOP
        EXECUTE format('DROP POLICY %I ON %I', wall.policyname, wall.tablename);
        EXECUTE format('ALTER TABLE %I DISABLE ROW LEVEL SECURITY', wall.tablename);
    END LOOP;
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [("representation", "0001_initial"), ("trail", "0004_mandates")]

    operations = [
        migrations.RunSQL(BOUND, UNBOUND),
        migrations.RunSQL(PRIVILEGES, GIVE_BACK),
        migrations.RunSQL(POLICIES, DROP_POLICIES),
    ]
