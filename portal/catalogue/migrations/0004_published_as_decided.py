"""A dataset is published only as a second person decided: there is an approved version, and who approved it is not
who proposed it. Checked when the transaction ends, since version and dataset are written one after the other."""

from django.db import migrations

FORWARD = """
CREATE FUNCTION catalogue_published_as_decided() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM catalogue_datasetversion v WHERE v.dataset_id = NEW.id AND v.number = NEW.version
                   AND v.status = 'approved' AND v.decided_by <> '' AND v.decided_by <> v.proposed_by) THEN
        RAISE EXCEPTION 'pgtrigger: version % of % was approved by nobody', NEW.version, NEW.code;
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER published_as_decided AFTER INSERT OR UPDATE OF version ON catalogue_dataset
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.version > 0)
    EXECUTE FUNCTION catalogue_published_as_decided();
"""
BACK = """
DROP TRIGGER published_as_decided ON catalogue_dataset;
DROP FUNCTION catalogue_published_as_decided();
"""


class Migration(migrations.Migration):
    dependencies = [("catalogue", "0003_decisions_stand")]

    operations = [migrations.RunSQL(FORWARD, BACK)]
