"""Requests to exercise a right, the parts that departments answer, and what comes back."""

from typing import ClassVar

import pgtrigger
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from portal.trail.append_only import APPEND_ONLY
from portal.trail.errors import IllegalMove
from portal.trail.fields import BytesField, KeyField
from portal.trail.ids import new_id
from rights.between import Escalation, Handover
from rights.connectors import Connector, Execution
from rights.erasure import Blackout, Erasure
from rights.moving import Receiver, Transfer
from rights.remedies import Appeal, Complaint, Mediation, MediationStep, Precedent
from rights.states import (
    OPEN,
    RUNNING,
    Outcome,
    PartState,
    RequestState,
    require_move,
    require_request_move,
)

__all__ = [
    "Appeal",
    "Approval",
    "Blackout",
    "Complaint",
    "Connector",
    "Erasure",
    "Escalation",
    "Evidence",
    "Execution",
    "Format",
    "Handover",
    "Kind",
    "Mediation",
    "MediationStep",
    "Package",
    "Part",
    "PartFile",
    "PartMessage",
    "Pause",
    "Precedent",
    "Receiver",
    "RightsRequest",
    "Transfer",
    "WantedChange",
]
Q = models.Q


class Kind(models.TextChoices):
    """The rights (PIPL 24, 44–48; GDPR 15–22)."""

    ACCESS = "access", _("See and copy what is held")
    CORRECTION = "correction", _("Correct or complete it")
    ERASURE = "erasure", _("Erase it")
    PORTABILITY = "portability", _("Take it along")
    RESTRICTION = "restriction", _("Restrict its use")
    OBJECTION = "objection", _("Object to its use")
    EXPLANATION_OF_DECISION = "explanation_of_decision", _("Explain an automated decision")
    EXPLANATION_OF_RULES = "explanation_of_rules", _("Explain how it is used")
    WITHDRAWAL_FOLLOW_UP = "withdrawal_follow_up", _("Follow up on a consent that was stopped")


class Format(models.TextChoices):
    """How data is wished that is taken along."""

    BOTH = "both", _("JSON and CSV")
    JSON = "json", "JSON"
    CSV = "csv", "CSV"


class RightsRequest(models.Model):
    """What a person asks, once; departments answer it in parts."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    number = models.CharField(_("number"), max_length=20, unique=True)
    subject_key = KeyField()
    filed_by = models.UUIDField(null=True)  # the user; another person where somebody is represented
    kind = models.CharField(_("right"), max_length=30, choices=Kind)
    jurisdiction = models.CharField(max_length=10)
    datasets = ArrayField(models.UUIDField(), default=list)  # empty: everything that is held
    agencies = ArrayField(models.UUIDField(), default=list)  # named as a whole; with none either, all
    items = ArrayField(models.UUIDField(), default=list)  # of the datasets; empty: every item
    added = ArrayField(models.UUIDField(), default=list)  # agencies that the person added to those found
    about_event = models.UUIDField(null=True)  # the sharing that it is about
    about_consent = models.UUIDField(null=True)  # the consent that it follows
    wants_review = models.BooleanField(default=False)  # that a person looks at an automated decision again
    format = models.CharField(_("format"), max_length=4, choices=Format, default=Format.BOTH)
    receiver = models.ForeignKey(
        "catalogue.Agency", verbose_name=_("receiver"), null=True, on_delete=models.PROTECT, related_name="+"
    )  # where the package goes, beside the person
    period_from = models.DateField(_("from"), null=True)
    period_to = models.DateField(_("to"), null=True)
    words = models.TextField(_("in the person's words"), default="", blank=True)
    language = models.CharField(max_length=10)
    state = models.CharField(max_length=20, choices=RequestState, default=RequestState.DRAFT)
    saved_at = models.DateTimeField(null=True)  # as a draft
    submitted_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("request")
        indexes: ClassVar = [models.Index(fields=["subject_key", "-submitted_at"], name="rights_requests_of_a_person")]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(state="draft") | Q(submitted_at__isnull=False), name="rights_submitted_requests_say_when"
            ),
            models.CheckConstraint(
                condition=Q(state__in=("draft", "submitted", "in_progress"), closed_at=None)
                | (~Q(state__in=("draft", "submitted", "in_progress")) & Q(closed_at__isnull=False)),
                name="rights_closed_requests_say_when",
            ),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def is_draft(self) -> bool:
        return self.state == RequestState.DRAFT

    def move_to(self, state: RequestState) -> None:
        """Take a step of REQUEST_MOVES; raises IllegalMove."""
        require_request_move(self.state, state)
        self.state = state


class Part(models.Model):
    """What one department answers, about one dataset. Its clock runs from the request's submission."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    request = models.ForeignKey(RightsRequest, on_delete=models.PROTECT, related_name="parts")
    agency = models.ForeignKey(
        "catalogue.Agency", verbose_name=_("agency"), on_delete=models.PROTECT, related_name="rights_parts"
    )
    dataset = models.ForeignKey(
        "catalogue.Dataset", verbose_name=_("dataset"), null=True, on_delete=models.PROTECT, related_name="rights_parts"
    )
    subject_key = KeyField()
    kind = models.CharField(_("right"), max_length=30, choices=Kind)
    of_minor = models.BooleanField(_("about a minor"), default=False)  # when it was routed
    state = models.CharField(_("state"), max_length=20, choices=PartState, default=PartState.QUEUED)
    outcome = models.CharField(_("outcome"), max_length=12, choices=Outcome, default="", blank=True)
    ground = models.CharField(_("ground"), max_length=60, default="", blank=True)
    reply = models.TextField(_("reply"), default="", blank=True)
    submitted_at = models.DateTimeField(_("filed on"))
    due_at = models.DateTimeField(_("due"))
    due_article = models.CharField(max_length=80)
    due_is_target = models.BooleanField(default=False)  # our service target, where the law says "promptly"
    due_is_provisional = models.BooleanField(default=False)  # a year whose holidays nobody has announced
    created_at = models.DateTimeField()
    delivered_at = models.DateTimeField(null=True)
    acknowledged_at = models.DateTimeField(null=True)
    extended_at = models.DateTimeField(null=True)
    answered_at = models.DateTimeField(null=True)
    departure = models.TextField(default="", blank=True)  # why it departs from what appeals decided on its ground
    reopened_at = models.DateTimeField(null=True)  # when an appeal was granted: its clock runs anew from here
    warned_at = models.DateTimeField(null=True)
    overdue_at = models.DateTimeField(null=True)
    handled_by = models.UUIDField(null=True)  # the clerk who took the last step
    transferred_from = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="transferred_to")
    propagated_from = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="propagated_to")
    source_answered_at = models.DateTimeField(null=True)  # the answer that this one follows

    class Meta:
        verbose_name = _("part of a request")
        verbose_name_plural = _("parts of requests")
        indexes: ClassVar = [
            models.Index(fields=["agency", "due_at"], condition=Q(state__in=OPEN), name="rights_work_list"),
            models.Index(fields=["agency", "id"], name="rights_parts_of_an_agency"),
            models.Index(fields=["due_at"], condition=Q(state__in=RUNNING), name="rights_running_clocks"),
            models.Index(fields=["subject_key"], name="rights_parts_of_a_person"),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=[
                    "request",
                    "agency",
                    "dataset",
                    "transferred_from",
                    "propagated_from",
                    "source_answered_at",
                ],
                nulls_distinct=False,
                name="rights_routed_once",
            ),
            models.UniqueConstraint(fields=["transferred_from"], name="rights_passed_on_once"),
            models.CheckConstraint(
                condition=(Q(state="answered", answered_at__isnull=False) & ~Q(outcome=""))
                | (~Q(state="answered") & Q(outcome="")),
                name="rights_answered_parts_have_an_outcome",
            ),
            models.CheckConstraint(
                condition=~Q(outcome__in=("refused", "partly")) | ~Q(ground=""),
                name="rights_refusals_name_their_ground",
            ),
            models.CheckConstraint(
                condition=~Q(outcome__in=("refused", "partly")) | ~Q(reply=""), name="rights_refusals_say_why"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.request_id} {self.state}"

    def move_to(self, state: PartState, *, by_appeal: bool = False) -> None:
        """Take a step of MOVES; raises IllegalMove."""
        require_move(self.state, state, by_appeal=by_appeal)
        self.state = state

    @property
    def is_open(self) -> bool:
        return self.state in OPEN

    def require_open(self) -> None:
        """Raise IllegalMove unless the part still waits for its answer."""
        if not self.is_open:
            raise IllegalMove


class Pause(models.Model):
    """The clock stands while the person is asked; both ends are kept, so that it can be counted again."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    part = models.ForeignKey(Part, on_delete=models.PROTECT, related_name="pauses")
    agency_id = models.UUIDField()
    subject_key = KeyField()
    asked_at = models.DateTimeField()
    answered_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["part"], condition=Q(answered_at=None), name="rights_one_open_pause"),
        ]


class Approval(models.Model):
    """Somebody asks to see which minor a part is about; another of the agency decides (未成年人网络保护条例 36).

    It is good for who asked and for this part alone. A departmental system asks as a clerk does; a clerk decides.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    part = models.ForeignKey(Part, on_delete=models.PROTECT, related_name="approvals")
    agency_id = models.UUIDField()
    subject_key = KeyField()
    asked_by = models.UUIDField(null=True)  # the clerk
    asked_by_client = models.CharField(max_length=100, default="", blank=True)  # or the system
    asked_at = models.DateTimeField()
    why = models.TextField()
    decided_by = models.UUIDField(null=True)
    decided_at = models.DateTimeField(null=True)
    granted = models.BooleanField(null=True)
    reason = models.TextField(default="", blank=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=~Q(asked_by=models.F("decided_by")), name="rights_a_second_person_approves"
            ),
            models.CheckConstraint(
                condition=Q(asked_by__isnull=False, asked_by_client="") | (Q(asked_by=None) & ~Q(asked_by_client="")),
                name="rights_approvals_say_who_asks",
            ),
            models.CheckConstraint(
                condition=Q(decided_by=None, decided_at=None, granted=None, reason="")
                | (Q(decided_by__isnull=False, decided_at__isnull=False, granted__isnull=False) & ~Q(reason="")),
                name="rights_decided_approvals_say_by_whom_and_why",
            ),
            models.UniqueConstraint(
                fields=["part", "asked_by", "asked_by_client"],
                condition=Q(granted=None) | Q(granted=True),
                nulls_distinct=False,
                name="rights_one_standing_approval_an_asker",
            ),
        ]
        triggers: ClassVar = [
            pgtrigger.Protect(name="never_removed", operation=pgtrigger.Delete),
            pgtrigger.ReadOnly(name="question_stands", exclude=["decided_by", "decided_at", "granted", "reason"]),
            pgtrigger.Protect(
                name="decision_stands", operation=pgtrigger.Update, condition=pgtrigger.Q(old__decided_at__isnull=False)
            ),
        ]

    @property
    def state(self) -> str:
        return {None: "asked", True: "granted", False: "declined"}[self.granted]


class PartMessage(models.Model):
    """A word between a department and the person, about a part."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    part = models.ForeignKey(Part, on_delete=models.PROTECT, related_name="messages")
    agency_id = models.UUIDField()
    subject_key = KeyField()
    is_from_agency = models.BooleanField()
    text = models.TextField()
    at = models.DateTimeField()

    class Meta:
        triggers: ClassVar = APPEND_ONLY
        indexes: ClassVar = [models.Index(fields=["part", "at"], name="rights_messages_of_a_part")]


class PartFile(models.Model):
    """A file of a reply; its content lies encrypted in the data folder (portal.trail.vault)."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    part = models.ForeignKey(Part, on_delete=models.PROTECT, related_name="files")
    agency_id = models.UUIDField()
    subject_key = KeyField()
    name = models.CharField(max_length=120)
    media_type = models.CharField(max_length=120)
    size = models.PositiveBigIntegerField()  # bytes
    sha256 = BytesField(max_length=32)
    stored_as = models.CharField(max_length=80)
    at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["part", "name"], name="rights_one_file_a_name")]


class WantedChange(models.Model):
    """What a correction asks of one item: how it reads, and how it should. Both are sealed (portal.trail.vault)."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    request = models.ForeignKey(RightsRequest, on_delete=models.PROTECT, related_name="changes")
    subject_key = KeyField()
    dataset = models.ForeignKey("catalogue.Dataset", on_delete=models.PROTECT, related_name="+")
    item = models.ForeignKey("catalogue.DataItem", on_delete=models.PROTECT, related_name="+")
    held_sealed = BytesField(null=True)  # none where nothing is held yet
    wanted_sealed = BytesField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["request", "item"], name="rights_one_change_an_item"),
        ]


class Evidence(models.Model):
    """A file that a person puts to a request, or to an answer; its content lies encrypted in the data folder."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    request = models.ForeignKey(RightsRequest, on_delete=models.PROTECT, related_name="evidence")
    part = models.ForeignKey(
        Part, null=True, on_delete=models.PROTECT, related_name="evidence"
    )  # sent to this one alone
    subject_key = KeyField()
    name = models.CharField(max_length=120)
    media_type = models.CharField(max_length=120)
    size = models.PositiveBigIntegerField()  # bytes
    sha256 = BytesField(max_length=32)
    stored_as = models.CharField(max_length=80)
    at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["request", "name"], condition=Q(part=None), name="rights_one_piece_of_evidence_a_name"
            ),
        ]


class Package(models.Model):
    """All answers of a request as one sealed ZIP."""

    request = models.OneToOneField(RightsRequest, primary_key=True, on_delete=models.PROTECT, related_name="package")
    subject_key = KeyField()
    asked_at = models.DateTimeField()
    built_at = models.DateTimeField(null=True)
    size = models.PositiveBigIntegerField(null=True)  # bytes
    sha256 = BytesField(max_length=32, null=True)
    stored_as = models.CharField(max_length=80, default="", blank=True)
    manifest = models.TextField(default="", blank=True)  # compact JWS of what is inside
    answers = models.PositiveIntegerField(default=0)  # how many are inside
    expires_at = models.DateTimeField(null=True)
    erased_at = models.DateTimeField(null=True)
    downloads = models.PositiveIntegerField(default=0)
    downloaded_at = models.DateTimeField(null=True)

    @property
    def is_ready(self) -> bool:
        return self.built_at is not None and self.erased_at is None
