"""What the public search looks through, and the extension that finds what is nearly right."""

import django.contrib.postgres.fields
import django.contrib.postgres.indexes
import django.contrib.postgres.search
import django.db.models.deletion
from django.contrib.postgres.operations import TrigramExtension
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("catalogue", "0004_published_as_decided"),
    ]

    operations = [
        # A trusted extension: the database's owner may create it (PostgreSQL 13).
        TrigramExtension(),
        migrations.CreateModel(
            name="Listing",
            fields=[
                (
                    "dataset",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        related_name="listing",
                        serialize=False,
                        to="catalogue.dataset",
                    ),
                ),
                ("code", models.CharField(max_length=120, unique=True)),
                ("kind", models.CharField(max_length=16)),
                ("sharing", models.CharField(max_length=16)),
                ("classification", models.CharField(max_length=16)),
                ("basis", models.CharField(max_length=20)),
                ("opening", models.CharField(max_length=16)),
                (
                    "special_categories",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=20), default=list, size=None
                    ),
                ),
                ("names", models.TextField()),
                ("words", django.contrib.postgres.search.SearchVectorField()),
                (
                    "agency",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="listings", to="catalogue.agency"
                    ),
                ),
            ],
            options={
                "ordering": ("code",),
                "indexes": [
                    models.Index(fields=["agency", "code"], name="catalogue_listing_of_agency"),
                    django.contrib.postgres.indexes.GinIndex(fields=["words"], name="catalogue_listing_words"),
                    django.contrib.postgres.indexes.GinIndex(
                        fields=["names"], name="catalogue_listing_nearly", opclasses=["gin_trgm_ops"]
                    ),
                    django.contrib.postgres.indexes.GinIndex(
                        fields=["special_categories"], name="catalogue_listing_special"
                    ),
                ],
            },
        ),
    ]
