"""Bodies of single calls."""

from rest_framework import serializers

from portal.ledger.models import Finding, NoteKind


class NoteBody(serializers.Serializer):  # type: ignore[type-arg]  # not subscriptable at run time
    kind = serializers.ChoiceField(choices=[NoteKind.DISPOSAL.value, NoteKind.CORRECTION.value, NoteKind.ANSWER.value])
    text = serializers.CharField(max_length=2000)
    evidence = serializers.CharField(max_length=500, required=False, allow_blank=True, default="")


class CountBody(serializers.Serializer):  # type: ignore[type-arg]  # not subscriptable at run time
    sent = serializers.IntegerField(min_value=0, max_value=2**63 - 1)
    denied = serializers.IntegerField(min_value=0, max_value=2**63 - 1, required=False, default=0)


class DoubtBody(serializers.Serializer):  # type: ignore[type-arg]  # as above
    items = serializers.ListField(child=serializers.CharField(max_length=100), max_length=200, required=False)
    text = serializers.CharField(max_length=2000)


class ReportBody(serializers.Serializer):  # type: ignore[type-arg]  # as above
    finding = serializers.ChoiceField(choices=Finding.values)
    text = serializers.CharField(max_length=2000)
