"""What a second person decided stands: neither who nor when is written again."""

import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [
        ("catalogue", "0002_walls"),
    ]

    operations = [
        pgtrigger.migrations.AddTrigger(
            model_name="agreement",
            trigger=pgtrigger.compiler.Trigger(
                name="decision_stands",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition='WHEN (OLD."decided_at" IS NOT NULL AND (OLD."decided_by" IS DISTINCT FROM (NEW."decided_by") OR OLD."decided_at" IS DISTINCT FROM (NEW."decided_at")))',
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;",
                    hash="b82af4a337c397a8ee0dea4db3590e6ddcc1f383",
                    operation="UPDATE",
                    pgid="pgtrigger_decision_stands_a1c67",
                    table="catalogue_agreement",
                    when="BEFORE",
                ),
            ),
        ),
    ]
