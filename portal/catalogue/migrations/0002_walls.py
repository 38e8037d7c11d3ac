"""Who may see and write the catalogue. What is published is for everybody, also for a visitor; what is only
proposed is for the agency that proposes it and for those who decide or supervise.

Nothing is ever deleted here: other records name these rows. Code that runs without an actor sees nothing.
"""

from django.db import migrations

PRIVILEGES = """
REVOKE DELETE, TRUNCATE ON catalogue_agency, catalogue_system, catalogue_dataset, catalogue_dataitem,
    catalogue_datasetversion, catalogue_agreement FROM portal_web, portal_worker;
REVOKE UPDATE, DELETE, TRUNCATE ON catalogue_agreement_items FROM portal_web, portal_worker;
"""
GIVE_BACK = """
GRANT SELECT, INSERT, UPDATE, DELETE ON catalogue_agency, catalogue_system, catalogue_dataset, catalogue_dataitem,
    catalogue_datasetversion, catalogue_agreement, catalogue_agreement_items TO portal_web, portal_worker;
"""

POLICIES = """
ALTER TABLE catalogue_agency ENABLE ROW LEVEL SECURITY;
CREATE POLICY public_reading ON catalogue_agency FOR SELECT USING ((SELECT portal_actor()) IS NOT NULL);
CREATE POLICY kept_by_the_authority ON catalogue_agency FOR INSERT
    WITH CHECK ((SELECT portal_actor()) = 'authority');
CREATE POLICY changed_by_the_authority ON catalogue_agency FOR UPDATE USING ((SELECT portal_actor()) = 'authority');
CREATE POLICY portal_keeps_all ON catalogue_agency TO portal_worker USING ((SELECT portal_actor()) = 'portal');

ALTER TABLE catalogue_system ENABLE ROW LEVEL SECURITY;
CREATE POLICY public_reading ON catalogue_system FOR SELECT USING ((SELECT portal_actor()) IS NOT NULL);
CREATE POLICY kept_by_its_agency ON catalogue_system FOR INSERT
    WITH CHECK ((SELECT portal_actor()) = 'authority'
        OR ((SELECT portal_actor()) IN ('clerk', 'client') AND agency_id = (SELECT portal_agency())));
CREATE POLICY changed_by_its_agency ON catalogue_system FOR UPDATE
    USING ((SELECT portal_actor()) = 'authority'
        OR ((SELECT portal_actor()) IN ('clerk', 'client') AND agency_id = (SELECT portal_agency())));
CREATE POLICY portal_keeps_all ON catalogue_system TO portal_worker USING ((SELECT portal_actor()) = 'portal');

ALTER TABLE catalogue_dataset ENABLE ROW LEVEL SECURITY;
CREATE POLICY public_reading ON catalogue_dataset FOR SELECT
    USING ((SELECT portal_actor()) IS NOT NULL AND status IN ('published', 'withdrawn'));
CREATE POLICY seen_by_its_agency ON catalogue_dataset FOR SELECT
    USING ((SELECT portal_actor()) IN ('clerk', 'client') AND agency_id = (SELECT portal_agency()));
CREATE POLICY seen_by_authority_and_regulator ON catalogue_dataset FOR SELECT
    USING ((SELECT portal_actor()) IN ('authority', 'regulator'));
CREATE POLICY proposed_by_its_agency ON catalogue_dataset FOR INSERT
    WITH CHECK ((SELECT portal_actor()) IN ('clerk', 'client') AND agency_id = (SELECT portal_agency())
        AND status IN ('draft', 'proposed'));
CREATE POLICY proposed_anew_by_its_agency ON catalogue_dataset FOR UPDATE
    USING ((SELECT portal_actor()) IN ('clerk', 'client') AND agency_id = (SELECT portal_agency())
        AND status IN ('draft', 'proposed'))
    WITH CHECK (status IN ('draft', 'proposed'));
CREATE POLICY proposed_by_the_authority ON catalogue_dataset FOR INSERT
    WITH CHECK ((SELECT portal_actor()) = 'authority' AND status = 'proposed');
CREATE POLICY decided_by_the_authority ON catalogue_dataset FOR UPDATE USING ((SELECT portal_actor()) = 'authority');
CREATE POLICY portal_keeps_all ON catalogue_dataset TO portal_worker USING ((SELECT portal_actor()) = 'portal');

ALTER TABLE catalogue_dataitem ENABLE ROW LEVEL SECURITY;
CREATE POLICY seen_with_its_dataset ON catalogue_dataitem FOR SELECT
    USING (EXISTS (SELECT FROM catalogue_dataset d WHERE d.id = dataset_id));
CREATE POLICY proposed_with_its_dataset ON catalogue_dataitem FOR INSERT
    WITH CHECK (EXISTS (SELECT FROM catalogue_dataset d WHERE d.id = dataset_id
        AND ((SELECT portal_actor()) = 'authority'
            OR ((SELECT portal_actor()) IN ('clerk', 'client') AND d.agency_id = (SELECT portal_agency())
                AND d.status IN ('draft', 'proposed')))));
CREATE POLICY changed_with_its_dataset ON catalogue_dataitem FOR UPDATE
    USING (EXISTS (SELECT FROM catalogue_dataset d WHERE d.id = dataset_id
        AND ((SELECT portal_actor()) = 'authority'
            OR ((SELECT portal_actor()) IN ('clerk', 'client') AND d.agency_id = (SELECT portal_agency())
                AND d.status IN ('draft', 'proposed')))));
CREATE POLICY portal_keeps_all ON catalogue_dataitem TO portal_worker USING ((SELECT portal_actor()) = 'portal');

ALTER TABLE catalogue_datasetversion ENABLE ROW LEVEL SECURITY;
CREATE POLICY kept_by_its_agency ON catalogue_datasetversion
    USING ((SELECT portal_actor()) IN ('clerk', 'client') AND agency_id = (SELECT portal_agency()))
    WITH CHECK ((SELECT portal_actor()) IN ('clerk', 'client') AND agency_id = (SELECT portal_agency())
        AND status IN ('proposed', 'superseded'));
CREATE POLICY decided_by_the_authority ON catalogue_datasetversion USING ((SELECT portal_actor()) = 'authority');
CREATE POLICY regulator_sees_all ON catalogue_datasetversion FOR SELECT USING ((SELECT portal_actor()) = 'regulator');
CREATE POLICY portal_keeps_all ON catalogue_datasetversion TO portal_worker USING ((SELECT portal_actor()) = 'portal');

ALTER TABLE catalogue_agreement ENABLE ROW LEVEL SECURITY;
CREATE POLICY public_reading ON catalogue_agreement FOR SELECT
    USING ((SELECT portal_actor()) IS NOT NULL AND status IN ('granted', 'ended'));
CREATE POLICY seen_by_both_sides ON catalogue_agreement FOR SELECT
    USING ((SELECT portal_actor()) IN ('clerk', 'client')
        AND (provider_id = (SELECT portal_agency()) OR recipient_id = (SELECT portal_agency())));
CREATE POLICY seen_by_authority_and_regulator ON catalogue_agreement FOR SELECT
    USING ((SELECT portal_actor()) IN ('authority', 'regulator'));
CREATE POLICY applied_for_by_the_recipient ON catalogue_agreement FOR INSERT
    WITH CHECK (status = 'applied' AND ((SELECT portal_actor()) = 'authority'
        OR ((SELECT portal_actor()) IN ('clerk', 'client') AND recipient_id = (SELECT portal_agency()))));
CREATE POLICY decided_by_the_provider ON catalogue_agreement FOR UPDATE
    USING ((SELECT portal_actor()) = 'authority'
        OR ((SELECT portal_actor()) IN ('clerk', 'client') AND provider_id = (SELECT portal_agency())));
CREATE POLICY portal_keeps_all ON catalogue_agreement TO portal_worker USING ((SELECT portal_actor()) = 'portal');

ALTER TABLE catalogue_agreement_items ENABLE ROW LEVEL SECURITY;
CREATE POLICY seen_with_the_agreement ON catalogue_agreement_items FOR SELECT
    USING (EXISTS (SELECT FROM catalogue_agreement a WHERE a.id = agreement_id));
CREATE POLICY applied_for_with_the_agreement ON catalogue_agreement_items FOR INSERT
    WITH CHECK (EXISTS (SELECT FROM catalogue_agreement a WHERE a.id = agreement_id AND a.status = 'applied'
        AND ((SELECT portal_actor()) = 'authority'
            OR ((SELECT portal_actor()) IN ('clerk', 'client') AND a.recipient_id = (SELECT portal_agency())))));
CREATE POLICY portal_keeps_all ON catalogue_agreement_items TO portal_worker
    USING ((SELECT portal_actor()) = 'portal');
"""
DROP_POLICIES = """
DROP POLICY public_reading ON catalogue_agency;
DROP POLICY kept_by_the_authority ON catalogue_agency;
DROP POLICY changed_by_the_authority ON catalogue_agency;
DROP POLICY portal_keeps_all ON catalogue_agency;
DROP POLICY public_reading ON catalogue_system;
DROP POLICY kept_by_its_agency ON catalogue_system;
DROP POLICY changed_by_its_agency ON catalogue_system;
DROP POLICY portal_keeps_all ON catalogue_system;
DROP POLICY seen_with_its_dataset ON catalogue_dataitem;
DROP POLICY proposed_with_its_dataset ON catalogue_dataitem;
DROP POLICY changed_with_its_dataset ON catalogue_dataitem;
DROP POLICY portal_keeps_all ON catalogue_dataitem;
DROP POLICY public_reading ON catalogue_dataset;
DROP POLICY seen_by_its_agency ON catalogue_dataset;
DROP POLICY seen_by_authority_and_regulator ON catalogue_dataset;
DROP POLICY proposed_by_its_agency ON catalogue_dataset;
DROP POLICY proposed_anew_by_its_agency ON catalogue_dataset;
DROP POLICY proposed_by_the_authority ON catalogue_dataset;
DROP POLICY decided_by_the_authority ON catalogue_dataset;
DROP POLICY portal_keeps_all ON catalogue_dataset;
DROP POLICY kept_by_its_agency ON catalogue_datasetversion;
DROP POLICY decided_by_the_authority ON catalogue_datasetversion;
DROP POLICY regulator_sees_all ON catalogue_datasetversion;
DROP POLICY portal_keeps_all ON catalogue_datasetversion;
DROP POLICY seen_with_the_agreement ON catalogue_agreement_items;
DROP POLICY applied_for_with_the_agreement ON catalogue_agreement_items;
DROP POLICY portal_keeps_all ON catalogue_agreement_items;
DROP POLICY public_reading ON catalogue_agreement;
DROP POLICY seen_by_both_sides ON catalogue_agreement;
DROP POLICY seen_by_authority_and_regulator ON catalogue_agreement;
DROP POLICY applied_for_by_the_recipient ON catalogue_agreement;
DROP POLICY decided_by_the_provider ON catalogue_agreement;
DROP POLICY portal_keeps_all ON catalogue_agreement;
ALTER TABLE catalogue_agency DISABLE ROW LEVEL SECURITY;
ALTER TABLE catalogue_system DISABLE ROW LEVEL SECURITY;
ALTER TABLE catalogue_dataset DISABLE ROW LEVEL SECURITY;
ALTER TABLE catalogue_dataitem DISABLE ROW LEVEL SECURITY;
ALTER TABLE catalogue_datasetversion DISABLE ROW LEVEL SECURITY;
ALTER TABLE catalogue_agreement DISABLE ROW LEVEL SECURITY;
ALTER TABLE catalogue_agreement_items DISABLE ROW LEVEL SECURITY;
"""


class Migration(migrations.Migration):
    dependencies = [("catalogue", "0001_initial"), ("trail", "0002_walls")]

    operations = [
        migrations.RunSQL(PRIVILEGES, GIVE_BACK),
        migrations.RunSQL(POLICIES, DROP_POLICIES),
    ]
