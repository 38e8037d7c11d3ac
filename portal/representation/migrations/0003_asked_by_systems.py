"""What a departmental system may ask before it sends somebody here: two yes-or-no questions, and no row.

Both are asked about people whom the system names itself, and are answered to systems alone.
"""

from django.db import migrations

FORWARD = """
CREATE FUNCTION representation_has_guardian(subject bytea) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT portal_actor() = 'client' AND EXISTS (
        SELECT FROM representation_representation r
        WHERE r.subject_key = subject AND r.kind = 'adult' AND r.state = 'proven'
          AND (r.valid_until IS NULL OR r.valid_until > now()))
$$;
CREATE FUNCTION representation_may_consent(holder bytea, subject bytea, agency uuid) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT portal_actor() = 'client' AND EXISTS (
        SELECT FROM representation_representation r
        WHERE r.subject_key = subject AND r.representative_key = holder AND r.state = 'proven'
          AND 'consent' = ANY (r.acts) AND (cardinality(r.agencies) = 0 OR agency = ANY (r.agencies))
          AND (r.valid_until IS NULL OR r.valid_until > now()))
$$;
"""
BACK = """
DROP FUNCTION representation_may_consent(bytea, bytea, uuid);
DROP FUNCTION representation_has_guardian(bytea);
"""


class Migration(migrations.Migration):
    dependencies = [("representation", "0002_walls")]

    operations = [migrations.RunSQL(FORWARD, BACK)]
