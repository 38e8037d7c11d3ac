"""Why a citizen is not told of an event for now, who asked for it, and who else approved it."""

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from portal.ledger.states import EmbargoState, require_move
from portal.trail.fields import KeyField
from portal.trail.ids import new_id

LIVE = (EmbargoState.ASKED, EmbargoState.IN_FORCE)


class Embargo(models.Model):
    """One event withheld from its citizen by a ground of the law, until it is lifted.

    What hides the event is its newest note; a trigger of the database takes a note that withholds only where a second
    person has approved it here.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    subject_key = KeyField()
    event_id = models.UUIDField()
    provider = models.ForeignKey("catalogue.Agency", on_delete=models.PROTECT, related_name="+")
    ground = models.CharField(_("ground"), max_length=40)  # code of a withholding of the jurisdiction
    reason = models.TextField(_("reason"), max_length=2000)
    review_on = models.DateField(_("reviewed on"))
    state = models.CharField(_("state"), max_length=8, choices=EmbargoState.choices, default=EmbargoState.ASKED)
    asked_by = models.UUIDField()  # a user
    asked_at = models.DateTimeField(_("asked"))
    decided_by = models.UUIDField(null=True)  # another user
    decided_at = models.DateTimeField(_("decided"), null=True)
    with_regulator_at = models.DateTimeField(_("with the regulator since"), null=True)
    lifted_at = models.DateTimeField(_("lifted"), null=True)

    class Meta:
        verbose_name = _("withheld event")
        verbose_name_plural = _("withheld events")
        indexes: ClassVar = [
            models.Index(fields=["subject_key", "event_id"], name="ledger_embargoes_of_event"),
            models.Index(
                fields=["review_on"], condition=models.Q(state=EmbargoState.IN_FORCE), name="ledger_embargoes_to_review"
            ),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["subject_key", "event_id"],
                condition=models.Q(state__in=LIVE),
                name="ledger_one_live_embargo",
            ),
            models.CheckConstraint(
                condition=models.Q(decided_by=None) | ~models.Q(decided_by=models.F("asked_by")),
                name="ledger_embargo_needs_a_second_person",
            ),
            models.CheckConstraint(
                condition=models.Q(state=EmbargoState.ASKED, decided_by=None, decided_at=None)
                | (~models.Q(state=EmbargoState.ASKED) & models.Q(decided_by__isnull=False, decided_at__isnull=False)),
                name="ledger_embargo_decisions_say_by_whom",
            ),
            models.CheckConstraint(
                condition=models.Q(state=EmbargoState.LIFTED, lifted_at__isnull=False)
                | (~models.Q(state=EmbargoState.LIFTED) & models.Q(lifted_at=None)),
                name="ledger_embargo_lifted_at_an_instant",
            ),
            models.CheckConstraint(
                condition=models.Q(state__in=EmbargoState.values), name="ledger_embargo_state_is_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.ground} · {self.asked_at:%Y-%m-%d}"

    def move_to(self, state: EmbargoState) -> None:
        """Take a step of MOVES; raises IllegalMove."""
        require_move(self.state, state)
        self.state = state
