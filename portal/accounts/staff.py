"""Staff at the door: who comes in by an agency's own provider, and what of their sign-in stands in the trail."""

from datetime import datetime

from django.conf import settings
from django.db import transaction

from portal.accounts.errors import UnknownStaff
from portal.accounts.levels import Level
from portal.accounts.models import User
from portal.trail import actions as trail
from portal.trail.actor import Actor, acting_as


@transaction.atomic
def sign_in_staff(username: str, *, agency: str, door: str, level: Level, at: datetime) -> User:
    """The member of staff for whom the provider of that agency vouched; raises UnknownStaff.

    Nobody is made here, and a provider vouches for its own agency's people alone; one of no agency, for the
    authority, the regulator and the operator.
    """
    if not username.isprintable():
        raise UnknownStaff("no user name")
    user = User.objects.select_related("agency").filter(username=username, is_staff=True, is_active=True).first()
    if user is None or (user.agency.code if user.agency else "") != agency:
        raise UnknownStaff("no such member of staff")
    if settings.PORTAL_STAFF_SECOND_FACTOR and not level.reaches(Level.SUBSTANTIAL):
        raise UnknownStaff("one factor", code="level-too-low")
    note_staff_signed_in(user, door=door, level=level, at=at)
    return user


@transaction.atomic
def note_staff_signed_in(user: User, *, door: str, level: Level, at: datetime) -> None:
    """That a member of staff came in, by which door and how surely."""
    with acting_as(Actor.gate()) as gate:
        trail.record(
            "accounts.staff.signed_in", actor=gate, at=at, about=user, agency=user.agency_id, door=door,
            level=level.value,
        )  # fmt: skip


@transaction.atomic
def note_factor(user: User, change: str, factor: str, *, at: datetime) -> None:
    """That a member of staff got or lost a second factor; `change` is added or removed."""
    with acting_as(Actor.gate()) as gate:
        trail.record(f"accounts.factor.{change}", actor=gate, at=at, about=user, agency=user.agency_id, factor=factor)
