"""What must leave the transaction that decided it: messages to our own tasks, and webhooks to departments."""

from typing import ClassVar

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from portal.trail.fields import BytesField
from portal.trail.ids import new_id


class MessageState(models.TextChoices):
    WAITING = "waiting", "waiting"
    DONE = "done", "done"
    DEAD = "dead", "dead"  # gave up after the last attempt: shown to the operator, never dropped


class Message(models.Model):
    """One message to one consumer task, written with the act that caused it. Payloads hold identifiers only."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    topic = models.CharField(max_length=80)
    task = models.CharField(max_length=80)
    payload = models.JSONField(default=dict)
    state = models.CharField(max_length=8, choices=MessageState.choices, default=MessageState.WAITING)
    attempts = models.PositiveSmallIntegerField(default=0)
    next_attempt_at = models.DateTimeField(
        default=timezone.now
    )  # no db_default: its RETURNING needs SELECT, which web has not
    claimed_until = models.DateTimeField(null=True)  # a worker is at the network with it, outside a transaction
    last_error = models.TextField(default="", blank=True)
    done_at = models.DateTimeField(null=True)

    class Meta:
        indexes: ClassVar = [
            models.Index(
                fields=["next_attempt_at"], condition=models.Q(state="waiting"), name="outbox_messages_waiting"
            ),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(state="done", done_at__isnull=False)
                | (~models.Q(state="done") & models.Q(done_at=None)),
                name="outbox_done_messages_say_when",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.topic} → {self.task} ({self.state})"


class Endpoint(models.Model):
    """Where an agency wants its webhooks, and the secret they are signed with (Standard Webhooks)."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    agency = models.ForeignKey("catalogue.Agency", on_delete=models.PROTECT, related_name="endpoints")
    url = models.URLField(_("address"), max_length=500)
    secret_sealed = BytesField()  # encrypted at rest; see portal.trail.vault
    former_secret_sealed = BytesField(null=True)  # signs too until the given time, after the secret was changed
    former_secret_until = models.DateTimeField(null=True, blank=True)
    active = models.BooleanField(_("active"), default=True)
    created_at = models.DateTimeField(_("registered"))
    switched_off_at = models.DateTimeField(null=True, blank=True)  # the receiver answered 410 Gone

    class Meta:
        verbose_name = _("webhook endpoint")
        verbose_name_plural = _("webhook endpoints")

    def __str__(self) -> str:
        return self.url


class Webhook(models.Model):
    """One event for one endpoint. In order for each endpoint and object, by `sequence`."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    endpoint = models.ForeignKey(Endpoint, on_delete=models.PROTECT, related_name="webhooks")
    event = models.CharField(max_length=60)
    object_id = models.CharField(max_length=120)
    sequence = models.PositiveIntegerField()
    data = models.JSONField()
    created_at = models.DateTimeField()
    delivered_at = models.DateTimeField(null=True)
    given_up_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["endpoint", "object_id", "sequence"], name="outbox_webhooks_are_in_order"),
        ]

    def __str__(self) -> str:
        return f"{self.event} {self.object_id} #{self.sequence}"


class Attempt(models.Model):
    """One try to deliver a webhook, kept and shown."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    webhook = models.ForeignKey(Webhook, on_delete=models.CASCADE, related_name="attempts")
    at = models.DateTimeField()
    status = models.PositiveSmallIntegerField(null=True)  # HTTP status, none if nothing answered
    error = models.CharField(max_length=300, default="", blank=True)
    seconds = models.FloatField()

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M:%S} {self.status or self.error}"


class Heartbeat(models.Model):
    """The last time a worker proved that it still takes work from the broker."""

    worker = models.CharField(primary_key=True, max_length=100)
    token = models.CharField(max_length=40)
    at = models.DateTimeField()

    def __str__(self) -> str:
        return self.worker
