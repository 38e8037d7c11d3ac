"""Who may act for whom, with the documents that prove it, and what people arranged for after their death."""

from datetime import datetime
from typing import ClassVar

import pgtrigger
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from portal.representation.states import LIVE, MOVES, Act, Kind, Proof, State, WaitsFor, require_move
from portal.trail.append_only import APPEND_ONLY
from portal.trail.fields import BytesField, KeyField
from portal.trail.ids import new_id

Q = models.Q


class Representation(models.Model):
    """One person acts for another (代为行使权利): asked, proven, ended; see portal.representation.states.

    Names are kept encrypted and bound to the row, because neither of the two may read the other's person. `agency`
    is whose clerk checks documents, or whose clerk assists; `representative_user` is the clerk who assists.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    kind = models.CharField(_("kind"), max_length=12, choices=Kind)
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.ASKED)
    subject_key = KeyField()
    represented_sealed = BytesField()
    representative_key = KeyField(null=True)
    representative_sealed = BytesField()
    representative_user = models.UUIDField(null=True)
    organisation = models.CharField(_("organisation"), max_length=120, default="", blank=True)
    agency = models.ForeignKey(
        "catalogue.Agency", verbose_name=_("agency"), null=True, on_delete=models.PROTECT, related_name="+"
    )
    acts = ArrayField(models.CharField(max_length=10, choices=Act))
    agencies = ArrayField(models.UUIDField(), default=list)  # empty: all of them
    interest = models.TextField(_("interest"), default="", blank=True)
    waits_for = models.CharField(_("waits for"), max_length=16, choices=WaitsFor, default=WaitsFor.NOBODY, blank=True)
    proof = models.CharField(_("proof"), max_length=10, choices=Proof, default=Proof.NONE, blank=True)
    reason = models.TextField(_("reason"), default="", blank=True)  # of a refusal
    asked_at = models.DateTimeField(_("asked on"))
    answer_by = models.DateTimeField(null=True)
    proven_at = models.DateTimeField(null=True)
    proven_by = models.UUIDField(null=True)  # the user whose act it was
    valid_until = models.DateTimeField(_("until"), null=True)
    ended_at = models.DateTimeField(null=True)
    ended_by = models.CharField(max_length=16, default="", blank=True)  # actor's kind
    follows = models.OneToOneField("self", null=True, on_delete=models.PROTECT, related_name="followed_by")
    code_digest = BytesField(max_length=32, null=True)
    guesses = models.PositiveSmallIntegerField(default=0)

    class Meta:
        verbose_name = _("representation")
        verbose_name_plural = _("representations")
        indexes: ClassVar = [
            models.Index(fields=["subject_key", "-asked_at"], name="representation_of_a_person"),
            models.Index(fields=["representative_key", "-asked_at"], name="representation_by_a_person"),
            models.Index(fields=["valid_until"], condition=Q(state="proven"), name="representation_by_end"),
            models.Index(fields=["answer_by"], condition=Q(state="asked"), name="representation_asked_by_end"),
            models.Index(fields=["agency", "asked_at"], condition=Q(state="asked"), name="representation_to_check"),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["subject_key", "representative_key", "kind"],
                condition=Q(state__in=LIVE, representative_key__isnull=False),
                name="representation_one_live_a_kind",
            ),
            models.CheckConstraint(
                condition=Q(representative_key=None) | ~Q(representative_key=models.F("subject_key")),
                name="representation_is_of_another",
            ),
            models.CheckConstraint(
                condition=Q(kind="assisted", representative_key=None, representative_user__isnull=False)
                | (~Q(kind="assisted") & Q(representative_key__isnull=False)),
                name="representation_assisted_by_a_clerk_else_by_a_person",
            ),
            models.CheckConstraint(
                condition=~Q(state="proven") | (~Q(proof="") & Q(proven_at__isnull=False, waits_for="")),
                name="representation_proven_says_how",
            ),
            models.CheckConstraint(
                condition=~Q(state="proven", kind__in=("child", "minor", "assisted")) | Q(valid_until__isnull=False),
                name="representation_that_ends_by_law_says_when",
            ),
            models.CheckConstraint(
                condition=Q(state__in=LIVE, ended_at=None) | (~Q(state__in=LIVE) & Q(ended_at__isnull=False)),
                name="representation_ended_says_when",
            ),
            models.CheckConstraint(
                condition=~Q(kind__in=("minor", "relative")) | ~Q(acts__contains=["consent"]),
                name="representation_without_consent_where_the_law_has_none",
            ),
        ]
        triggers: ClassVar = [
            pgtrigger.Protect(name="never_removed", operation=pgtrigger.Delete),
            pgtrigger.ReadOnly(
                name="parties_stand",
                fields=["kind", "subject_key", "representative_key", "acts", "agencies", "asked_at"],
            ),
            pgtrigger.FSM(
                name="moves_as_the_table_says",
                field="state",
                transitions=[(before.value, after.value) for before, ends in MOVES.items() for after in sorted(ends)],
            ),
        ]

    def __str__(self) -> str:
        return f"{self.id} {self.state}"

    def move_to(self, state: State) -> None:
        """Take a step of MOVES; raises IllegalMove."""
        require_move(self.state, state)
        self.state = state

    def stands(self, at: datetime) -> bool:
        """Whether somebody may act by it at this moment."""
        return self.state == State.PROVEN and (self.valid_until is None or at < self.valid_until)

    @property
    def acts_in_words(self) -> list[str]:
        return [str(Act(act).label) for act in Act.values if act in self.acts]


class Document(models.Model):
    """A document that is to prove a representation; its content lies encrypted in the data folder."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    representation = models.ForeignKey(Representation, on_delete=models.PROTECT, related_name="documents")
    representative_key = KeyField()
    agency_id = models.UUIDField()
    name = models.CharField(max_length=120)
    size = models.PositiveBigIntegerField()  # bytes
    sha256 = BytesField(max_length=32)
    stored_as = models.CharField(max_length=80)
    at = models.DateTimeField()

    class Meta:
        triggers: ClassVar = APPEND_ONLY

    def __str__(self) -> str:
        return self.name


class Arrangement(models.Model):
    """What somebody arranged for after their death (PIPL 49). No row: relatives may, as the law says."""

    subject_key = KeyField(primary_key=True)
    relatives_may = models.BooleanField(default=True)
    at = models.DateTimeField()

    def __str__(self) -> str:
        return bytes(self.subject_key).hex()[:8]
