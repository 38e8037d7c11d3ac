"""The states of what the catalogue holds, and every move between them in one table each."""

from collections.abc import Mapping
from typing import Final, TypeVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from portal.trail.errors import IllegalMove


class DatasetState(models.TextChoices):
    DRAFT = "draft", _("draft")
    PROPOSED = "proposed", _("waits for approval")
    PUBLISHED = "published", _("published")
    WITHDRAWN = "withdrawn", _("withdrawn")


class VersionState(models.TextChoices):
    PROPOSED = "proposed", _("waits for approval")
    APPROVED = "approved", _("approved")
    RETURNED = "returned", _("returned")
    SUPERSEDED = "superseded", _("replaced by a newer proposal")


class AgreementState(models.TextChoices):
    APPLIED = "applied", _("applied for")
    INCOMPLETE = "incomplete", _("incomplete: the applicant was told what is missing")
    GRANTED = "granted", _("granted")
    SUSPENDED = "suspended", _("suspended")
    REFUSED = "refused", _("refused")
    ENDED = "ended", _("ended")


DATASET_MOVES: Final[Mapping[DatasetState, frozenset[DatasetState]]] = {
    DatasetState.DRAFT: frozenset({DatasetState.PROPOSED}),
    DatasetState.PROPOSED: frozenset({DatasetState.PUBLISHED, DatasetState.DRAFT}),
    # A revision of what is published waits as a version of its own: the dataset stays published meanwhile.
    DatasetState.PUBLISHED: frozenset({DatasetState.WITHDRAWN}),
    DatasetState.WITHDRAWN: frozenset({DatasetState.PUBLISHED}),
}

VERSION_MOVES: Final[Mapping[VersionState, frozenset[VersionState]]] = {
    VersionState.PROPOSED: frozenset({VersionState.APPROVED, VersionState.RETURNED, VersionState.SUPERSEDED}),
    VersionState.APPROVED: frozenset(),
    VersionState.RETURNED: frozenset(),
    VersionState.SUPERSEDED: frozenset(),
}

AGREEMENT_MOVES: Final[Mapping[AgreementState, frozenset[AgreementState]]] = {
    AgreementState.APPLIED: frozenset({AgreementState.INCOMPLETE, AgreementState.GRANTED, AgreementState.REFUSED}),
    # What is missing is told once; without it nothing is granted, nor refused outright.
    AgreementState.INCOMPLETE: frozenset({AgreementState.APPLIED}),
    AgreementState.GRANTED: frozenset({AgreementState.SUSPENDED, AgreementState.ENDED}),
    AgreementState.SUSPENDED: frozenset({AgreementState.GRANTED, AgreementState.ENDED}),
    AgreementState.REFUSED: frozenset(),
    AgreementState.ENDED: frozenset(),
}

UNDECIDED: Final = (AgreementState.APPLIED, AgreementState.INCOMPLETE)

S = TypeVar("S", DatasetState, VersionState, AgreementState)


def moved(moves: Mapping[S, frozenset[S]], before: str, after: S) -> S:
    """`after`, if the table has that move; raises IllegalMove."""
    if after not in next((targets for state, targets in moves.items() if state == before), frozenset()):
        raise IllegalMove()
    return after
