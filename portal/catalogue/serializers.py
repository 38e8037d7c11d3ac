"""Datasets as the departments' API writes them; what departments send is checked by portal.catalogue.payload."""

from typing import Any, ClassVar

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from portal.catalogue import queries
from portal.catalogue.models import DataItem, Dataset
from portal.catalogue.payload import CHOICES, REQUIRED, TEXTS
from portal.catalogue.words import SpecialCategory


class ItemSerializer(serializers.ModelSerializer[DataItem]):
    """One data item."""

    class Meta:
        model = DataItem
        fields: ClassVar = ["code", "name_zh", "name_en", "special_category"]


class DatasetPayload(serializers.Serializer[Any]):
    """What PUT takes; for the schema alone."""

    code = serializers.CharField(required=False, help_text="As in the address, if it is given.")
    agency = serializers.CharField(required=False, help_text="Your own, if it is given.")
    system = serializers.CharField(required=False)
    source_of_truth = serializers.CharField(required=False)
    special_categories = serializers.ListField(
        child=serializers.ChoiceField(choices=SpecialCategory.choices), required=False
    )
    items = ItemSerializer(many=True)

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        fields = super().get_fields()
        for name, limit in TEXTS.items():
            fields[name] = serializers.CharField(max_length=limit, required=name in REQUIRED)
        for name, (vocabulary, _default) in CHOICES.items():
            fields[name] = serializers.ChoiceField(choices=vocabulary.choices, required=name in REQUIRED)
        return fields


class DatasetSerializer(serializers.ModelSerializer[Dataset]):
    """A dataset as it stands, and whether a proposal of it waits."""

    agency = serializers.SlugRelatedField[Any](slug_field="code", read_only=True)
    system = serializers.SlugRelatedField[Any](slug_field="code", read_only=True, allow_null=True)
    source_of_truth = serializers.SlugRelatedField[Any](slug_field="code", read_only=True, allow_null=True)
    items = serializers.SerializerMethodField()
    waits_for_approval = serializers.SerializerMethodField()

    class Meta:
        model = Dataset
        fields: ClassVar = [
            "code",
            "agency",
            "system",
            "source_of_truth",
            *TEXTS,
            *CHOICES,
            "special_categories",
            "items",
            "status",
            "version",
            "published_at",
            "waits_for_approval",
        ]

    @extend_schema_field(ItemSerializer(many=True))
    def get_items(self, row: Dataset) -> list[dict[str, Any]]:
        return [dict(ItemSerializer(item).data) for item in queries.items_of(row)]

    def get_waits_for_approval(self, row: Dataset) -> bool:
        """Known to the owning agency only; to others it is false."""
        return queries.open_proposal(row) is not None
