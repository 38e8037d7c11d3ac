"""The lookup of subject keys is asked, never read: who has a digest gets its key, and nobody sees a list of keys."""

from django.db import migrations

FORWARD = """
CREATE FUNCTION accounts_keys_of(digests bytea[]) RETURNS TABLE (digest bytea, subject_key bytea)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT known.digest, known.subject_key FROM accounts_subjectlookup known
    WHERE portal_actor() IN ('gate', 'client', 'clerk', 'portal') AND known.digest = ANY (digests)
$$;
DROP POLICY found_by_those_given_numbers ON accounts_subjectlookup;
CREATE POLICY registered_by_those_given_numbers ON accounts_subjectlookup FOR INSERT
    WITH CHECK ((SELECT portal_actor()) IN ('gate', 'client', 'clerk'));
ALTER POLICY registered_by_those_given_numbers ON accounts_person
    WITH CHECK ((SELECT portal_actor()) IN ('gate', 'client', 'clerk'));
"""
BACK = """
ALTER POLICY registered_by_those_given_numbers ON accounts_person
    WITH CHECK ((SELECT portal_actor()) IN ('gate', 'client', 'clerk', 'portal'));
DROP POLICY registered_by_those_given_numbers ON accounts_subjectlookup;
CREATE POLICY found_by_those_given_numbers ON accounts_subjectlookup
    USING ((SELECT portal_actor()) IN ('gate', 'client', 'clerk'));
DROP FUNCTION accounts_keys_of(bytea[]);
"""


class Migration(migrations.Migration):
    dependencies = [("accounts", "0008_walls_of_settings")]

    operations = [migrations.RunSQL(FORWARD, BACK)]
