"""Rotating a key: introduce it, write with it, rewrite what stands under the old one, retire the old one.

Each step may be interrupted anywhere and run again. No reader has to wait: the old key stays in the secrets file,
lookups stand under both peppers until everybody is found by the new one, and `subject_key` never changes.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, cast

from django.conf import settings
from django.db import connection
from django.db.models import Exists, OuterRef

from portal.accounts import numbers, queries
from portal.accounts.errors import OlderSecrets
from portal.accounts.models import KeyVersion, Person, SubjectLookup
from portal.trail import actions as trail
from portal.trail import key_file, sealed_places, secrets, vault
from portal.trail.actor import Actor, acting_as, database_role
from portal.trail.sealed_places import Rewritten, SealedTable

RINGS = (*secrets.RINGS, *(f"signing.{use}" for use in secrets.USES))
_WITHOUT_LOOKUP = """
SELECT p.subject_key, p.number_sealed FROM accounts_person p
WHERE (%(after)s::bytea IS NULL OR p.subject_key > %(after)s::bytea) AND NOT EXISTS (
    SELECT FROM accounts_subjectlookup l WHERE l.subject_key = p.subject_key AND l.pepper_version = %(version)s)
ORDER BY p.subject_key LIMIT %(limit)s FOR NO KEY UPDATE OF p
"""
_DROP = """
DELETE FROM accounts_subjectlookup WHERE (digest, pepper_version) IN (
    SELECT digest, pepper_version FROM accounts_subjectlookup
    WHERE pepper_version = ANY(%(retired)s) AND (%(after)s::bytea IS NULL OR digest > %(after)s::bytea)
    ORDER BY digest LIMIT %(limit)s)
RETURNING digest
"""


def fingerprints(ring: str) -> dict[str, bytes]:
    """Every version of `ring` in the secrets file, by what the database knows it by."""
    found = secrets.load()
    if ring.startswith("signing."):
        keys = found.signing[ring.partition(".")[2]]
        return {str(key.as_dict(private=False)["kid"]): key.thumbprint().encode()[:32] for key in keys}
    return {version: queries.fingerprint(ring, key) for version, key in _ring(ring).keys.items()}


def _ring(ring: str) -> secrets.Ring:
    return cast(secrets.Ring, getattr(secrets.load(), ring))


def require_whole_file() -> None:
    """Raise OlderSecrets where the file lacks a key that the database knows, or has another in its place."""
    with acting_as(Actor.portal()):
        known = list(KeyVersion.objects.order_by("ring", "introduced_at"))
    missing = [
        f"{key.ring} {key.version}" for key in known if fingerprints(key.ring).get(key.version) != key.fingerprint
    ]
    if missing:
        raise OlderSecrets(missing)


def unfinished() -> list[str]:
    """The rings whose newest key is not yet all that is written with."""
    with acting_as(Actor.portal()):
        found = KeyVersion.objects.filter(finished_at=None).values_list("ring", flat=True)
        return sorted(set(found), key=RINGS.index)


# ------------------------------------------------------------------ steps
def introduce(ring: str, *, actor: Actor, at: datetime) -> str:
    """Make sure that a rotation of `ring` is under way, one that was interrupted or a new one; its version.

    From the commit on new people are found by the new pepper too.
    """
    with acting_as(actor):
        open_ones = list(KeyVersion.objects.filter(ring=ring, finished_at=None))
    if open_ones:
        return max((key.version for key in open_ones), key=secrets.age)
    version = prepare(ring)
    with acting_as(actor):
        _let_nobody_register(ring)
        known = set(KeyVersion.objects.filter(ring=ring).values_list("version", flat=True))
        for name, mark in fingerprints(ring).items():
            if name not in known:
                since = None if name == version else at  # what is in the file already is in use
                KeyVersion.objects.create(
                    ring=ring, version=name, fingerprint=mark, introduced_at=at, switched_at=since, finished_at=since
                )
        trail.record("accounts.key.introduced", actor=actor, at=at, ring=ring, version=version)
    return version


def prepare(ring: str) -> str:
    """Lay the next key of `ring` into the secrets file without writing with it; its version."""
    require_whole_file()
    return key_file.prepare(Path(settings.PORTAL_SECRETS_FILE), ring)


def switch(ring: str, version: str, *, actor: Actor, at: datetime) -> None:
    """Write with the new key from now on; every process does so at its next use of a key."""
    if _current(ring) != version:
        key_file.switch(Path(settings.PORTAL_SECRETS_FILE), ring)
    with acting_as(actor):
        if KeyVersion.objects.filter(ring=ring, version=version, switched_at=None).update(switched_at=at):
            trail.record("accounts.key.switched", actor=actor, at=at, ring=ring, version=version)


def _let_nobody_register(ring: str) -> None:
    """Wait for those who register people, and keep others from it until we have committed: for a new set of peppers."""
    if ring == "pepper":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [queries.PEPPERS_LOCK])


def _current(ring: str) -> str:
    return next(iter(fingerprints(ring))) if ring.startswith("signing.") else _ring(ring).current


def rewrite_lookups(version: str, after: Any, limit: int) -> Rewritten:
    """Give the next people beyond `after` a lookup under the pepper `version`, by opening their numbers."""
    with acting_as(Actor.portal()):
        with connection.cursor() as cursor:
            cursor.execute(_WITHOUT_LOOKUP, {"after": after, "version": version, "limit": limit})
            rows = [(bytes(key), bytes(sealed)) for key, sealed in cursor.fetchall()]
        lookups, unreadable = [], []
        for key, sealed in rows:
            try:
                number = vault.open_sealed(sealed, place=queries.place("number", key))
            except vault.Unreadable:
                unreadable.append(f"accounts.Person {key.hex()}")
                continue
            digest = numbers.digests(number)[version]
            lookups.append(SubjectLookup(digest=digest, pepper_version=version, subject_key=key))
        SubjectLookup.objects.bulk_create(lookups, ignore_conflicts=True)
    return Rewritten(len(lookups), tuple(unreadable), rows[-1][0] if rows else None)


def rewrite_sealed(place: SealedTable, after: Any, limit: int) -> Rewritten:
    """Seal the next rows of `place` beyond `after` under the current key."""
    with acting_as(Actor.portal()):
        return place.rewrite(after, limit)


def rewritten_places() -> Mapping[str, SealedTable]:
    return {name: cast(SealedTable, place) for name, place in sealed_places.places().items() if place.is_rewritten}


def finish(ring: str, version: str, *, rows: int, actor: Actor, at: datetime) -> bool:
    """Note that all stands under `version`, and retire the keys before it; False where something is left to rewrite.

    Since its pepper was introduced nobody was registered without it, so who is looked for here is looked for once.
    """
    with acting_as(actor):
        if _is_left(ring, version):
            return False
        _let_nobody_register(ring)
        KeyVersion.objects.filter(ring=ring, finished_at=None).update(finished_at=at)
        if ring == "pepper" or ring.startswith("signing."):
            KeyVersion.objects.filter(ring=ring, retired_at=None).exclude(version=version).update(retired_at=at)
        trail.record("accounts.key.finished", actor=actor, at=at, ring=ring, version=version, rows=rows)
    return True


def _is_left(ring: str, version: str) -> bool:
    if ring == "pepper":
        found = SubjectLookup.objects.filter(subject_key=OuterRef("subject_key"), pepper_version=version)
        return Person.objects.filter(~Exists(found)).exists()
    if ring == "encryption":
        return any(set(place.versions()) - {version} for place in rewritten_places().values())
    return False


def drop_lookups(after: bytes | None, limit: int) -> tuple[int, bytes | None]:
    """Remove the next lookups under retired peppers: how many, and where it ended."""
    with acting_as(Actor.portal()):
        given = {"retired": _retired_peppers(), "after": after, "limit": limit}
        with database_role("portal_retention"), connection.cursor() as cursor:
            cursor.execute(_DROP, given)
            gone = [bytes(digest) for (digest,) in cursor.fetchall()]
    return len(gone), max(gone, default=None)


def note_dropped(rows: int, *, actor: Actor, at: datetime) -> None:
    """Note once of each retired pepper that nobody is found by it any more."""
    with acting_as(actor):
        for version in _retired_peppers():
            KeyVersion.objects.filter(ring="pepper", version=version).update(dropped_at=at)
            trail.record("accounts.key.dropped", actor=actor, at=at, ring="pepper", version=version, rows=rows)


def _retired_peppers() -> list[str]:
    """Those whose lookups may still be there."""
    retired = KeyVersion.objects.filter(ring="pepper", retired_at__isnull=False, dropped_at=None)
    return list(retired.values_list("version", flat=True))


# ------------------------------------------------------------------ what stands under which version
@dataclass(frozen=True)
class Standing:
    """One version of a ring: what it is now, and what stands under it, by the name of the place."""

    ring: str
    version: str
    state: str
    rows: Mapping[str, int]


def standing() -> list[Standing]:
    """Every version of every ring, in the order of the file."""
    with acting_as(Actor.portal()):
        known = {(key.ring, key.version): key for key in KeyVersion.objects.all()}
        counted = _counted()
    return [
        Standing(ring, version, _state(ring, version, known.get((ring, version))), counted.get((ring, version), {}))
        for ring in RINGS
        for version in dict.fromkeys([*fingerprints(ring), *(name for of, name in (*known, *counted) if of == ring)])
    ]


def _counted() -> dict[tuple[str, str], dict[str, int]]:
    found: dict[tuple[str, str], dict[str, int]] = {}
    for version in SubjectLookup.objects.values_list("pepper_version", flat=True).distinct():
        rows = SubjectLookup.objects.filter(pepper_version=version).count()
        found["pepper", version] = {"lookups": rows}
    for name, place in sealed_places.places().items():
        for version, rows in place.versions().items():
            found.setdefault(("encryption", version), {})[name] = rows
    return found


def _state(ring: str, version: str, known: KeyVersion | None) -> str:
    mark = fingerprints(ring).get(version)
    if mark is None or (known and known.fingerprint != mark):
        return "MISSING from the secrets file"
    if version == _current(ring):
        return "current, being rewritten" if known and known.finished_at is None else "current"
    if known and known.retired_at:
        return "retired"
    if known and known.finished_at is None:
        return "introduced"
    return "still read" if known or _is_older(ring, version) else "prepared"


def _is_older(ring: str, version: str) -> bool:
    return not ring.startswith("signing.") and secrets.age(version) < secrets.age(_current(ring))
