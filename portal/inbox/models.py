"""Letters to people: what happened to their data, and what needs them; and when they are mailed about them."""

from typing import Any, ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from portal.inbox import kinds
from portal.inbox.hours import Quiet
from portal.trail.fields import KeyField
from portal.trail.ids import new_id


class MailWhen(models.TextChoices):
    """How often somebody wants to be mailed about their letters."""

    AT_ONCE = "at_once", _("A mail for each message, at once")
    DAILY = "daily", _("One mail a day, at 8 in the morning")
    WEEKLY = "weekly", _("One mail a week, on Monday at 8 in the morning")
    NEVER = "never", _("No mail about messages")


class Preference(models.Model):
    """When a person wants mail about their letters. Without a row: at once, whatever the hour."""

    subject_key = KeyField(primary_key=True)
    mail_when = models.CharField(max_length=8, choices=MailWhen, default=MailWhen.AT_ONCE)
    quiet_from = models.TimeField(null=True)
    quiet_until = models.TimeField(null=True)
    changed_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(quiet_from=None, quiet_until=None)
                | (models.Q(quiet_from__isnull=False) & ~models.Q(quiet_from=models.F("quiet_until"))),
                name="inbox_quiet_hours_have_two_ends",
            ),
            models.CheckConstraint(
                condition=models.Q(quiet_from=None) | models.Q(quiet_until__isnull=False),
                name="inbox_quiet_hours_end",
            ),
            models.CheckConstraint(condition=models.Q(mail_when__in=MailWhen.values), name="inbox_mail_when_is_known"),
        ]

    def __str__(self) -> str:
        return self.mail_when

    @property
    def quiet(self) -> Quiet:
        """The quiet hours, if there are any."""
        if self.quiet_from is None or self.quiet_until is None:
            return None
        return self.quiet_from, self.quiet_until


class Digest(models.Model):
    """One mail about several letters. It says how many there are and nothing of what they say."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    subject_key = KeyField()
    made_at = models.DateTimeField()

    class Meta:
        indexes: ClassVar = [models.Index(fields=["subject_key", "-made_at"], name="inbox_digests_of_a_person")]

    def __str__(self) -> str:
        return f"{self.made_at:%Y-%m-%d %H:%M}"


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
    answer_by = models.DateTimeField(null=True)  # after this it is too late to answer
    held_until = models.DateTimeField(null=True)  # its mail waits, to go out with others
    digest = models.ForeignKey(Digest, null=True, on_delete=models.SET_NULL, related_name="letters")

    class Meta:
        indexes: ClassVar = [
            models.Index(
                fields=["held_until"], condition=models.Q(held_until__isnull=False), name="inbox_letters_held"
            ),
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
