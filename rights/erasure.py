"""What an agency took away and why: the statement of an erasure, and what was blacked out in a file."""

from typing import ClassVar

import pgtrigger
from django.db import models

from portal.trail.append_only import APPEND_ONLY
from portal.trail.fields import KeyField
from portal.trail.ids import new_id

Q = models.Q


class Erasure(models.Model):
    """One prepares it, another person of the agency confirms it; then the part can be answered.

    What a law has kept is only stored from then on (PIPL 47(2)): `kept` says what, `kept_until` until when, or
    `kept_article` by which provision where no day can be told.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    part = models.ForeignKey("rights.Part", on_delete=models.PROTECT, related_name="erasures")
    agency_id = models.UUIDField()
    subject_key = KeyField()
    erased = models.TextField()
    method = models.TextField()
    erased_at = models.DateTimeField()
    kept = models.TextField(default="", blank=True)
    kept_until = models.DateField(null=True)
    kept_article = models.CharField(max_length=80, default="", blank=True)
    prepared_at = models.DateTimeField()
    prepared_by = models.UUIDField(null=True)
    prepared_by_client = models.CharField(max_length=100, default="", blank=True)
    confirmed_at = models.DateTimeField(null=True)
    confirmed_by = models.UUIDField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=~Q(prepared_by=models.F("confirmed_by")), name="rights_a_second_person_confirms_erasure"
            ),
            models.CheckConstraint(
                condition=Q(confirmed_at=None, confirmed_by=None)
                | Q(confirmed_at__isnull=False, confirmed_by__isnull=False),
                name="rights_confirmed_erasures_say_by_whom",
            ),
            models.CheckConstraint(
                condition=Q(kept="", kept_until=None, kept_article="") | ~Q(kept="") & ~Q(kept_article=""),
                name="rights_what_is_kept_has_its_provision",
            ),
            models.UniqueConstraint(
                fields=["part"], condition=Q(confirmed_at=None), name="rights_one_open_statement_a_part"
            ),
        ]
        triggers: ClassVar = [
            pgtrigger.Protect(
                name="statement_stands",
                operation=pgtrigger.Update,
                condition=pgtrigger.Q(old__confirmed_at__isnull=False),
            ),
            pgtrigger.Protect(
                name="confirmed_is_kept",
                operation=pgtrigger.Delete,
                condition=pgtrigger.Q(old__confirmed_at__isnull=False),
            ),
        ]


class Blackout(models.Model):
    """Something was blacked out in a file of an answer, and why; never what it was."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    part = models.ForeignKey("rights.Part", on_delete=models.PROTECT, related_name="blackouts")
    agency_id = models.UUIDField()
    subject_key = KeyField()
    file = models.CharField(max_length=120)  # its name
    places = models.PositiveIntegerField()
    reason = models.TextField()
    at = models.DateTimeField()
    by = models.UUIDField(null=True)

    class Meta:
        triggers: ClassVar = APPEND_ONLY
        constraints: ClassVar = [models.CheckConstraint(condition=~Q(reason=""), name="rights_blackouts_say_why")]
