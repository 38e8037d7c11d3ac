"""What a second person decided stands: neither who nor when is written again."""

import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [
        ("consent", "0003_in_ones_own_name"),
    ]

    operations = [
        pgtrigger.migrations.AddTrigger(
            model_name="purpose",
            trigger=pgtrigger.compiler.Trigger(
                name="approval_stands",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition='WHEN (OLD."approved_at" IS NOT NULL AND (OLD."approved_by" IS DISTINCT FROM (NEW."approved_by") OR OLD."approved_at" IS DISTINCT FROM (NEW."approved_at")))',
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;",
                    hash="82d6dc3ac3e8ffe47d639fe1b86b797d8f65867d",
                    operation="UPDATE",
                    pgid="pgtrigger_approval_stands_cca22",
                    table="consent_purpose",
                    when="BEFORE",
                ),
            ),
        ),
    ]
