"""What policies may ask of somebody who acts for another: who they are themselves, what they may do, with whom.

Without a mandate every answer is "yes": people do with their own record as they like. portal_subject() itself is
bound to the representation in portal.representation, whose table it asks.
"""

from django.db import migrations

FORWARD = """
CREATE FUNCTION portal_user() RETURNS uuid LANGUAGE sql STABLE PARALLEL SAFE AS
$$ SELECT nullif(current_setting('portal.user', true), '')::uuid $$;
CREATE FUNCTION portal_self() RETURNS bytea LANGUAGE sql STABLE PARALLEL SAFE AS
$$ SELECT decode(nullif(current_setting('portal.self', true), ''), 'hex') $$;
CREATE FUNCTION portal_represents() RETURNS boolean LANGUAGE sql STABLE PARALLEL SAFE AS
$$ SELECT coalesce(current_setting('portal.representation', true), '') <> '' $$;
CREATE FUNCTION portal_may(act text) RETURNS boolean LANGUAGE sql STABLE PARALLEL SAFE AS
$$ SELECT NOT portal_represents() OR act = ANY (string_to_array(current_setting('portal.acts', true), ',')) $$;
CREATE FUNCTION portal_within() RETURNS uuid[] LANGUAGE sql STABLE PARALLEL SAFE AS
$$ SELECT string_to_array(nullif(current_setting('portal.within', true), ''), ',')::uuid[] $$;
"""
BACK = """
DROP FUNCTION portal_within();
DROP FUNCTION portal_may(text);
DROP FUNCTION portal_represents();
DROP FUNCTION portal_self();
DROP FUNCTION portal_user();
"""


class Migration(migrations.Migration):
    dependencies = [("trail", "0003_in_ones_own_name")]

    operations = [migrations.RunSQL(FORWARD, BACK)]
