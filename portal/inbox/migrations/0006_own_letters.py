"""Letters are their reader's own: whoever acts for somebody does not read that person's inbox."""

from django.db import migrations

FORWARD = """
CREATE POLICY read_by_nobody_else ON inbox_letter AS RESTRICTIVE FOR SELECT USING (NOT (SELECT portal_represents()));
CREATE POLICY marked_by_nobody_else ON inbox_letter AS RESTRICTIVE FOR UPDATE USING (NOT (SELECT portal_represents()));
"""
BACK = """
DROP POLICY read_by_nobody_else ON inbox_letter;
DROP POLICY marked_by_nobody_else ON inbox_letter;
"""


class Migration(migrations.Migration):
    dependencies = [("inbox", "0005_letters_about_representation"), ("trail", "0004_mandates")]

    operations = [migrations.RunSQL(FORWARD, BACK)]
