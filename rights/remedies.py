"""What a person can do about an answer, or about none: appeals, what they decided, complaints, mediation."""

from typing import ClassVar

import pgtrigger
from django.db import models
from django.utils.translation import gettext_lazy as _

from portal.trail.append_only import APPEND_ONLY
from portal.trail.fields import KeyField
from portal.trail.ids import new_id
from rights.states import (
    APPEAL_MOVES,
    APPEAL_OPEN,
    COMPLAINT_MOVES,
    COMPLAINT_OPEN,
    MEDIATION_MOVES,
    MEDIATION_OPEN,
    AppealState,
    ComplaintState,
    MediationState,
)
from rights.stepping import Moving

Q = models.Q


class Level(models.TextChoices):
    """Who looks at an answer again: first another person of the agency, then the regulator."""

    AGENCY = "agency", _("internal review")
    REGULATOR = "regulator", _("review by the regulator")


class Against(models.TextChoices):
    REFUSAL = "refusal", _("a refusal")
    ANSWER = "answer", _("an answer that is wrong or incomplete")
    SILENCE = "silence", _("no answer in time")


class Appeal(Moving):
    """A person has an answer, or its absence, looked at again (内部复核). It stands in nobody's way to a court."""

    moves = APPEAL_MOVES
    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    part = models.ForeignKey("rights.Part", on_delete=models.PROTECT, related_name="appeals")
    agency_id = models.UUIDField()
    subject_key = KeyField()
    filed_by = models.UUIDField(null=True)
    level = models.CharField(_("level"), max_length=10, choices=Level)
    previous = models.OneToOneField("self", null=True, on_delete=models.PROTECT, related_name="next")
    against = models.CharField(_("against"), max_length=10, choices=Against)
    kind = models.CharField(_("right"), max_length=30)  # the part's, and its answer as it was contested
    outcome = models.CharField(max_length=12, default="", blank=True)
    ground = models.CharField(max_length=60, default="", blank=True)
    reply = models.TextField(default="", blank=True)
    answered_at = models.DateTimeField(null=True)
    answered_by = models.UUIDField(null=True)  # never decides
    words = models.TextField()
    state = models.CharField(_("state"), max_length=12, choices=AppealState, default=AppealState.FILED)
    filed_at = models.DateTimeField(_("filed on"))
    due_at = models.DateTimeField(_("due"))
    due_article = models.CharField(max_length=80)
    taken_at = models.DateTimeField(null=True)
    taken_by = models.UUIDField(null=True)
    overdue_at = models.DateTimeField(null=True)
    decided_at = models.DateTimeField(null=True)
    decided_by = models.UUIDField(null=True)
    decision = models.TextField(default="", blank=True)  # to the person

    class Meta:
        verbose_name = _("appeal")
        verbose_name_plural = _("appeals")
        indexes: ClassVar = [
            models.Index(
                fields=["agency_id", "due_at"], condition=Q(state__in=APPEAL_OPEN), name="rights_appeals_to_do"
            ),
            models.Index(fields=["subject_key", "-filed_at"], name="rights_appeals_of_a_person"),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=~Q(decided_by=models.F("answered_by")) & ~Q(taken_by=models.F("answered_by")),
                name="rights_another_person_reviews",
            ),
            models.CheckConstraint(
                condition=Q(state__in=("granted", "dismissed"), decided_at__isnull=False, decided_by__isnull=False)
                & ~Q(decision="")
                | ~Q(state__in=("granted", "dismissed")) & Q(decided_at=None, decided_by=None, decision=""),
                name="rights_decided_appeals_say_by_whom_and_why",
            ),
            models.CheckConstraint(
                condition=Q(level="agency", previous=None) | Q(level="regulator", previous__isnull=False),
                name="rights_the_agency_reviews_first",
            ),
            models.UniqueConstraint(
                fields=["part"], condition=Q(state__in=APPEAL_OPEN), name="rights_one_open_appeal_a_part"
            ),
        ]
        triggers: ClassVar = [
            pgtrigger.Protect(name="never_removed", operation=pgtrigger.Delete),
            pgtrigger.ReadOnly(
                name="what_was_filed_stands",
                fields=[
                    "part", "agency_id", "subject_key", "filed_by", "level", "previous", "against", "kind", "outcome",
                    "ground", "reply", "answered_at", "answered_by", "words", "filed_at",
                ],
            ),
            pgtrigger.Protect(
                name="decision_stands", operation=pgtrigger.Update, condition=pgtrigger.Q(old__decided_at__isnull=False)
            ),
        ]  # fmt: skip

    @property
    def is_open(self) -> bool:
        return self.state in APPEAL_OPEN


class Precedent(models.Model):
    """What an appeal decided, for everybody: its ground and article and why, and nothing of whom it was about."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    appeal_id = models.UUIDField(unique=True)
    agency_id = models.UUIDField()
    kind = models.CharField(max_length=30)
    ground = models.CharField(max_length=60, default="", blank=True)
    article = models.CharField(max_length=80)
    level = models.CharField(max_length=10, choices=Level)
    against = models.CharField(max_length=10, choices=Against)
    granted = models.BooleanField()
    text = models.TextField()
    decided_on = models.DateField()

    class Meta:
        triggers: ClassVar = APPEND_ONLY
        indexes: ClassVar = [
            models.Index(fields=["kind", "ground", "-decided_on"], name="rights_precedents_of_a_ground")
        ]
        constraints: ClassVar = [
            models.CheckConstraint(condition=~Q(text=""), name="rights_precedents_say_why"),
        ]


class Complaint(Moving):
    """A complaint about anything (投诉), to the regulator, who tells what came of it (PIPL 65)."""

    moves = COMPLAINT_MOVES
    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    number = models.CharField(_("number"), max_length=20, unique=True)
    subject_key = KeyField()
    filed_by = models.UUIDField(null=True)
    part = models.ForeignKey("rights.Part", null=True, on_delete=models.PROTECT, related_name="complaints")
    agency_id = models.UUIDField(null=True)  # whom it is about, where it is about an agency
    words = models.TextField()
    state = models.CharField(max_length=12, choices=ComplaintState, default=ComplaintState.FILED)
    filed_at = models.DateTimeField()
    due_at = models.DateTimeField()
    due_article = models.CharField(max_length=80)
    assigned_to = models.UUIDField(null=True)  # of the regulator
    assigned_at = models.DateTimeField(null=True)
    overdue_at = models.DateTimeField(null=True)
    decided_at = models.DateTimeField(null=True)
    decided_by = models.UUIDField(null=True)
    result = models.TextField(default="", blank=True)  # told to the person

    class Meta:
        verbose_name = _("complaint")
        verbose_name_plural = _("complaints")
        indexes: ClassVar = [
            models.Index(fields=["due_at"], condition=Q(state__in=COMPLAINT_OPEN), name="rights_complaints_to_do"),
            models.Index(fields=["subject_key", "-filed_at"], name="rights_complaints_of_a_person"),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(state__in=("upheld", "not_upheld"), decided_at__isnull=False, decided_by__isnull=False)
                & ~Q(result="")
                | ~Q(state__in=("upheld", "not_upheld")) & Q(decided_at=None, decided_by=None, result=""),
                name="rights_decided_complaints_tell_the_result",
            ),
            models.CheckConstraint(
                condition=~Q(state="in_hand") | Q(assigned_to__isnull=False, assigned_at__isnull=False),
                name="rights_somebody_has_the_complaint",
            ),
        ]
        triggers: ClassVar = [
            pgtrigger.Protect(name="never_removed", operation=pgtrigger.Delete),
            pgtrigger.ReadOnly(
                name="what_was_filed_stands",
                fields=["number", "subject_key", "filed_by", "part", "agency_id", "words", "filed_at"],
            ),
            pgtrigger.Protect(
                name="decision_stands", operation=pgtrigger.Update, condition=pgtrigger.Q(old__decided_at__isnull=False)
            ),
        ]

    def __str__(self) -> str:
        return self.number


class Mediation(Moving):
    """Person and agency look for a settlement, helped by an organisation; it replaces no appeal and no court."""

    moves = MEDIATION_MOVES
    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    part = models.ForeignKey("rights.Part", on_delete=models.PROTECT, related_name="mediations")
    agency_id = models.UUIDField()
    subject_key = KeyField()
    organisation = models.CharField(max_length=40)  # of rights.organisations
    state = models.CharField(max_length=12, choices=MediationState, default=MediationState.ASKED)
    asked_at = models.DateTimeField()
    settlement = models.TextField(default="", blank=True)
    proposed_by_agency = models.BooleanField(null=True)
    agreed_by_person_at = models.DateTimeField(null=True)
    agreed_by_agency_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["part"], condition=Q(state__in=MEDIATION_OPEN), name="rights_one_mediation_a_part"
            ),
            models.CheckConstraint(
                condition=~Q(state="settled")
                | Q(agreed_by_person_at__isnull=False, agreed_by_agency_at__isnull=False) & ~Q(settlement=""),
                name="rights_both_agree_to_a_settlement",
            ),
        ]
        triggers: ClassVar = [
            pgtrigger.Protect(name="never_removed", operation=pgtrigger.Delete),
            pgtrigger.Protect(
                name="end_stands", operation=pgtrigger.Update, condition=pgtrigger.Q(old__ended_at__isnull=False)
            ),
        ]


class MediationStep(models.Model):
    """One word of a mediation's timeline, by either side."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    mediation = models.ForeignKey(Mediation, on_delete=models.PROTECT, related_name="steps")
    agency_id = models.UUIDField()
    subject_key = KeyField()
    is_from_agency = models.BooleanField()
    state = models.CharField(max_length=12, choices=MediationState)  # reached by it
    text = models.TextField(default="", blank=True)
    at = models.DateTimeField()

    class Meta:
        triggers: ClassVar = APPEND_ONLY
