"""What others say of a purpose before it is approved: an ethics review, and the public's comments."""

from typing import ClassVar

import pgtrigger
from django.db import models
from django.utils.translation import gettext_lazy as _

from consent.models.purposes import Purpose, in_readers_language
from portal.trail.append_only import APPEND_ONLY
from portal.trail.fields import KeyField
from portal.trail.ids import new_id

LONGEST_COMMENT = 2000


class EthicsReview(models.Model):
    """One review of a use that decides automatically: who reviewed, what they found, on what conditions, until when."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    purpose = models.ForeignKey(Purpose, on_delete=models.PROTECT, related_name="reviews")
    reviewers = models.CharField(_("reviewers"), max_length=500)
    findings_zh = models.TextField(_("findings in Chinese"))
    findings_en = models.TextField(_("findings in English"))
    conditions_zh = models.TextField(_("conditions in Chinese"), blank=True, default="")
    conditions_en = models.TextField(_("conditions in English"), blank=True, default="")
    reviewed_on = models.DateField(_("reviewed on"))
    renew_by = models.DateField(_("to be renewed by"))
    recorded_by = models.CharField(max_length=120)
    recorded_at = models.DateTimeField()

    class Meta:
        verbose_name = _("ethics review")
        verbose_name_plural = _("ethics reviews")
        ordering = ("-reviewed_on", "-recorded_at")
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(renew_by__gt=models.F("reviewed_on")), name="consent_reviews_are_renewed_later"
            ),
        ]
        triggers: ClassVar = APPEND_ONLY

    def __str__(self) -> str:
        return f"{self.purpose_id} {self.reviewed_on}"

    @property
    def findings(self) -> str:
        return in_readers_language(self.findings_zh, self.findings_en)

    @property
    def conditions(self) -> str:
        return in_readers_language(self.conditions_zh, self.conditions_en)


class Comment(models.Model):
    """What a citizen says of a purpose that is open for comment. Whose it is, nobody but they can see."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    purpose = models.ForeignKey(Purpose, on_delete=models.PROTECT, related_name="comments")
    subject_key = KeyField()
    text = models.TextField(_("comment"), max_length=LONGEST_COMMENT)
    made_at = models.DateTimeField(_("made"))

    class Meta:
        ordering = ("made_at", "id")
        indexes: ClassVar = [models.Index(fields=["subject_key", "purpose"], name="consent_comments_of_a_person")]
        triggers: ClassVar = [pgtrigger.Protect(name="stands", operation=pgtrigger.Update)]

    def __str__(self) -> str:
        return f"{self.purpose_id} {self.made_at}"
