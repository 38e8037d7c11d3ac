"""For what an agency may ask citizens, and the texts they are shown."""

from typing import ClassVar, Final

import pgtrigger
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from consent.states import PurposeState, require_purpose_move
from portal.trail.fields import BytesField
from portal.trail.ids import new_id

Q = models.Q
ENGLISH = "en"


def in_readers_language(zh: str, en: str) -> str:
    """The text in the reader's language, or in the other where it has only one."""
    return (en or zh) if (get_language() or "").startswith(ENGLISH) else (zh or en)


class Kind(models.TextChoices):
    """What kind of consent the law asks for (PIPL 14, 23, 29, 31)."""

    EXPRESS = "express", _("express consent")
    SEPARATE = "separate", _("separate consent")
    WRITTEN = "written", _("written consent")
    SINGLE_USE = "single_use", _("consent for a single use")
    GUARDIAN = "guardian", _("a guardian's consent")


class Risk(models.TextChoices):
    HIGH = "high", _("high: an impact assessment is required")
    ORDINARY = "ordinary", _("ordinary")


class Need(models.TextChoices):
    NEEDED = "needed", _("needed")
    OPTIONAL = "optional", _("your choice")


# What is written about a purpose after it was registered; all else stands.
DECIDED: Final = (
    "state approved_by approved_at ended_at comments_from comments_until comments_answer_zh comments_answer_en"
).split()


class Purpose(models.Model):
    """A use that rests on consent, registered by one person and approved by another (处理目的).

    Once approved its terms stand: a changed purpose, manner or kind of data is a new purpose and asks anew (PIPL 14).
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    code = models.SlugField(_("code"), max_length=80, unique=True)
    agency = models.ForeignKey(
        "catalogue.Agency", verbose_name=_("agency"), on_delete=models.PROTECT, related_name="purposes"
    )
    recipients = models.ManyToManyField(
        "catalogue.Agency", verbose_name=_("recipients"), related_name="purposes_received"
    )
    name_zh = models.CharField(_("name in Chinese"), max_length=200)
    name_en = models.CharField(_("name in English"), max_length=200)
    description_zh = models.TextField(_("description in Chinese"), blank=True, default="")
    description_en = models.TextField(_("description in English"), blank=True, default="")
    manner_zh = models.TextField(_("how it is processed, in Chinese"), blank=True, default="")
    manner_en = models.TextField(_("how it is processed, in English"), blank=True, default="")
    legal_basis = models.CharField(_("legal basis"), max_length=40, default="consent")
    rests_on_consent = models.BooleanField(_("rests on consent"), default=True)  # by the law's list of bases
    duty = models.CharField(_("duty that it rests on instead"), max_length=300, blank=True, default="")
    scenarios = ArrayField(  # codes of the law's list of high-risk uses: marked by the portal or named by the agency
        models.CharField(max_length=40), verbose_name=_("high-risk uses of the law"), default=list, blank=True
    )
    is_automated = models.BooleanField(_("decides automatically"), default=False)
    automated_zh = models.TextField(_("how it decides, in Chinese"), blank=True, default="")
    automated_en = models.TextField(_("how it decides, in English"), blank=True, default="")
    kind = models.CharField(_("kind of consent"), max_length=12, choices=Kind, default=Kind.EXPRESS)
    risk = models.CharField(_("risk"), max_length=10, choices=Risk, default=Risk.HIGH)
    risks_zh = models.TextField(_("risks in Chinese"), blank=True, default="")
    risks_en = models.TextField(_("risks in English"), blank=True, default="")
    impact_assessment = models.CharField(_("impact assessment"), max_length=80, blank=True, default="")
    longest_days = models.PositiveIntegerField(_("longest validity in days"))
    extendable = models.BooleanField(_("may be extended"), default=False)
    retention_days = models.PositiveIntegerField(_("kept for, in days"))
    if_refused_zh = models.TextField(_("if one says no, in Chinese"))
    if_refused_en = models.TextField(_("if one says no, in English"))
    state = models.CharField(_("state"), max_length=10, choices=PurposeState, default=PurposeState.DRAFT)
    replaces = models.OneToOneField(
        "self", verbose_name=_("replaces"), on_delete=models.PROTECT, null=True, blank=True, related_name="replaced_by"
    )
    comments_from = models.DateTimeField(_("open for comment from"), null=True, blank=True)
    comments_until = models.DateTimeField(_("open for comment until"), null=True, blank=True)
    comments_answer_zh = models.TextField(_("answer to the comments, in Chinese"), blank=True, default="")
    comments_answer_en = models.TextField(_("answer to the comments, in English"), blank=True, default="")
    registered_by = models.CharField(_("registered by"), max_length=120)
    registered_at = models.DateTimeField(_("registered"))
    approved_by = models.CharField(_("approved by"), max_length=120, blank=True, default="")
    approved_at = models.DateTimeField(_("approved on"), null=True, blank=True)
    ended_at = models.DateTimeField(_("ended on"), null=True, blank=True)

    class Meta:
        verbose_name = _("purpose")
        verbose_name_plural = _("purposes")
        ordering = ("code",)
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=~Q(risk=Risk.HIGH) | ~Q(impact_assessment=""), name="consent_high_risk_names_its_assessment"
            ),
            models.CheckConstraint(
                condition=~Q(registered_by=models.F("approved_by")), name="consent_a_second_person_approves_purposes"
            ),
            models.CheckConstraint(
                condition=~Q(state=PurposeState.APPROVED) | (~Q(approved_by="") & Q(approved_at__isnull=False)),
                name="consent_approved_purposes_say_by_whom",
            ),
            models.CheckConstraint(condition=Q(longest_days__gte=1), name="consent_purposes_last_a_day_at_least"),
            models.CheckConstraint(
                condition=Q(scenarios__len=0) | ~Q(impact_assessment=""),
                name="consent_risky_uses_are_assessed",
            ),
            models.CheckConstraint(
                condition=Q(rests_on_consent=True) | ~Q(duty=""), name="consent_uses_rest_on_consent_or_a_cited_duty"
            ),
            models.CheckConstraint(
                condition=Q(is_automated=False) | (~Q(automated_zh="") & ~Q(automated_en="")),
                name="consent_automated_uses_say_how_they_decide",
            ),
            models.CheckConstraint(
                condition=Q(comments_until=None) | Q(comments_until__gt=models.F("comments_from")),
                name="consent_comments_end_after_they_begin",
            ),
            models.CheckConstraint(
                condition=~Q(state=PurposeState.APPROVED)
                | ~Q(risk=Risk.HIGH)
                | Q(approved_at__gte=models.F("comments_until")),
                name="consent_high_risk_is_open_for_comment_first",
            ),
        ]
        triggers: ClassVar = [
            pgtrigger.Protect(name="never_removed", operation=pgtrigger.Delete),
            pgtrigger.ReadOnly(name="terms_stand", exclude=DECIDED),
            pgtrigger.Protect(
                name="approval_stands",
                operation=pgtrigger.Update,
                condition=pgtrigger.Q(old__approved_at__isnull=False)
                & (
                    pgtrigger.Q(old__approved_by__df=pgtrigger.F("new__approved_by"))
                    | pgtrigger.Q(old__approved_at__df=pgtrigger.F("new__approved_at"))
                ),
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def move_to(self, state: PurposeState) -> None:
        """Take a step of PURPOSE_MOVES; raises IllegalMove."""
        require_purpose_move(self.state, state)
        self.state = state

    @property
    def name(self) -> str:
        """The name in the reader's language; so with the properties below."""
        return in_readers_language(self.name_zh, self.name_en)

    @property
    def description(self) -> str:
        return in_readers_language(self.description_zh, self.description_en)

    @property
    def manner(self) -> str:
        return in_readers_language(self.manner_zh, self.manner_en)

    @property
    def automated(self) -> str:
        """How it decides automatically, where it does."""
        return in_readers_language(self.automated_zh, self.automated_en)

    @property
    def comments_answer(self) -> str:
        return in_readers_language(self.comments_answer_zh, self.comments_answer_en)

    @property
    def risks(self) -> str:
        return in_readers_language(self.risks_zh, self.risks_en)

    @property
    def if_refused(self) -> str:
        return in_readers_language(self.if_refused_zh, self.if_refused_en)


class PurposeItem(models.Model):
    """One data item that a purpose asks for, and why."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    purpose = models.ForeignKey(Purpose, on_delete=models.PROTECT, related_name="items")
    item = models.ForeignKey("catalogue.DataItem", on_delete=models.PROTECT, related_name="+")
    need = models.CharField(_("need"), max_length=10, choices=Need, default=Need.OPTIONAL)
    why_zh = models.CharField(_("why, in Chinese"), max_length=300)
    why_en = models.CharField(_("why, in English"), max_length=300)
    narrower_zh = models.CharField(_("why not a narrower item, in Chinese"), max_length=300, blank=True, default="")
    narrower_en = models.CharField(_("why not a narrower item, in English"), max_length=300, blank=True, default="")
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ("position", "id")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["purpose", "item"], name="consent_items_once_in_a_purpose"),
        ]
        triggers: ClassVar = [
            pgtrigger.Protect(name="stands", operation=pgtrigger.Update | pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return f"{self.purpose_id} {self.item_id}"

    @property
    def why(self) -> str:
        """The reason in the reader's language."""
        return in_readers_language(self.why_zh, self.why_en)

    @property
    def narrower(self) -> str:
        """Why no narrower item would do, in the reader's language."""
        return in_readers_language(self.narrower_zh, self.narrower_en)

    @property
    def is_needed(self) -> bool:
        """Whether the use makes no sense without it."""
        return self.need == Need.NEEDED


class Notice(models.Model):
    """The text that a consent is given to, a version at a time (告知内容, PIPL 17).

    `hash_zh` and `hash_en` are SHA-256 over what is shown in that language (consent.notices.form): a receipt names
    them. Text never changes; approval is written once, by another person than who proposed.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    purpose = models.ForeignKey(Purpose, on_delete=models.PROTECT, related_name="notices")
    version = models.PositiveIntegerField(_("version"))
    short_zh = models.TextField(_("in short, in Chinese"))
    short_en = models.TextField(_("in short, in English"))
    full_zh = models.TextField(_("whole notice in Chinese"))
    full_en = models.TextField(_("whole notice in English"))
    child_zh = models.TextField(_("in words for children, in Chinese"), blank=True, default="")
    child_en = models.TextField(_("in words for children, in English"), blank=True, default="")
    form = models.PositiveSmallIntegerField(default=2)  # which of consent.notices' forms its hashes are over
    asks_anew = models.BooleanField(_("asks everybody anew"), default=True)  # more than the wording changed (PIPL 14)
    review = models.ForeignKey(
        "consent.EthicsReview", on_delete=models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )  # shown with it, where the purpose decides automatically
    hash_zh = BytesField(max_length=32)
    hash_en = BytesField(max_length=32)
    proposed_by = models.CharField(max_length=120)
    proposed_at = models.DateTimeField()
    approved_by = models.CharField(max_length=120, blank=True, default="")
    approved_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ("purpose", "version")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["purpose", "version"], name="consent_notice_versions_are_unique"),
            models.CheckConstraint(
                condition=~Q(proposed_by=models.F("approved_by")), name="consent_a_second_person_approves_notices"
            ),
            models.CheckConstraint(
                condition=Q(approved_by="", approved_at=None) | (~Q(approved_by="") & Q(approved_at__isnull=False)),
                name="consent_approved_notices_say_by_whom",
            ),
        ]
        triggers: ClassVar = [
            pgtrigger.Protect(name="never_removed", operation=pgtrigger.Delete),
            pgtrigger.ReadOnly(name="text_stands", exclude=["approved_by", "approved_at"]),
            pgtrigger.Protect(
                name="approval_stands",
                operation=pgtrigger.Update,
                condition=pgtrigger.Q(old__approved_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.purpose_id} v{self.version}"

    @property
    def short(self) -> str:
        """The gist in the reader's language."""
        return in_readers_language(self.short_zh, self.short_en)

    @property
    def full(self) -> str:
        """The whole text in the reader's language."""
        return in_readers_language(self.full_zh, self.full_en)

    @property
    def child(self) -> str:
        """The gist in words for children, where the use is about them."""
        return in_readers_language(self.child_zh, self.child_en)

    def hash_in(self, language: str) -> bytes:
        """The hash of what is shown in `language`."""
        return bytes(self.hash_en if language.startswith(ENGLISH) else self.hash_zh)
