"""Letters to people: what happened to their data, and what needs them."""

from typing import Any, ClassVar

from django.db import models

from portal.inbox import kinds
from portal.trail.fields import KeyField
from portal.trail.ids import new_id


class Letter(models.Model):
    """One thing a person was told. Parameters are identifiers and names of agencies and purposes, nothing personal."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    subject_key = KeyField()
    kind = models.CharField(max_length=40)
    params = models.JSONField(default=dict)
    about_kind = models.CharField(max_length=60, default="", blank=True)
    about_id = models.CharField(max_length=80, default="", blank=True)
    created_at = models.DateTimeField()
    read_at = models.DateTimeField(null=True)

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["subject_key", "-created_at"], name="inbox_letters_of_a_person"),
            models.Index(fields=["subject_key"], condition=models.Q(read_at=None), name="inbox_unread_letters"),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(condition=models.Q(kind__in=sorted(kinds.KINDS)), name="inbox_kinds_are_known"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.created_at:%Y-%m-%d}"

    @property
    def _kind(self) -> kinds.Kind:
        return kinds.KINDS[self.kind]

    @property
    def subject(self) -> str:
        return kinds.filled(self._kind.subject, self._params)

    @property
    def body(self) -> str:
        return kinds.filled(self._kind.body, self._params)

    @property
    def needs_answer(self) -> bool:
        return self._kind.needs_answer

    @property
    def page(self) -> str:
        """Where the reader goes from here; empty when it is about nothing."""
        return kinds.address(self._kind, self.about_id) if self.about_id else ""

    @property
    def _params(self) -> dict[str, Any]:
        params: dict[str, Any] = self.params
        return params
