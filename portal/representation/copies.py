"""A person's copy of who acts for whom: both sides' rows, their documents, and what they arranged."""

from collections.abc import Iterator

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from portal.representation import queries
from portal.representation.models import Arrangement
from portal.representation.states import Act
from portal.trail.copies import Row, Word


def representations(subject_key: bytes) -> Iterator[Row]:
    """Every representation in which the person has a part, with the other one's name, as they see it on the page."""
    sides = queries.sides(subject_key, at=timezone.now())
    for shown in [*sides.acting_for_me, *sides.acting_for, *sides.past]:
        row, is_represented = shown.row, bytes(shown.row.subject_key) == subject_key
        yield {
            "kind": Word(row.kind, row.get_kind_display()),
            "state": Word(row.state, row.get_state_display()),
            "side": Word("represented", _("somebody acts for you"))
            if is_represented
            else Word("representative", _("you act for somebody")),
            "name": shown.representative if is_represented else shown.represented,
            "organisation": row.organisation,
            "acts": [Word(act, Act(act).label) for act in row.acts],
            "agencies": list(shown.agencies),
            "interest": "" if is_represented else row.interest,
            "proof": Word(row.proof, row.get_proof_display()),
            "asked_at": row.asked_at,
            "proven_at": row.proven_at,
            "valid_until": row.valid_until,
            "ended_at": row.ended_at,
            "reason": "" if is_represented else row.reason,
            "documents": [
                {"at": one.at, "name": one.name, "size": one.size, "sha256": bytes(one.sha256).hex()}
                for one in ([] if is_represented else queries.documents_of(row))
            ],
            "id": row.id,
        }


def arrangement(subject_key: bytes) -> Iterator[Row]:
    """What the person arranged for after their death; no row where they did not."""
    for row in Arrangement.objects.filter(pk=subject_key):
        yield {"relatives_may": row.relatives_may, "at": row.at}
