"""Who may see and write purposes, consents, their history, decisions and the feed.

A citizen sees and answers what is their own; an agency sees what names it as a party and can neither give nor
withdraw; the regulator reads; the portal's own tasks end and number. Nothing is deleted.
"""

from django.db import migrations

# No field of the model: an INSERT by Django would ask for it back, and its writer may not read the row.
TRANSACTIONS = """
ALTER TABLE consent_consentchange ADD COLUMN xid xid8 NOT NULL DEFAULT pg_current_xact_id();
CREATE INDEX consent_changes_waiting ON consent_consentchange (xid, id) WHERE position IS NULL;
"""
DROP_TRANSACTIONS = "ALTER TABLE consent_consentchange DROP COLUMN xid;"

PRIVILEGES = """
REVOKE DELETE, TRUNCATE ON consent_purpose, consent_notice, consent_consent, consent_consentchange
    FROM portal_web, portal_worker;
REVOKE UPDATE, DELETE, TRUNCATE ON consent_purpose_recipients, consent_purposeitem, consent_consentevent,
    consent_decision FROM portal_web, portal_worker;
REVOKE UPDATE ON consent_consentchange FROM portal_web;
"""
GIVE_BACK = """
GRANT SELECT, INSERT, UPDATE, DELETE ON consent_purpose, consent_purpose_recipients, consent_purposeitem,
    consent_notice, consent_consent, consent_consentevent, consent_consentchange, consent_decision
    TO portal_web, portal_worker;
"""

# Terms and texts are public once approved; before that they are for who proposes and who decides.
PURPOSES = """
ALTER TABLE consent_purpose ENABLE ROW LEVEL SECURITY;
CREATE POLICY public_reading ON consent_purpose FOR SELECT
    USING ((SELECT portal_actor()) IS NOT NULL AND state <> 'draft');
CREATE POLICY seen_by_its_agency ON consent_purpose FOR SELECT
    USING ((SELECT portal_actor()) IN ('clerk', 'client') AND agency_id = (SELECT portal_agency()));
CREATE POLICY seen_by_authority_and_regulator ON consent_purpose FOR SELECT
    USING ((SELECT portal_actor()) IN ('authority', 'regulator'));
CREATE POLICY proposed_by_its_agency ON consent_purpose FOR INSERT
    WITH CHECK (state = 'draft' AND ((SELECT portal_actor()) = 'authority'
        OR ((SELECT portal_actor()) IN ('clerk', 'client') AND agency_id = (SELECT portal_agency()))));
CREATE POLICY ended_by_its_agency ON consent_purpose FOR UPDATE
    USING ((SELECT portal_actor()) IN ('clerk', 'client') AND agency_id = (SELECT portal_agency()))
    WITH CHECK (state = 'ended');
CREATE POLICY decided_by_the_authority ON consent_purpose FOR UPDATE USING ((SELECT portal_actor()) = 'authority');
CREATE POLICY portal_keeps_all ON consent_purpose TO portal_worker USING ((SELECT portal_actor()) = 'portal');

ALTER TABLE consent_purpose_recipients ENABLE ROW LEVEL SECURITY;
CREATE POLICY seen_with_its_purpose ON consent_purpose_recipients FOR SELECT
    USING (EXISTS (SELECT FROM consent_purpose p WHERE p.id = purpose_id));
CREATE POLICY proposed_with_its_purpose ON consent_purpose_recipients FOR INSERT
    WITH CHECK (EXISTS (SELECT FROM consent_purpose p WHERE p.id = purpose_id AND p.state = 'draft'
        AND ((SELECT portal_actor()) = 'authority'
            OR ((SELECT portal_actor()) IN ('clerk', 'client') AND p.agency_id = (SELECT portal_agency())))));
CREATE POLICY portal_keeps_all ON consent_purpose_recipients TO portal_worker
    USING ((SELECT portal_actor()) = 'portal');

ALTER TABLE consent_purposeitem ENABLE ROW LEVEL SECURITY;
CREATE POLICY seen_with_its_purpose ON consent_purposeitem FOR SELECT
    USING (EXISTS (SELECT FROM consent_purpose p WHERE p.id = purpose_id));
CREATE POLICY proposed_with_its_purpose ON consent_purposeitem FOR INSERT
    WITH CHECK (EXISTS (SELECT FROM consent_purpose p WHERE p.id = purpose_id AND p.state = 'draft'
        AND ((SELECT portal_actor()) = 'authority'
            OR ((SELECT portal_actor()) IN ('clerk', 'client') AND p.agency_id = (SELECT portal_agency())))));
CREATE POLICY portal_keeps_all ON consent_purposeitem TO portal_worker USING ((SELECT portal_actor()) = 'portal');

ALTER TABLE consent_notice ENABLE ROW LEVEL SECURITY;
CREATE POLICY public_reading ON consent_notice FOR SELECT
    USING (approved_at IS NOT NULL AND EXISTS (SELECT FROM consent_purpose p WHERE p.id = purpose_id));
CREATE POLICY seen_by_its_agency ON consent_notice FOR SELECT
    USING (EXISTS (SELECT FROM consent_purpose p WHERE p.id = purpose_id AND p.agency_id = (SELECT portal_agency())
        AND (SELECT portal_actor()) IN ('clerk', 'client')));
CREATE POLICY seen_by_authority_and_regulator ON consent_notice FOR SELECT
    USING ((SELECT portal_actor()) IN ('authority', 'regulator'));
CREATE POLICY proposed_by_its_agency ON consent_notice FOR INSERT
    WITH CHECK (approved_at IS NULL AND EXISTS (SELECT FROM consent_purpose p WHERE p.id = purpose_id
        AND ((SELECT portal_actor()) = 'authority'
            OR ((SELECT portal_actor()) IN ('clerk', 'client') AND p.agency_id = (SELECT portal_agency())))));
CREATE POLICY decided_by_the_authority ON consent_notice FOR UPDATE USING ((SELECT portal_actor()) = 'authority');
CREATE POLICY portal_keeps_all ON consent_notice TO portal_worker USING ((SELECT portal_actor()) = 'portal');
"""
DROP_PURPOSES = """
DROP POLICY portal_keeps_all ON consent_notice;
DROP POLICY decided_by_the_authority ON consent_notice;
DROP POLICY proposed_by_its_agency ON consent_notice;
DROP POLICY seen_by_authority_and_regulator ON consent_notice;
DROP POLICY seen_by_its_agency ON consent_notice;
DROP POLICY public_reading ON consent_notice;
DROP POLICY portal_keeps_all ON consent_purposeitem;
DROP POLICY proposed_with_its_purpose ON consent_purposeitem;
DROP POLICY seen_with_its_purpose ON consent_purposeitem;
DROP POLICY portal_keeps_all ON consent_purpose_recipients;
DROP POLICY proposed_with_its_purpose ON consent_purpose_recipients;
DROP POLICY seen_with_its_purpose ON consent_purpose_recipients;
DROP POLICY portal_keeps_all ON consent_purpose;
DROP POLICY decided_by_the_authority ON consent_purpose;
DROP POLICY ended_by_its_agency ON consent_purpose;
DROP POLICY proposed_by_its_agency ON consent_purpose;
DROP POLICY seen_by_authority_and_regulator ON consent_purpose;
DROP POLICY seen_by_its_agency ON consent_purpose;
DROP POLICY public_reading ON consent_purpose;
ALTER TABLE consent_notice DISABLE ROW LEVEL SECURITY;
ALTER TABLE consent_purposeitem DISABLE ROW LEVEL SECURITY;
ALTER TABLE consent_purpose_recipients DISABLE ROW LEVEL SECURITY;
ALTER TABLE consent_purpose DISABLE ROW LEVEL SECURITY;
"""

# An agency's updates are only: replacing its own question, and using up what was for a single use.
CONSENTS = """
ALTER TABLE consent_consent ENABLE ROW LEVEL SECURITY;
CREATE POLICY citizen_sees_own ON consent_consent FOR SELECT
    USING ((SELECT portal_actor()) = 'citizen' AND subject_key = (SELECT portal_subject()));
CREATE POLICY citizen_answers_own ON consent_consent FOR UPDATE
    USING ((SELECT portal_actor()) = 'citizen' AND subject_key = (SELECT portal_subject()));
CREATE POLICY agency_sees_what_concerns_it ON consent_consent FOR SELECT
    USING ((SELECT portal_actor()) IN ('clerk', 'client') AND parties @> ARRAY[(SELECT portal_agency())]);
CREATE POLICY agency_asks ON consent_consent FOR INSERT
    WITH CHECK ((SELECT portal_actor()) IN ('clerk', 'client') AND asked_by = (SELECT portal_agency())
        AND state = 'requested');
CREATE POLICY agency_replaces_and_uses_up ON consent_consent FOR UPDATE
    USING ((SELECT portal_actor()) IN ('clerk', 'client') AND parties @> ARRAY[(SELECT portal_agency())])
    WITH CHECK ((state = 'superseded' AND asked_by = (SELECT portal_agency()))
        OR (state = 'expired' AND used_at IS NOT NULL));
CREATE POLICY regulator_sees_all ON consent_consent FOR SELECT USING ((SELECT portal_actor()) = 'regulator');
CREATE POLICY portal_keeps_all ON consent_consent TO portal_worker USING ((SELECT portal_actor()) = 'portal');

ALTER TABLE consent_consentevent ENABLE ROW LEVEL SECURITY;
CREATE POLICY citizen_sees_own ON consent_consentevent FOR SELECT
    USING ((SELECT portal_actor()) = 'citizen' AND subject_key = (SELECT portal_subject()));
CREATE POLICY agency_sees_what_concerns_it ON consent_consentevent FOR SELECT
    USING ((SELECT portal_actor()) IN ('clerk', 'client') AND parties @> ARRAY[(SELECT portal_agency())]);
CREATE POLICY written_by_its_actor ON consent_consentevent FOR INSERT
    WITH CHECK (actor_kind = (SELECT portal_actor())
        AND ((SELECT portal_actor()) <> 'citizen' OR subject_key = (SELECT portal_subject()))
        AND ((SELECT portal_actor()) NOT IN ('clerk', 'client') OR actor_agency = (SELECT portal_agency())));
CREATE POLICY regulator_sees_all ON consent_consentevent FOR SELECT USING ((SELECT portal_actor()) = 'regulator');
CREATE POLICY portal_sees_all ON consent_consentevent FOR SELECT TO portal_worker
    USING ((SELECT portal_actor()) = 'portal');

ALTER TABLE consent_consentchange ENABLE ROW LEVEL SECURITY;
CREATE POLICY agency_sees_its_feed ON consent_consentchange FOR SELECT
    USING ((SELECT portal_actor()) IN ('clerk', 'client') AND agency_id = (SELECT portal_agency()));
CREATE POLICY written_with_the_step ON consent_consentchange FOR INSERT
    WITH CHECK (position IS NULL
        AND (((SELECT portal_actor()) = 'citizen' AND subject_key = (SELECT portal_subject()))
            OR ((SELECT portal_actor()) IN ('clerk', 'client') AND caused_by = (SELECT portal_agency()))));
CREATE POLICY portal_keeps_all ON consent_consentchange TO portal_worker USING ((SELECT portal_actor()) = 'portal');

ALTER TABLE consent_decision ENABLE ROW LEVEL SECURITY;
CREATE POLICY citizen_sees_own ON consent_decision FOR SELECT
    USING ((SELECT portal_actor()) = 'citizen' AND subject_key = (SELECT portal_subject()));
CREATE POLICY caller_sees_its_own ON consent_decision FOR SELECT
    USING ((SELECT portal_actor()) IN ('clerk', 'client') AND caller_id = (SELECT portal_agency()));
CREATE POLICY written_for_the_caller ON consent_decision FOR INSERT
    WITH CHECK ((SELECT portal_actor()) = 'client' AND caller_id = (SELECT portal_agency()));
CREATE POLICY regulator_sees_all ON consent_decision FOR SELECT USING ((SELECT portal_actor()) = 'regulator');
CREATE POLICY portal_sees_all ON consent_decision FOR SELECT TO portal_worker
    USING ((SELECT portal_actor()) = 'portal');
"""
DROP_CONSENTS = """
DROP POLICY portal_sees_all ON consent_decision;
DROP POLICY regulator_sees_all ON consent_decision;
DROP POLICY written_for_the_caller ON consent_decision;
DROP POLICY caller_sees_its_own ON consent_decision;
DROP POLICY citizen_sees_own ON consent_decision;
DROP POLICY portal_keeps_all ON consent_consentchange;
DROP POLICY written_with_the_step ON consent_consentchange;
DROP POLICY agency_sees_its_feed ON consent_consentchange;
DROP POLICY portal_sees_all ON consent_consentevent;
DROP POLICY regulator_sees_all ON consent_consentevent;
DROP POLICY written_by_its_actor ON consent_consentevent;
DROP POLICY agency_sees_what_concerns_it ON consent_consentevent;
DROP POLICY citizen_sees_own ON consent_consentevent;
DROP POLICY portal_keeps_all ON consent_consent;
DROP POLICY regulator_sees_all ON consent_consent;
DROP POLICY agency_replaces_and_uses_up ON consent_consent;
DROP POLICY agency_asks ON consent_consent;
DROP POLICY agency_sees_what_concerns_it ON consent_consent;
DROP POLICY citizen_answers_own ON consent_consent;
DROP POLICY citizen_sees_own ON consent_consent;
ALTER TABLE consent_decision DISABLE ROW LEVEL SECURITY;
ALTER TABLE consent_consentchange DISABLE ROW LEVEL SECURITY;
ALTER TABLE consent_consentevent DISABLE ROW LEVEL SECURITY;
ALTER TABLE consent_consent DISABLE ROW LEVEL SECURITY;
"""


class Migration(migrations.Migration):
    dependencies = [("consent", "0001_initial"), ("trail", "0002_walls")]

    operations = [
        migrations.RunSQL(TRANSACTIONS, DROP_TRANSACTIONS),
        migrations.RunSQL(PRIVILEGES, GIVE_BACK),
        migrations.RunSQL(PURPOSES, DROP_PURPOSES),
        migrations.RunSQL(CONSENTS, DROP_CONSENTS),
    ]
