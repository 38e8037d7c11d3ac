"""What is held: datasets, their items, and every version that was ever proposed."""

from typing import ClassVar

import pgtrigger
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.utils.translation import gettext_lazy as _

from portal.catalogue.models.agencies import Agency, System
from portal.catalogue.models.bases import Named, in_readers_language, valid_code
from portal.catalogue.states import DatasetState, VersionState
from portal.catalogue.words import (
    Basis,
    Classification,
    DatasetKind,
    Force,
    Grade,
    Method,
    Opening,
    Right,
    Secrecy,
    Sharing,
    SpecialCategory,
    UpdateFrequency,
)
from portal.trail.ids import new_id

Q = models.Q


class Dataset(Named):
    """A catalogue entry (政务数据目录条目), as published; before its first approval, as proposed.

    A revision of a published dataset lives in `DatasetVersion` until it is approved. The code is unique across
    the country and keeps its agency for good: one source, one owner.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    code = models.CharField(_("code"), max_length=120, unique=True, validators=[valid_code])
    agency = models.ForeignKey(Agency, verbose_name=_("agency"), on_delete=models.PROTECT, related_name="datasets")
    system = models.ForeignKey(
        System, verbose_name=_("system"), on_delete=models.PROTECT, related_name="datasets", null=True, blank=True
    )
    summary_zh = models.TextField(_("summary in Chinese"), blank=True, default="")
    summary_en = models.TextField(_("summary in English"), blank=True, default="")
    kind = models.CharField(_("kind"), max_length=16, choices=DatasetKind, default=DatasetKind.GOVERNMENT)
    format = models.CharField(_("format"), max_length=80, blank=True, default="")
    update_frequency = models.CharField(
        _("update frequency"), max_length=16, choices=UpdateFrequency, default=UpdateFrequency.IRREGULAR
    )

    sharing = models.CharField(_("sharing attribute"), max_length=16, choices=Sharing, default=Sharing.UNCONDITIONAL)
    sharing_conditions_zh = models.TextField(_("conditions of sharing in Chinese"), blank=True, default="")
    sharing_conditions_en = models.TextField(_("conditions of sharing in English"), blank=True, default="")
    sharing_citation_zh = models.CharField(_("legal citation in Chinese"), max_length=500, blank=True, default="")
    sharing_citation_en = models.CharField(_("legal citation in English"), max_length=500, blank=True, default="")
    sharing_method = models.CharField(_("sharing method"), max_length=16, choices=Method, default=Method.INTERFACE)

    classification = models.CharField(
        _("classification"), max_length=16, choices=Classification, default=Classification.BASIC
    )
    classification_reason_zh = models.TextField(_("reason in Chinese"), blank=True, default="")
    classification_reason_en = models.TextField(_("reason in English"), blank=True, default="")
    grade = models.CharField(_("grade"), max_length=16, choices=Grade, default=Grade.GENERAL_2)
    special_categories = ArrayField(
        models.CharField(max_length=20, choices=SpecialCategory),
        verbose_name=_("special categories"),
        default=list,
        blank=True,
    )
    source_of_truth = models.ForeignKey(
        Agency, verbose_name=_("source of truth"), on_delete=models.PROTECT, related_name="+", null=True, blank=True
    )  # the 数源部门 where it is another agency; empty: the owner itself

    collection_basis = models.CharField(_("legal basis"), max_length=20, choices=Basis, default=Basis.DUTY)
    collection_citation_zh = models.TextField(_("provision in Chinese"), blank=True, default="")
    collection_citation_en = models.TextField(_("provision in English"), blank=True, default="")
    collection_force = models.CharField(
        _("what the provision does"), max_length=16, choices=Force, default=Force.NOT_STATED
    )
    retention_zh = models.CharField(_("kept for, in Chinese"), max_length=300, blank=True, default="")
    retention_en = models.CharField(_("kept for, in English"), max_length=300, blank=True, default="")
    contact = models.CharField(_("contact"), max_length=300, blank=True, default="")

    opening = models.CharField(_("opening to the public"), max_length=16, choices=Opening, default=Opening.CLOSED)
    opening_basis_zh = models.CharField(_("basis of opening in Chinese"), max_length=500, blank=True, default="")
    opening_basis_en = models.CharField(_("basis of opening in English"), max_length=500, blank=True, default="")

    secrecy = models.CharField(_("secrets"), max_length=16, choices=Secrecy, default=Secrecy.NONE)
    secrecy_handling_zh = models.CharField(_("how trade secrets are handled, in Chinese"), max_length=500, blank=True,
                                           default="")  # fmt: skip
    secrecy_handling_en = models.CharField(_("how trade secrets are handled, in English"), max_length=500, blank=True,
                                           default="")  # fmt: skip
    ownership = models.JSONField(_("ownership split"), default=list, blank=True)  # see portal.catalogue.ownership
    assessment = models.CharField(_("impact assessment"), max_length=300, blank=True, default="")  # its reference
    assessed_on = models.DateField(_("assessed on"), null=True, blank=True)
    head = models.CharField(_("head who approved it"), max_length=120, blank=True, default="")  # the office's, by name
    head_approved_on = models.DateField(_("approved by the head on"), null=True, blank=True)

    status = models.CharField(_("status"), max_length=16, choices=DatasetState, default=DatasetState.PROPOSED)
    version = models.PositiveIntegerField(_("published version"), default=0)  # 0: never published
    published_at = models.DateTimeField(_("published on"), null=True, blank=True)
    origin = models.CharField(_("taken over from"), max_length=16, blank=True, default="")

    class Meta:
        verbose_name = _("dataset")
        verbose_name_plural = _("datasets")
        ordering = ("code",)
        indexes: ClassVar = [
            models.Index(fields=["agency", "status"], name="catalogue_dataset_of_agency"),
            GinIndex(fields=["special_categories"], name="catalogue_dataset_special"),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=~Q(sharing=Sharing.NOT_SHARED) | ~Q(sharing_citation_zh="", sharing_citation_en=""),
                name="catalogue_not_shared_needs_a_legal_citation",
            ),
            models.CheckConstraint(
                condition=~Q(sharing=Sharing.CONDITIONAL) | ~Q(sharing_conditions_zh="", sharing_conditions_en=""),
                name="catalogue_conditional_names_its_conditions",
            ),
            models.CheckConstraint(
                condition=Q(classification=Classification.BASIC, sharing=Sharing.UNCONDITIONAL)
                | ~Q(classification_reason_zh="", classification_reason_en=""),
                name="catalogue_stricter_than_basic_needs_a_reason",
            ),
            models.CheckConstraint(
                condition=Q(opening=Opening.CLOSED) | ~Q(opening_basis_zh="", opening_basis_en=""),
                name="catalogue_opening_needs_its_own_basis",
            ),
            models.CheckConstraint(
                condition=~Q(secrecy=Secrecy.TRADE) | ~Q(secrecy_handling_zh="", secrecy_handling_en=""),
                name="catalogue_trade_secrets_say_how_they_are_handled",
            ),
            models.CheckConstraint(
                condition=~Q(origin="") | Q(assessed_on__isnull=False, head_approved_on__isnull=False) & ~Q(head=""),
                name="catalogue_registered_as_assessed_and_approved",
            ),
            models.CheckConstraint(
                condition=~Q(collection_basis=Basis.NOT_STATED, origin=""),
                name="catalogue_only_imports_may_lack_a_basis",
            ),
            models.CheckConstraint(
                condition=Q(status__in=[DatasetState.DRAFT, DatasetState.PROPOSED], version=0, published_at=None)
                | Q(
                    status__in=[DatasetState.PUBLISHED, DatasetState.WITHDRAWN],
                    version__gt=0,
                    published_at__isnull=False,
                ),
                name="catalogue_published_only_by_approval",
            ),
        ]
        triggers: ClassVar = [pgtrigger.ReadOnly(name="one_source_one_owner", fields=["code", "agency"])]

    @property
    def summary(self) -> str:
        """The summary in the reader's language; so with the properties below."""
        return in_readers_language(self.summary_zh, self.summary_en)

    @property
    def sharing_conditions(self) -> str:
        return in_readers_language(self.sharing_conditions_zh, self.sharing_conditions_en)

    @property
    def sharing_citation(self) -> str:
        return in_readers_language(self.sharing_citation_zh, self.sharing_citation_en)

    @property
    def classification_reason(self) -> str:
        return in_readers_language(self.classification_reason_zh, self.classification_reason_en)

    @property
    def collection_citation(self) -> str:
        return in_readers_language(self.collection_citation_zh, self.collection_citation_en)

    @property
    def retention(self) -> str:
        return in_readers_language(self.retention_zh, self.retention_en)

    @property
    def opening_basis(self) -> str:
        return in_readers_language(self.opening_basis_zh, self.opening_basis_en)

    @property
    def secrecy_handling(self) -> str:
        return in_readers_language(self.secrecy_handling_zh, self.secrecy_handling_en)

    @property
    def ownership_lines(self) -> list[dict[str, str]]:
        """Who holds which right in it, in the reader's language; `provision` is empty where it is undetermined."""
        return [
            {
                "right": str(Right(line["right"]).label),
                "holder": line["holder"],
                "condition": in_readers_language(line["condition_zh"], line["condition_en"]),
                "until": line["until"],
                "provision": in_readers_language(line["provision_zh"], line["provision_en"]),
            }
            for line in self.ownership
        ]

    @property
    def special_category_labels(self) -> list[str]:
        """The special categories in the reader's language."""
        return [str(SpecialCategory(value).label) for value in self.special_categories]


class DataItem(Named):
    """One field of a dataset (数据项). Never removed, since consents and sharing events name it: only retired."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    dataset = models.ForeignKey(Dataset, verbose_name=_("dataset"), on_delete=models.PROTECT, related_name="items")
    code = models.CharField(_("code"), max_length=80, validators=[valid_code])
    special_category = models.CharField(
        _("special category"), max_length=20, choices=SpecialCategory, blank=True, default=""
    )
    data_element = models.CharField(_("data element"), max_length=200, blank=True, default="")  # of which standard
    code_list = models.CharField(_("code list"), max_length=200, blank=True, default="")
    no_standard = models.BooleanField(_("there is no standard for it"), default=False)
    position = models.PositiveSmallIntegerField(_("position"), default=0)
    active = models.BooleanField(_("in use"), default=True)

    class Meta:
        verbose_name = _("data item")
        verbose_name_plural = _("data items")
        ordering = ("dataset", "position", "code")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["dataset", "code"], name="catalogue_one_item_a_code"),
            models.CheckConstraint(
                condition=Q(no_standard=False) | Q(data_element="", code_list=""),
                name="catalogue_an_item_has_a_standard_or_has_none",
            ),
        ]


class DatasetVersion(models.Model):
    """What was proposed for a dataset, by whom, and what was decided. Its content never changes, nor the decision."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    dataset = models.ForeignKey(Dataset, verbose_name=_("dataset"), on_delete=models.PROTECT, related_name="versions")
    agency = models.ForeignKey(Agency, verbose_name=_("agency"), on_delete=models.PROTECT, related_name="+")
    number = models.PositiveIntegerField(_("version"))
    content = models.JSONField(_("content"))  # the payload in its canonical shape, see serializers.Payload
    status = models.CharField(_("status"), max_length=16, choices=VersionState, default=VersionState.PROPOSED)
    proposed_by = models.CharField(_("proposed by"), max_length=120)  # policy.signature of the actor
    proposed_at = models.DateTimeField(_("proposed"))
    review_due_at = models.DateTimeField(_("review due"), null=True, blank=True)  # a first registration has no limit
    decided_by = models.CharField(_("decided by"), max_length=120, blank=True, default="")
    decided_at = models.DateTimeField(_("decided"), null=True, blank=True)
    reasons = models.TextField(_("reasons"), blank=True, default="")

    class Meta:
        verbose_name = _("version of a dataset")
        verbose_name_plural = _("versions of datasets")
        ordering = ("dataset", "-number")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["dataset", "number"], name="catalogue_version_numbers_are_unique"),
            models.UniqueConstraint(
                fields=["dataset"],
                condition=Q(status=VersionState.PROPOSED),
                name="catalogue_one_open_proposal_a_dataset",
            ),
            models.CheckConstraint(
                condition=~Q(proposed_by=models.F("decided_by")), name="catalogue_a_second_person_decides_versions"
            ),
            models.CheckConstraint(
                condition=Q(status__in=[VersionState.PROPOSED, VersionState.SUPERSEDED], decided_by="", decided_at=None)
                | (
                    Q(status__in=[VersionState.APPROVED, VersionState.RETURNED], decided_at__isnull=False)
                    & ~Q(decided_by="")
                ),
                name="catalogue_decided_versions_say_by_whom",
            ),
            models.CheckConstraint(
                condition=~Q(status=VersionState.RETURNED, reasons=""), name="catalogue_returned_versions_say_why"
            ),
        ]
        triggers: ClassVar = [
            pgtrigger.Protect(name="never_removed", operation=pgtrigger.Delete),
            pgtrigger.ReadOnly(
                name="content_stands",
                fields=["dataset", "agency", "number", "content", "proposed_by", "proposed_at", "review_due_at"],
            ),
            pgtrigger.Protect(
                name="decision_stands",
                operation=pgtrigger.Update,
                condition=~pgtrigger.Q(old__status=VersionState.PROPOSED),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.dataset_id} v{self.number}"


class UpdateDuty(models.Model):
    """A change of law or duties after which a dataset's entry must be brought up to date (Decree 809, Article 17)."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    dataset = models.ForeignKey(Dataset, verbose_name=_("dataset"), on_delete=models.PROTECT, related_name="duties")
    agency = models.ForeignKey(Agency, verbose_name=_("agency"), on_delete=models.PROTECT, related_name="+")
    reason = models.TextField(_("what has changed"))
    noted_at = models.DateTimeField(_("noted"))
    due_at = models.DateTimeField(_("due"))
    extended_at = models.DateTimeField(_("extended"), null=True, blank=True)
    done_at = models.DateTimeField(_("done"), null=True, blank=True)

    class Meta:
        verbose_name = _("duty to update")
        verbose_name_plural = _("duties to update")
        ordering = ("due_at",)
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["dataset"], condition=Q(done_at=None), name="catalogue_one_open_duty_a_dataset"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.dataset_id}: {self.due_at:%Y-%m-%d}"
