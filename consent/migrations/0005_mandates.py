"""Somebody who acts for another sees and answers as far as their mandate goes: its acts, and its agencies."""

from django.db import migrations

READS = "((SELECT portal_may('see')) OR (SELECT portal_may('consent')))"
PARTIES = "((SELECT portal_within()) IS NULL OR parties && (SELECT portal_within())::uuid[])"
CALLER = (
    "((SELECT portal_within()) IS NULL OR caller_id = ANY ((SELECT portal_within())::uuid[])"
    " OR recipient_id = ANY ((SELECT portal_within())::uuid[]))"
)
FORWARD = f"""
CREATE POLICY as_far_as_the_mandate_goes ON consent_consent AS RESTRICTIVE FOR SELECT USING ({READS} AND {PARTIES});
CREATE POLICY answered_under_a_mandate_to ON consent_consent AS RESTRICTIVE FOR UPDATE
    USING ((SELECT portal_may('consent')));
CREATE POLICY as_far_as_the_mandate_goes ON consent_consentevent AS RESTRICTIVE FOR SELECT
    USING ({READS} AND {PARTIES});
CREATE POLICY written_under_a_mandate_to ON consent_consentevent AS RESTRICTIVE FOR INSERT
    WITH CHECK ((SELECT portal_may('consent')));
CREATE POLICY as_far_as_the_mandate_goes ON consent_decision AS RESTRICTIVE FOR SELECT USING ({READS} AND {CALLER});
"""
BACK = """
DROP POLICY as_far_as_the_mandate_goes ON consent_decision;
DROP POLICY written_under_a_mandate_to ON consent_consentevent;
DROP POLICY as_far_as_the_mandate_goes ON consent_consentevent;
DROP POLICY answered_under_a_mandate_to ON consent_consent;
DROP POLICY as_far_as_the_mandate_goes ON consent_consent;
"""


class Migration(migrations.Migration):
    dependencies = [("consent", "0004_decisions_stand"), ("trail", "0004_mandates")]

    operations = [migrations.RunSQL(FORWARD, BACK)]
