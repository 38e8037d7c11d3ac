"""Somebody who acts for another sees of the ledger what their mandate covers: its acts, and its agencies.

Holdings are also shown to whoever may file a request: they must know what can be asked for.
"""

from django.db import migrations

WITHIN = "((SELECT portal_within()) IS NULL OR {columns})"
ONE = "agency_id = ANY ((SELECT portal_within())::uuid[])"
BOTH = "provider_id = ANY ((SELECT portal_within())::uuid[]) OR recipient_id = ANY ((SELECT portal_within())::uuid[])"
SEE = "(SELECT portal_may('see'))"
SEE_OR_FILE = "((SELECT portal_may('see')) OR (SELECT portal_may('file')))"
RULES = {
    "ledger_holding": (SEE_OR_FILE, ONE),
    "ledger_holdingchange": (SEE, ONE),
    "ledger_sharingevent": (SEE, BOTH),
    "ledger_sharingnote": (SEE, BOTH),
}


class Migration(migrations.Migration):
    dependencies = [("ledger", "0003_partition_walls"), ("trail", "0004_mandates")]

    operations = [
        migrations.RunSQL(
            "\n".join(
                f"CREATE POLICY as_far_as_the_mandate_goes ON {table} AS RESTRICTIVE FOR SELECT"
                f" USING ({may} AND {WITHIN.format(columns=columns)});"
                for table, (may, columns) in RULES.items()
            ),
            "\n".join(f"DROP POLICY as_far_as_the_mandate_goes ON {table};" for table in RULES),
        )
    ]
