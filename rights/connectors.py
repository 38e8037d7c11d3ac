"""Connectors to departments' databases, and every change that one was to make there."""

from typing import ClassVar

import pgtrigger
from django.db import models
from django.utils.translation import gettext_lazy as _

from portal.trail.fields import BytesField, KeyField
from portal.trail.ids import new_id
from rights.states import EXECUTION_MOVES, ExecutionState
from rights.stepping import Moving

Q = models.Q


class Connector(models.Model):
    """How one dataset is answered from its own database: the mapping, a credential to read, and one to write."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    agency = models.ForeignKey("catalogue.Agency", on_delete=models.PROTECT, related_name="connectors")
    dataset = models.OneToOneField("catalogue.Dataset", on_delete=models.PROTECT, related_name="connector")
    mapping = models.JSONField()
    read_sealed = BytesField()  # encrypted at rest; see portal.trail.vault
    write_sealed = BytesField(null=True)
    active = models.BooleanField(_("active"), default=True)
    registered_at = models.DateTimeField(_("registered"))
    registered_by = models.UUIDField(null=True)

    class Meta:
        verbose_name = _("connector")
        verbose_name_plural = _("connectors")


class Execution(Moving):
    """A change that the connector makes in a department's database; its id is the key that is written there first.

    What it changes holds personal data and is sealed; hashes of plan and result stay in the trail.
    """

    moves = EXECUTION_MOVES
    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    part = models.ForeignKey("rights.Part", on_delete=models.PROTECT, related_name="executions")
    connector = models.ForeignKey(Connector, on_delete=models.PROTECT, related_name="executions")
    agency_id = models.UUIDField()
    subject_key = KeyField()
    wanted_sealed = BytesField()
    plan_sealed = BytesField(null=True)
    plan_sha256 = BytesField(max_length=32, null=True)
    changes = models.PositiveIntegerField(null=True)
    state = models.CharField(max_length=12, choices=ExecutionState, default=ExecutionState.ASKED)
    problem = models.CharField(max_length=40, default="", blank=True)
    asked_at = models.DateTimeField()
    asked_by = models.UUIDField()
    first_approved_by = models.UUIDField(null=True)
    second_approved_by = models.UUIDField(null=True)
    approved_at = models.DateTimeField(null=True)
    started_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("change by a connector")
        verbose_name_plural = _("changes by connectors")
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=~Q(first_approved_by=models.F("second_approved_by")),
                name="rights_two_people_approve_a_change",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=("approved", "started", "done"))
                | Q(first_approved_by__isnull=False, second_approved_by__isnull=False, plan_sha256__isnull=False),
                name="rights_changes_run_only_when_approved",
            ),
            models.UniqueConstraint(
                fields=["part"],
                condition=Q(state__in=("asked", "proposed", "approved", "started")),
                name="rights_one_change_at_a_time",
            ),
        ]
        triggers: ClassVar = [
            pgtrigger.Protect(name="never_removed", operation=pgtrigger.Delete),
            pgtrigger.Protect(
                name="approved_plan_stands",
                operation=pgtrigger.Update,
                condition=pgtrigger.Q(old__approved_at__isnull=False)
                & (
                    pgtrigger.Q(old__plan_sha256__df=pgtrigger.F("new__plan_sha256"))
                    | pgtrigger.Q(old__first_approved_by__df=pgtrigger.F("new__first_approved_by"))
                    | pgtrigger.Q(old__second_approved_by__df=pgtrigger.F("new__second_approved_by"))
                ),
            ),
        ]
