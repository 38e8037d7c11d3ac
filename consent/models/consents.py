"""Consents, every step of them, and the feed of changes for the agencies they concern."""

from typing import ClassVar

import pgtrigger
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from consent.models.purposes import Kind, Notice, Purpose
from consent.states import LIVE, MOVES, STANDING, ConsentState
from portal.trail.append_only import APPEND_ONLY
from portal.trail.fields import BytesField, KeyField
from portal.trail.ids import new_id

Q = models.Q


class Consent(models.Model):
    """One citizen's answer to one purpose, from being asked to its end (同意).

    `parties` are the agencies it concerns: who asks, who receives, who holds the items. Primary key
    `(subject_key, id)`; never in the admin, never the target of a foreign key (design, section 4).
    """

    pk = models.CompositePrimaryKey("subject_key", "id")
    subject_key = KeyField()
    id = models.UUIDField(default=new_id)
    purpose = models.ForeignKey(Purpose, on_delete=models.PROTECT, related_name="+", db_index=False)
    notice = models.ForeignKey(Notice, on_delete=models.PROTECT, related_name="+", db_index=False)
    kind = models.CharField(max_length=12, choices=Kind)
    recipients = ArrayField(models.UUIDField())
    parties = ArrayField(models.UUIDField())
    items = ArrayField(models.UUIDField(), default=list)  # chosen one by one; none before it is given
    language = models.CharField(max_length=10, default="", blank=True)  # in which the notice was shown
    state = models.CharField(max_length=10, choices=ConsentState, default=ConsentState.REQUESTED)
    asked_at = models.DateTimeField()
    asked_by = models.UUIDField()  # the agency
    answer_by = models.DateTimeField()
    decided_at = models.DateTimeField(null=True)
    valid_from = models.DateTimeField(null=True)
    valid_until = models.DateTimeField(null=True)
    paused_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    used_at = models.DateTimeField(null=True)  # a single use, once it was used
    ask_again_after = models.DateTimeField(null=True)
    acted_by = models.UUIDField(null=True)  # who decided
    on_behalf_of = KeyField(null=True)

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["subject_key", "purpose", "-asked_at"], name="consent_newest_of_a_purpose"),
            models.Index(fields=["valid_until"], condition=Q(state__in=STANDING), name="consent_standing_by_end"),
            models.Index(fields=["purpose"], condition=Q(state__in=LIVE), name="consent_live_of_a_purpose"),
            models.Index(fields=["answer_by"], condition=Q(state="requested"), name="consent_asked_by_end"),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["subject_key", "purpose"], condition=Q(state__in=LIVE), name="consent_one_live_a_purpose"
            ),
            models.CheckConstraint(
                condition=~Q(state__in=STANDING)
                | (
                    Q(items__len__gte=1)
                    & Q(valid_from__isnull=False, valid_until__isnull=False, decided_at__isnull=False)
                    & ~Q(language="")
                ),
                name="consent_given_says_what_until_when_and_to_which_text",
            ),
            models.CheckConstraint(
                condition=Q(valid_until=None) | Q(valid_until__gt=models.F("valid_from")),
                name="consent_ends_after_it_begins",
            ),
            models.CheckConstraint(
                condition=Q(state="paused", paused_at__isnull=False) | (~Q(state="paused") & Q(paused_at=None)),
                name="consent_paused_says_since_when",
            ),
            models.CheckConstraint(
                condition=Q(state__in=LIVE, ended_at=None) | (~Q(state__in=LIVE) & Q(ended_at__isnull=False)),
                name="consent_ended_says_when",
            ),
            models.CheckConstraint(
                condition=Q(used_at=None) | Q(kind=Kind.SINGLE_USE), name="consent_only_a_single_use_is_used_up"
            ),
        ]
        triggers: ClassVar = [
            pgtrigger.Protect(name="never_removed", operation=pgtrigger.Delete),
            pgtrigger.ReadOnly(
                name="question_stands",
                fields=["subject_key", "id", "purpose", "kind", "recipients", "parties", "asked_at", "asked_by"],
            ),
            pgtrigger.FSM(
                name="moves_as_the_table_says",
                field="state",
                transitions=[(before.value, after.value) for before, ends in MOVES.items() for after in sorted(ends)],
            ),
        ]

    def __str__(self) -> str:
        return f"{self.id} {self.state}"


class Move(models.TextChoices):
    """What happened to a consent: the last part of its events' names, for webhooks, trail and feed alike."""

    REQUESTED = "requested", _("asked")
    GIVEN = "given", _("allowed")
    REFUSED = "refused", _("not allowed")
    LAPSED = "lapsed", _("not answered in time")
    SUPERSEDED = "superseded", _("replaced by a newer question")
    PAUSED = "paused", _("paused")
    RESUMED = "resumed", _("resumed")
    WITHDRAWN = "withdrawn", _("stopped")
    EXPIRED = "expired", _("ended on its day")
    USED = "used", _("used once, and so ended")
    SHORTENED = "shortened", _("made shorter")


class Way(models.TextChoices):
    """By what way somebody took a step: a withdrawal must say it (design, section 4)."""

    PAGE = "page", _("on its page")
    TOGETHER = "together", _("together with others")
    MAIL = "mail", _("by the link in a mail")
    CLOSING = "closing", _("when the account was closed")


class ConsentEvent(models.Model):
    """One step of a consent, with what was shown and who acted. Append-only; a receipt where one was made."""

    pk = models.CompositePrimaryKey("subject_key", "id")
    subject_key = KeyField()
    id = models.UUIDField(default=new_id)
    consent_id = models.UUIDField()
    move = models.CharField(max_length=12, choices=Move)
    at = models.DateTimeField()
    actor_kind = models.CharField(max_length=12)
    actor_user = models.UUIDField(null=True)
    actor_agency = models.UUIDField(null=True)
    actor_client = models.CharField(max_length=100, default="", blank=True)
    on_behalf_of = KeyField(null=True)
    notice_version = models.PositiveIntegerField()
    notice_hash = BytesField(max_length=32, null=True)  # null where nothing was shown
    language = models.CharField(max_length=10, default="", blank=True)
    items = ArrayField(models.UUIDField(), default=list)
    valid_until = models.DateTimeField(null=True)
    parties = ArrayField(models.UUIDField())
    way = models.CharField(max_length=8, choices=Way, default="", blank=True)  # of a citizen's step
    receipt = models.TextField(default="", blank=True)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["subject_key", "consent_id", "at"], name="consent_events_in_order")]
        triggers: ClassVar = APPEND_ONLY

    def __str__(self) -> str:
        return f"{self.consent_id} {self.move}"


class ConsentChange(models.Model):
    """One step as one agency hears of it. `position` is dense for each agency and the cursor of its feed.

    Written in the transaction of the step, which the column `xid` (0002_walls) keeps; `consent.sequence` numbers
    it once no older transaction can still commit, so that who has seen a position has seen all before it.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    agency = models.ForeignKey("catalogue.Agency", on_delete=models.PROTECT, related_name="+", db_index=False)
    subject_key = KeyField()
    consent_id = models.UUIDField()
    purpose = models.ForeignKey(Purpose, on_delete=models.PROTECT, related_name="+", db_index=False)
    move = models.CharField(max_length=12, choices=Move)
    at = models.DateTimeField()
    valid_until = models.DateTimeField(null=True)
    caused_by = models.UUIDField(null=True)  # the agency whose act it was
    position = models.PositiveBigIntegerField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["agency", "position"], name="consent_feed_positions_are_unique"),
        ]
        triggers: ClassVar = [
            pgtrigger.Protect(name="never_removed", operation=pgtrigger.Delete),
            pgtrigger.Protect(
                name="position_stands", operation=pgtrigger.Update, condition=pgtrigger.Q(old__position__isnull=False)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.agency_id} {self.position} {self.move}"
