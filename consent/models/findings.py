"""What the portal finds of its own accord, for the regulator: permits without a share, items that nobody needs."""

from typing import ClassVar

import pgtrigger
from django.db import models
from django.utils.translation import gettext_lazy as _

from consent.models.purposes import Purpose
from portal.trail.fields import KeyField
from portal.trail.ids import new_id

Q = models.Q


class FindingKind(models.TextChoices):
    UNREPORTED = "unreported", _("a permit that no reported share followed")
    UNUSED = "unused", _("an item called needed that was not used in a year")


class Finding(models.Model):
    """One thing that an agency has to explain, until it is settled by what it reports later.

    `agency` answers for it. Of a permit: the decision, its person and recipient; of an item: the item.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    kind = models.CharField(_("what was found"), max_length=12, choices=FindingKind)
    agency = models.ForeignKey(
        "catalogue.Agency", verbose_name=_("agency"), on_delete=models.PROTECT, related_name="+", db_index=False
    )
    purpose = models.ForeignKey(Purpose, on_delete=models.PROTECT, related_name="+", db_index=False)
    dataset = models.ForeignKey("catalogue.Dataset", on_delete=models.PROTECT, related_name="+", db_index=False)
    recipient = models.ForeignKey(
        "catalogue.Agency", on_delete=models.PROTECT, related_name="+", db_index=False, null=True
    )
    item = models.ForeignKey(
        "catalogue.DataItem", on_delete=models.PROTECT, related_name="+", db_index=False, null=True
    )
    subject_key = KeyField(null=True)
    decision_id = models.UUIDField(null=True)
    since = models.DateTimeField()  # when it was permitted; since when the item was not used
    found_at = models.DateTimeField(_("found on"))
    settled_at = models.DateTimeField(_("settled on"), null=True, blank=True)

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["-found_at"], condition=Q(settled_at=None), name="consent_findings_open"),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["subject_key", "decision_id"],
                condition=Q(kind=FindingKind.UNREPORTED),
                name="consent_a_permit_is_found_once",
            ),
            models.UniqueConstraint(
                fields=["purpose", "item"],
                condition=Q(kind=FindingKind.UNUSED, settled_at=None),
                name="consent_an_unused_item_is_found_once",
            ),
            models.CheckConstraint(
                condition=Q(kind=FindingKind.UNUSED, item__isnull=False)
                | Q(kind=FindingKind.UNREPORTED, decision_id__isnull=False, subject_key__isnull=False),
                name="consent_findings_say_of_what",
            ),
        ]
        triggers: ClassVar = [
            pgtrigger.Protect(name="never_removed", operation=pgtrigger.Delete),
            pgtrigger.ReadOnly(name="finding_stands", exclude=["settled_at"]),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.agency_id}"
