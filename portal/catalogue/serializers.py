"""Datasets as the departments' API writes them; what departments send is checked by portal.catalogue.payload."""

from typing import Any, ClassVar

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from portal.catalogue import queries
from portal.catalogue.models import DataItem, Dataset
from portal.catalogue.payload import CHOICES, DATES, REGISTERED, REQUIRED, TEXTS
from portal.catalogue.words import Right, SpecialCategory


class ItemSerializer(serializers.ModelSerializer[DataItem]):
    """One data item."""

    class Meta:
        model = DataItem
        fields: ClassVar = [
            "code", "name_zh", "name_en", "special_category", "data_element", "code_list", "no_standard",
        ]  # fmt: skip


class RightSerializer(serializers.Serializer[Any]):
    """Who holds which right in a dataset; a provision, or `undetermined`."""

    right = serializers.ChoiceField(choices=Right.choices)
    holder = serializers.CharField(max_length=300, required=False)
    condition_zh = serializers.CharField(max_length=500, required=False)
    condition_en = serializers.CharField(max_length=500, required=False)
    until = serializers.DateField(required=False)
    provision_zh = serializers.CharField(max_length=500, required=False)
    provision_en = serializers.CharField(max_length=500, required=False)
    undetermined = serializers.BooleanField(required=False)


class WarningSerializer(serializers.Serializer[Any]):
    """An item that another agency shares already."""

    item = serializers.CharField()
    dataset = serializers.CharField(help_text="The other agency's dataset.")


class DatasetPayload(serializers.Serializer[Any]):
    """What PUT takes; for the schema alone."""

    code = serializers.CharField(required=False, help_text="As in the address, if it is given.")
    agency = serializers.CharField(required=False, help_text="Your own, if it is given.")
    system = serializers.CharField(required=False)
    source_of_truth = serializers.CharField(required=False)
    special_categories = serializers.ListField(
        child=serializers.ChoiceField(choices=SpecialCategory.choices), required=False
    )
    ownership = RightSerializer(many=True)
    items = ItemSerializer(many=True)

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        fields = super().get_fields()
        for name, limit in TEXTS.items():
            fields[name] = serializers.CharField(max_length=limit, required=name in REQUIRED | REGISTERED)
        for name in DATES:
            fields[name] = serializers.DateField(required=name in REGISTERED)
        for name, (vocabulary, _default) in CHOICES.items():
            fields[name] = serializers.ChoiceField(choices=vocabulary.choices, required=name in REQUIRED)
        return fields


class DatasetSerializer(serializers.ModelSerializer[Dataset]):
    """A dataset as it stands, and whether a proposal of it waits."""

    agency = serializers.SlugRelatedField[Any](slug_field="code", read_only=True)
    system = serializers.SlugRelatedField[Any](slug_field="code", read_only=True, allow_null=True)
    source_of_truth = serializers.SlugRelatedField[Any](slug_field="code", read_only=True, allow_null=True)
    items = serializers.SerializerMethodField()
    ownership = RightSerializer(many=True, read_only=True)
    waits_for_approval = serializers.SerializerMethodField()
    warnings = serializers.SerializerMethodField()

    class Meta:
        model = Dataset
        fields: ClassVar = [
            "code",
            "agency",
            "system",
            "source_of_truth",
            *TEXTS,
            *CHOICES,
            *DATES,
            "special_categories",
            "ownership",
            "items",
            "status",
            "version",
            "published_at",
            "waits_for_approval",
            "warnings",
        ]

    @extend_schema_field(ItemSerializer(many=True))
    def get_items(self, row: Dataset) -> list[dict[str, Any]]:
        return [dict(ItemSerializer(item).data) for item in queries.items_of(row)]

    @extend_schema_field(WarningSerializer(many=True))
    def get_warnings(self, row: Dataset) -> list[dict[str, str]]:
        """What you could get by sharing instead of collecting it again; told to the owning agency only."""
        found = queries.already_shared(row) if queries.open_proposal(row) else []
        return [{"item": item, "dataset": dataset} for item, dataset in found]

    def get_waits_for_approval(self, row: Dataset) -> bool:
        """Known to the owning agency only; to others it is false."""
        return queries.open_proposal(row) is not None
