"""Sessions in a table of our own. Those that were open end: no door stamped them, so they would end anyway."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0010_mandates"),
    ]

    operations = [
        migrations.CreateModel(
            name="Session",
            fields=[
                (
                    "session_key",
                    models.CharField(max_length=40, primary_key=True, serialize=False, verbose_name="session key"),
                ),
                ("session_data", models.TextField(verbose_name="session data")),
                ("expire_date", models.DateTimeField(db_index=True, verbose_name="expire date")),
                ("provider", models.CharField(blank=True, default="", max_length=31)),
                ("subject", models.CharField(blank=True, default="", max_length=255)),
                ("sid", models.CharField(blank=True, default="", max_length=255)),
                (
                    "user",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="sessions",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(
                        condition=models.Q(("sid", ""), _negated=True),
                        fields=["provider", "sid"],
                        name="accounts_session_by_sid",
                    ),
                    models.Index(
                        condition=models.Q(("subject", ""), _negated=True),
                        fields=["provider", "subject"],
                        name="accounts_session_by_subject",
                    ),
                ],
            },
        ),
        migrations.RemoveIndex(model_name="usersession", name="accounts_sessions_by_sid"),
        migrations.RemoveField(model_name="usersession", name="sid"),
        migrations.AlterField(
            model_name="usersession",
            name="user",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="devices", to=settings.AUTH_USER_MODEL
            ),
        ),
    ]
