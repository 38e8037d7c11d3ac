"""A family and its friends, and a household register that knows what a test tells it."""

from datetime import date, datetime, timedelta
from typing import Any

from django.utils import timezone

from portal.accounts import queries as accounts
from portal.accounts.models import User
from portal.catalogue.models import Agency
from portal.inbox.models import Letter
from portal.law import queries as law
from portal.outbox.models import Message
from portal.representation import actions, queries
from portal.representation.actions import Grant, Wish
from portal.representation.models import Representation
from portal.representation.register import Found
from portal.representation.states import Act, Kind
from portal.trail.actor import Actor, acting_as
from portal.trail.models import Entry
from tests import people
from tests.catalogue import factories as catalogue
from tests.people import as_citizen

KNOWN: dict[tuple[str, str], Found] = {}
DAY = timedelta(days=1)


class Register:
    """Answers what `shows` has told it."""

    def relation(self, person: str, other: str, /) -> Found | None:
        return KNOWN.get((person, other))


register = Register()


def person(age: int = 38, *, name: str = "张三", born_on: date | None = None) -> User:
    """Somebody of that age today, whose birthday was on the first of January."""
    born = born_on or date(timezone.localdate().year - age, 1, 1)
    return people.citizen(people.number(born_on=born), name=name)


def number_of(user: User) -> str:
    with acting_as(Actor.portal()):
        return accounts.number_of(bytes(user.subject_key or b""))


def shows(guardian: User, of: User, **facts: Any) -> None:
    """Let the household register show that one is the other's guardian."""
    name = facts.pop("name", "登记的名字")
    found = {"is_guardian": True, "is_close_relative": True, **facts}
    KNOWN[number_of(of), number_of(guardian)] = Found(name, **found)


def desk() -> Agency:
    return catalogue.agency("civil-affairs", name_zh="民政局", name_en="Civil Affairs")


def checker() -> Actor:
    return catalogue.clerk_of(desk())


def asked(by: User, of: User, kind: Kind = Kind.CHILD, *, at: datetime | None = None, **more: Any) -> Representation:
    wish = Wish(kind, number_of(of), "小明", more.pop("interest", ""))
    with acting_as(as_citizen(by)) as actor:
        return actions.ask(wish, actor=actor, at=at or timezone.now())


def parent_of(child: User, *, at: datetime | None = None) -> tuple[User, Representation]:
    """A parent whom the register shows."""
    parent = person(40, name="李梅")
    shows(parent, child)
    return parent, asked(parent, child, at=at)


def granted(by: User, to: User, *acts: Act, at: datetime | None = None, **more: Any) -> Representation:
    wish = Grant(number_of(to), "王武", acts or tuple(Act), **more)
    with acting_as(as_citizen(by)) as actor:
        return actions.grant(wish, actor=actor, at=at or timezone.now())


def proxy(by: User, to: User, *acts: Act, **more: Any) -> Representation:
    """A proxy who has accepted."""
    accepted: Representation = act("accept", granted(by, to, *acts, **more), to)
    return accepted


def act(name: str, row: Representation, user: User, /, *, at: datetime | None = None, **more: Any) -> Any:
    with acting_as(as_citizen(user)) as actor:
        return getattr(actions, name)(row, **more, actor=actor, at=at or timezone.now())


def stand_in(row: Representation, user: User) -> Actor:
    """The representative's actor while they act."""
    return as_citizen(user).standing_in_for(bytes(row.subject_key), queries.mandate_of(row))


def expire(at: datetime) -> int:
    with acting_as(Actor.portal()) as portal:
        return actions.expire_due(actor=portal, at=at)


def now(row: Representation) -> Representation:
    with acting_as(Actor.portal()):
        return Representation.objects.get(pk=row.pk)


def letters(user: User) -> list[str]:
    with acting_as(as_citizen(user)):
        return list(Letter.objects.order_by("created_at", "id").values_list("kind", flat=True))


def events(row: Representation) -> list[str]:
    with acting_as(Actor.portal()):
        rows = Entry.objects.filter(about_id=str(row.pk), about_kind="representation.Representation")
        return list(rows.order_by("at", "id").values_list("event", flat=True))


def entry(event: str) -> Entry:
    with acting_as(Actor.portal()):
        return Entry.objects.filter(event=event).latest("at")


def came_of_age() -> list[int]:
    with acting_as(Actor.portal()):
        rows = Message.objects.filter(topic="representation.came_of_age").order_by("id")
        return [message.payload["age"] for message in rows]


def birthday(user: User, years: int) -> datetime:
    with acting_as(Actor.portal()):
        born_on = accounts.identity_of(bytes(user.subject_key or b"")).born_on
    return law.comes_of_age_at(born_on, years)
