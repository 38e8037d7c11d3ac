"""People: who may sign in, and the data subjects whose keys every other table holds."""

from datetime import datetime
from typing import Any, ClassVar

from django.contrib.auth.models import AbstractUser
from django.contrib.postgres.fields import ArrayField
from django.contrib.sessions.base_session import AbstractBaseSession
from django.db import models
from django.utils.translation import gettext_lazy as _
from oauth2_provider.models import AbstractApplication

from portal.trail.actor import ADMINISTRATOR
from portal.trail.append_only import APPEND_ONLY
from portal.trail.fields import BytesField, KeyField
from portal.trail.ids import new_id


class UserKind(models.TextChoices):
    CITIZEN = "citizen", _("citizen")
    CLERK = "clerk", _("agency clerk")
    AUTHORITY = "authority", _("catalogue authority")
    REGULATOR = "regulator", _("regulator")
    OPERATOR = "operator", _("operator of the portal")


class ClerkRole(models.TextChoices):
    """What somebody is within their agency. Others than clerks keep the default, which says nothing of them."""

    CLERK = "clerk", _("clerk")
    HEAD = "head", _("head of the sharing office")
    STEWARD = "steward", _("data steward")
    ADMINISTRATOR = ADMINISTRATOR, _("administrator")


class User(AbstractUser):  # type: ignore[django-manager-missing]  # ApiClient comes from an untyped base
    """Somebody who signs in: a citizen through the identity provider, everybody else to the admin."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    kind = models.CharField(_("kind"), max_length=16, choices=UserKind.choices, default=UserKind.CITIZEN)
    subject_key = KeyField(null=True, unique=True, editable=False)
    agency = models.ForeignKey(
        "catalogue.Agency",
        verbose_name=_("agency"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="users",
    )
    role = models.CharField(_("role"), max_length=16, choices=ClerkRole.choices, default=ClerkRole.CLERK)
    language = models.CharField(_("language"), max_length=10, default="zh-hans")

    class Meta:
        verbose_name = _("user")
        verbose_name_plural = _("users")
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(kind="citizen") | models.Q(subject_key=None),
                name="accounts_only_citizens_have_a_subject_key",
            ),
            models.CheckConstraint(
                condition=models.Q(kind="clerk", agency__isnull=False)
                | (~models.Q(kind="clerk") & models.Q(agency=None)),
                name="accounts_clerks_and_only_they_have_an_agency",
            ),
            models.CheckConstraint(
                condition=models.Q(kind="clerk") | models.Q(role="clerk"),
                name="accounts_only_clerks_have_a_role",
            ),
            models.CheckConstraint(
                condition=~models.Q(kind="citizen", is_staff=True) & ~models.Q(kind="citizen", is_superuser=True),
                name="accounts_citizens_never_enter_the_admin",
            ),
        ]


class Session(AbstractBaseSession):
    """Somebody's visit. Named by a digest (portal.accounts.session_store); found by its user, and by the names that the
    identity provider gives it."""

    user = models.ForeignKey(User, null=True, on_delete=models.CASCADE, related_name="sessions")
    provider = models.CharField(max_length=31, default="", blank=True)
    subject = models.CharField(max_length=255, default="", blank=True)
    sid = models.CharField(max_length=255, default="", blank=True)

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["provider", "sid"], name="accounts_session_by_sid", condition=~models.Q(sid="")),
            models.Index(
                fields=["provider", "subject"], name="accounts_session_by_subject", condition=~models.Q(subject="")
            ),
        ]

    def __str__(self) -> str:
        return self.session_key[:4]


class Person(models.Model):
    """A data subject: the one place where the national number is kept, encrypted and bound to its row."""

    subject_key = KeyField(primary_key=True)
    number_sealed = BytesField()
    name_sealed = BytesField(null=True)
    mail_sealed = BytesField(null=True)
    mail_chosen_at = models.DateTimeField(null=True)  # the person's own choice: no provider overwrites it
    born_on_sealed = BytesField(null=True)
    encryption_version = models.CharField(max_length=16)
    created_at = models.DateTimeField()

    def __str__(self) -> str:
        return bytes(self.subject_key).hex()[:8]


class SubjectLookup(models.Model):
    """Finds the subject key from the national number's keyed digest, a row a pepper version."""

    pk = models.CompositePrimaryKey("digest", "pepper_version")
    digest = BytesField(max_length=32)
    pepper_version = models.CharField(max_length=16)
    subject_key = KeyField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["subject_key", "pepper_version"], name="accounts_one_digest_a_pepper"),
        ]


class KeyVersion(models.Model):
    """A version of one of the portal's keys that something stands under, by its fingerprint, never the key.

    So an older secrets file that somebody put back is noticed before it writes anything.
    """

    pk = models.CompositePrimaryKey("ring", "version")
    ring = models.CharField(max_length=32)  # pepper, encryption, agency, signing.heads …
    version = models.CharField(max_length=64)
    fingerprint = BytesField(max_length=32)
    introduced_at = models.DateTimeField()
    switched_at = models.DateTimeField(null=True)  # written with, from then on
    finished_at = models.DateTimeField(null=True)  # all that is rewritten stands under it
    retired_at = models.DateTimeField(null=True)  # nothing new stands under it
    dropped_at = models.DateTimeField(null=True)  # of a pepper: its lookups are gone


class Disclosure(models.Model):
    """An agency was shown whom a case is about; until it asks, a person stays masked."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    subject_key = KeyField()
    agency = models.ForeignKey("catalogue.Agency", on_delete=models.PROTECT, related_name="+")
    user = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    client = models.CharField(max_length=100, default="", blank=True)
    reason = models.CharField(max_length=300)
    about = models.CharField(max_length=120)
    at = models.DateTimeField()

    class Meta:
        triggers: ClassVar = APPEND_ONLY
        indexes: ClassVar = [models.Index(fields=["subject_key", "agency"], name="accounts_disclosed_to_agency")]

    def __str__(self) -> str:
        return f"{self.about} {self.at:%Y-%m-%d %H:%M}"


class IdempotencyKey(models.Model):
    """The answer to a POST that a departmental system may send again (Idempotency-Key)."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    agency = models.ForeignKey("catalogue.Agency", on_delete=models.PROTECT, related_name="+")
    client = models.CharField(max_length=100)
    key = models.CharField(max_length=200)
    request_hash = BytesField(max_length=32)
    status = models.PositiveSmallIntegerField(null=True)
    body = models.JSONField(null=True)
    location = models.CharField(max_length=300, default="", blank=True)
    created_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["client", "key"], name="accounts_one_answer_a_key"),
        ]
        indexes: ClassVar = [models.Index(fields=["created_at"], name="accounts_old_keys")]

    def __str__(self) -> str:
        return self.key


class ApiClient(AbstractApplication):  # type: ignore[misc]  # untyped in django-oauth-toolkit
    """A departmental system that calls the API in its agency's name, with the scopes it was granted."""

    agency = models.ForeignKey(
        "catalogue.Agency", verbose_name=_("agency"), null=True, on_delete=models.PROTECT, related_name="api_clients"
    )
    scopes = models.CharField(_("scopes"), max_length=300, default="", blank=True)  # separated by spaces
    former_secret = models.CharField(max_length=255, default="", blank=True, editable=False)  # a hash
    former_secret_until = models.DateTimeField(_("former secret works until"), null=True, blank=True)
    jwks = models.JSONField(null=True, blank=True)  # its public keys, where it proves itself by assertions
    networks = ArrayField(models.CharField(max_length=43), default=list, blank=True)  # CIDRs; none: from anywhere
    revoked_at = models.DateTimeField(_("revoked"), null=True, blank=True)

    class Meta(AbstractApplication.Meta):  # type: ignore[misc]
        verbose_name = _("API client")
        verbose_name_plural = _("API clients")

    def is_usable(self, request: Any) -> bool:
        """What django-oauth-toolkit asks at each token and each call."""
        return self.revoked_at is None

    def secrets_at(self, at: datetime) -> list[str]:
        """The hashes of the secrets that it may prove itself with."""
        current = [] if self.jwks else [self.client_secret]
        return [*current, self.former_secret] if self.has_former_secret(at) else current

    def has_former_secret(self, at: datetime) -> bool:
        return bool(self.former_secret) and self.former_secret_until is not None and at < self.former_secret_until


class AgencyScopes(models.Model):
    """What the operator granted an agency: its administrator gives its systems no more."""

    agency = models.OneToOneField(
        "catalogue.Agency", verbose_name=_("agency"), primary_key=True, on_delete=models.PROTECT, related_name="+"
    )
    scopes = models.CharField(_("scopes"), max_length=300, default="", blank=True)  # separated by spaces

    class Meta:
        verbose_name = _("scopes of an agency")
        verbose_name_plural = _("scopes of agencies")

    def __str__(self) -> str:
        return self.scopes


class UserSession(models.Model):
    """Where a citizen is signed in, as they see it: it is named as the Session is, and ends with it.

    `agent` is the family of browser and system alone (portal.accounts.devices), never the whole user agent.
    """

    session_key_digest = models.CharField(primary_key=True, max_length=40)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="devices")
    created_at = models.DateTimeField()
    seen_at = models.DateTimeField()
    agent = models.CharField(max_length=40, default="", blank=True)

    def __str__(self) -> str:
        return f"{self.agent} {self.created_at:%Y-%m-%d %H:%M}"


class ContactChange(models.Model):
    """A mail address that waits for its proof, or the one that was left; both are wiped as soon as they served."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    subject_key = KeyField()
    mail_sealed = BytesField(null=True)
    old_mail_sealed = BytesField(null=True)
    token_digest = BytesField(max_length=32, null=True)  # SHA-256 of what the link carries
    asked_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)  # proven, replaced by a newer one, or too old

    class Meta:
        indexes: ClassVar = [models.Index(fields=["subject_key", "asked_at"], name="accounts_changes_of_a_person")]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["subject_key"], condition=models.Q(ended_at=None), name="accounts_one_address_waits"
            ),
            models.CheckConstraint(
                condition=models.Q(ended_at=None, mail_sealed__isnull=False)
                | models.Q(ended_at__isnull=False, mail_sealed=None, token_digest=None),
                name="accounts_ended_changes_keep_no_new_address",
            ),
        ]

    def __str__(self) -> str:
        return str(self.id)
