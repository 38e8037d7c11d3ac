"""Who acts. Every transaction has one actor; the database sees it too, and shows no row without one.

The actor lives in the lowest layer because both the trail (who did it) and row-level security (who may see it)
stand on it; how a request becomes an actor is the business of portal.accounts.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager, nullcontext
from contextvars import ContextVar
from dataclasses import dataclass, replace
from typing import TypeVar
from uuid import UUID

from django.db import connection, models, transaction

T = TypeVar("T")


class ActorKind(models.TextChoices):
    VISITOR = "visitor", "visitor"  # nobody signed in: public pages
    GATE = "gate", "gate"  # the sign-in itself, which must find a person before anybody is signed in
    CITIZEN = "citizen", "citizen"
    CLERK = "clerk", "clerk"
    CLIENT = "client", "client"  # a departmental system
    AUTHORITY = "authority", "authority"
    REGULATOR = "regulator", "regulator"
    OPERATOR = "operator", "operator"  # keeps the accounts of staff and systems, sees no case
    PORTAL = "portal", "portal"  # the portal's own tasks


ADMINISTRATOR = "administrator"


@dataclass(frozen=True, slots=True)
class Mandate:
    """Under which representation somebody acts for another, and how far it goes (portal.representation).

    `holder` is the representative's own key; none where a clerk assists somebody who is present. `acts` are of "see",
    "consent" and "file"; no `agencies` named: all of them.
    """

    id: UUID
    holder: bytes | None
    acts: frozenset[str]
    agencies: frozenset[UUID] = frozenset()
    is_guardian: bool = False


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts, in what capacity, and for whom."""

    kind: ActorKind
    user_id: UUID | None = None
    subject_key: bytes | None = None  # whose record a citizen sees
    agency_id: UUID | None = None  # whose rows a clerk or a departmental system sees
    client_id: str | None = None
    role: str = ""  # of a clerk within the agency; the database is told none, policies ask for it
    on_behalf_of: bytes | None = None  # the represented person, where somebody acts for another
    mandate: Mandate | None = None  # then: on what ground, and how far

    @property
    def is_administrator(self) -> bool:
        """Whether this is somebody who keeps their agency's systems and endpoints."""
        return self.kind is ActorKind.CLERK and self.role == ADMINISTRATOR

    @classmethod
    def visitor(cls) -> "Actor":
        return cls(ActorKind.VISITOR)

    @classmethod
    def gate(cls) -> "Actor":
        return cls(ActorKind.GATE)

    @classmethod
    def citizen(cls, user_id: UUID, subject_key: bytes) -> "Actor":
        return cls(ActorKind.CITIZEN, user_id=user_id, subject_key=subject_key)

    @classmethod
    def clerk(cls, user_id: UUID, agency_id: UUID, role: str = "") -> "Actor":
        return cls(ActorKind.CLERK, user_id=user_id, agency_id=agency_id, role=role)

    @classmethod
    def client(cls, client_id: str, agency_id: UUID) -> "Actor":
        return cls(ActorKind.CLIENT, client_id=client_id, agency_id=agency_id)

    @classmethod
    def authority(cls, user_id: UUID) -> "Actor":
        return cls(ActorKind.AUTHORITY, user_id=user_id)

    @classmethod
    def regulator(cls, user_id: UUID) -> "Actor":
        return cls(ActorKind.REGULATOR, user_id=user_id)

    @classmethod
    def operator(cls, user_id: UUID) -> "Actor":
        return cls(ActorKind.OPERATOR, user_id=user_id)

    @classmethod
    def portal(cls) -> "Actor":
        return cls(ActorKind.PORTAL)

    def standing_in_for(self, subject_key: bytes, mandate: Mandate) -> "Actor":
        """The same person, acting for `subject_key` from now on: sees that record, as far as the mandate goes."""
        return replace(self, kind=ActorKind.CITIZEN, subject_key=subject_key, on_behalf_of=subject_key, mandate=mandate)

    def may_act(self, act: str, *agencies: UUID) -> bool:
        """Whether `act` may be done with these agencies: for oneself always, for another as the mandate says."""
        if self.mandate is None:
            return True
        return act in self.mandate.acts and (not self.mandate.agencies or self.mandate.agencies.issuperset(agencies))


_current: ContextVar[Actor | None] = ContextVar("portal_actor", default=None)

# Transaction-local (`true`): a pooled connection never carries an actor over to the next request.
_SETTINGS = ("actor", "subject", "agency", "user", "self", "representation", "acts", "within")
_SET_ACTOR = "SELECT " + ", ".join(f"set_config('portal.{name}', %s, true)" for name in _SETTINGS)
_SET_ROLE = "SELECT set_config('role', %s, true)"
WORKER_ROLE = "portal_worker"


class NoActor(RuntimeError):
    """Code that must know who acts was called outside `acting_as`: a defect, never a user's mistake."""


def current() -> Actor:
    """The actor of this transaction."""
    actor = _current.get()
    if actor is None:
        raise NoActor("no actor: wrap this in acting_as(...)")
    return actor


def peek() -> Actor | None:
    """The actor, or none outside a transaction: for what is shown around a page, also around an error."""
    return _current.get()


def _tell_database(actor: Actor | None) -> None:
    settings = ("",) * len(_SETTINGS) if actor is None else _settings_of(actor)
    with connection.cursor() as cursor:
        cursor.execute(_SET_ACTOR, settings)


def _settings_of(actor: Actor) -> tuple[str, ...]:
    """What the policies stand on: see migration 0004_mandates for what each is read by."""
    subject = actor.subject_key.hex() if actor.subject_key else ""
    plain = (actor.kind.value, subject, str(actor.agency_id or ""), str(actor.user_id or ""))
    if actor.mandate is None:
        return (*plain, subject, "", "", "")
    mandate = actor.mandate
    own = mandate.holder.hex() if mandate.holder else ""
    return (*plain, own, str(mandate.id), ",".join(sorted(mandate.acts)), ",".join(map(str, mandate.agencies)))


def _aborted() -> bool:
    """Whether no command is taken until a rollback: an SQL error went through here, or somebody asked for one."""
    raw = connection.connection
    return connection.needs_rollback or raw is None or raw.closed or raw.info.transaction_status.name == "INERROR"


@contextmanager
def acting_as(actor: Actor) -> Iterator[Actor]:
    """One transaction in which `actor` acts; nested, it restores who acted before.

    The portal itself acts under the database role of the worker, of which a web process is no member: one that
    tries gets `permission denied to set role`.
    """
    before, nested = _current.get(), connection.in_atomic_block
    with transaction.atomic():
        role = database_role(WORKER_ROLE) if actor.kind is ActorKind.PORTAL else nullcontext()
        with role:
            _tell_database(actor)
            mark = _current.set(actor)
            try:
                yield actor
            finally:
                _current.reset(mark)
                # The end of the transaction drops the settings by itself; so does the rollback of a failed one.
                if nested and not _aborted():
                    _tell_database(before)


@contextmanager
def database_role(role: str) -> Iterator[None]:
    """Do one step under a narrower or stronger role (ingest, sealer, verifier, retention), inside a transaction."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_user")
        (before,) = cursor.fetchone()
        cursor.execute(_SET_ROLE, [role])
    try:
        yield
    finally:
        if not _aborted():
            with connection.cursor() as cursor:
                cursor.execute(_SET_ROLE, [before])


def become(actor: Actor) -> None:
    """Change the actor for the rest of the surrounding `acting_as`: an API call learns who calls after it began."""
    current()
    _tell_database(actor)
    _current.set(actor)


def streaming(actor: Actor, rows: Iterable[T]) -> Iterator[T]:
    """`rows`, drawn inside a transaction of its own: a streamed answer outlives the request's transaction."""
    with acting_as(actor):
        yield from rows
