"""The trail's rows, and the tree that seals them together with the ledger's batches."""

from typing import ClassVar

from django.db import models

from portal.trail.actor import ActorKind
from portal.trail.append_only import APPEND_ONLY
from portal.trail.fields import BytesField, KeyField
from portal.trail.ids import new_id


class Entry(models.Model):
    """One act in the portal: who did what to which thing, when, for whom. Identifiers only, no personal data."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    at = models.DateTimeField()
    event = models.CharField(max_length=80)  # app.noun.participle
    actor_kind = models.CharField(max_length=16, choices=ActorKind.choices)
    actor_user = models.UUIDField(null=True)
    actor_agency = models.UUIDField(null=True)
    actor_client = models.CharField(max_length=100, default="")
    on_behalf_of = KeyField(null=True)
    about_kind = models.CharField(max_length=60, default="")  # app.Model
    about_id = models.CharField(max_length=120, default="")
    subject_key = KeyField(null=True)  # whose record it concerns
    agency_id = models.UUIDField(null=True)  # which agency it concerns
    facts = models.JSONField(default=dict)
    salt = BytesField(max_length=16)  # so that nobody can guess a sealed row from its leaf
    leaf = BytesField(max_length=32)

    class Meta:
        verbose_name_plural = "entries"
        indexes: ClassVar = [
            models.Index(fields=["subject_key", "-at"], name="trail_by_subject"),
            models.Index(fields=["agency_id", "-at"], name="trail_by_agency"),
            models.Index(fields=["about_kind", "about_id", "at"], name="trail_by_object"),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(event__regex=r"^[a-z_]+(\.[a-z_]+){2,3}$"), name="trail_event_is_app_noun_participle"
            ),
        ]
        triggers: ClassVar = APPEND_ONLY

    def __str__(self) -> str:
        return f"{self.event} {self.at:%Y-%m-%d %H:%M:%S}"


class Pending(models.Model):
    """A leaf that waits for its position, with the transaction that wrote it (`xid8`)."""

    pk = models.CompositePrimaryKey("kind", "row_id")
    kind = models.CharField(max_length=40)
    row_id = models.UUIDField()
    leaf = BytesField(max_length=32)
    xid = models.BigIntegerField()  # xid8 in the database: see migration 0002


class Leaf(models.Model):
    """A leaf at its position in the one tree; positions are dense and are the cursors of every feed."""

    position = models.BigIntegerField(primary_key=True)
    kind = models.CharField(max_length=40)
    row_id = models.UUIDField()
    hash = BytesField(max_length=32)

    class Meta:
        verbose_name_plural = "leaves"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["kind", "row_id"], name="trail_row_has_one_leaf"),
            models.CheckConstraint(condition=models.Q(position__gte=0), name="trail_positions_start_at_zero"),
        ]
        triggers: ClassVar = APPEND_ONLY

    def __str__(self) -> str:
        return f"{self.position} {self.kind}"


class Node(models.Model):
    """A complete subtree above the leaves: `level` ≥ 1, covering 2**level leaves from index * 2**level."""

    pk = models.CompositePrimaryKey("level", "index")
    level = models.SmallIntegerField()
    index = models.BigIntegerField()
    hash = BytesField(max_length=32)

    class Meta:
        triggers: ClassVar = APPEND_ONLY


class Head(models.Model):
    """A signed tree head: the root over the first `size` leaves."""

    size = models.BigIntegerField(primary_key=True)
    root = BytesField(max_length=32)
    at = models.DateTimeField()
    signature = models.TextField()  # compact JWS over size, root and instant

    class Meta:
        triggers: ClassVar = APPEND_ONLY

    def __str__(self) -> str:
        return f"{self.size} {self.root.hex()[:16]}"
