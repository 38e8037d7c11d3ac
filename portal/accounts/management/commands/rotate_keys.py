from argparse import ArgumentParser
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import connection
from django.utils import timezone

from portal.accounts import rotation
from portal.accounts.errors import OlderSecrets
from portal.trail import secrets
from portal.trail.actor import Actor
from portal.trail.sealed_places import Rewritten

LOCK = 0x726F_7461_7465  # "rotate": one at a time
PASSES = 5  # over what others wrote under the old key while we were at it


class Command(BaseCommand):
    help = (
        "Give the portal a new key: into the secrets file, then rewrite what stands under the old one. Interrupted, it"
        " goes on when run again. Without a key's name it finishes what was interrupted. Old keys stay in the file."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("key", nargs="?", choices=(*secrets.RINGS, "signing"))
        parser.add_argument("use", nargs="?", choices=secrets.USES, help="which signing key")
        parser.add_argument("--status", action="store_true", help="only say what stands under which key")
        parser.add_argument(
            "--prepare", action="store_true", help="only lay the new key into the file, to be copied to other servers"
        )
        parser.add_argument("--batch", type=int, default=500, help="rows a transaction (500)")

    def handle(self, *args: Any, **options: Any) -> None:
        self.batch: int = max(1, options["batch"])
        if options["status"]:
            self._status()
            return
        ring = self._ring(options["key"], options["use"])
        if not self._alone():
            raise CommandError("Another rotation is under way. Wait for it, or end it and run this again.")
        try:
            if options["prepare"]:
                self._prepare(ring)
            elif ring:
                self._rotate(ring)
            else:
                self._finish_what_was_interrupted()
        except OlderSecrets as error:
            raise CommandError(_older(error)) from error
        finally:
            self._release()

    def _ring(self, key: str | None, use: str | None) -> str:
        if (key == "signing") != bool(use):
            raise CommandError(f"Name the use of the signing key ({', '.join(secrets.USES)}), and of no other key.")
        return f"signing.{use}" if use else key or ""

    def _alone(self) -> bool:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_try_advisory_lock(%s)", [LOCK])
            return bool(cursor.fetchone()[0])

    def _release(self) -> None:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [LOCK])

    def _prepare(self, ring: str) -> None:
        if not ring:
            raise CommandError("Say which key to prepare.")
        version = rotation.prepare(ring)
        self.stdout.write(f"{ring} {version} lies in the file and nothing is written with it yet. Copy the file to")
        self.stdout.write("every server, then run this without --prepare.")

    def _finish_what_was_interrupted(self) -> None:
        rings = rotation.unfinished()
        for ring in rings:
            self._rotate(ring)
        if not rings:
            self.stdout.write("Nothing was interrupted.")
            rotation.require_whole_file()
        self._drop()  # what a finished rotation had no time to drop

    # ------------------------------------------------------------------ one rotation
    def _rotate(self, ring: str) -> None:
        actor = Actor.portal()
        rotation.require_whole_file()
        version = rotation.introduce(ring, actor=actor, at=timezone.now())
        rotation.switch(ring, version, actor=actor, at=timezone.now())
        self.stdout.write(f"{ring}: writing with {version} now.")
        rows = 0
        for attempt in range(PASSES):
            rows += self._pass(ring, version)
            if rotation.finish(ring, version, rows=rows, actor=actor, at=timezone.now()):
                break
            if attempt < PASSES - 1:
                self.stdout.write("Something was written under the old key meanwhile; once more.")
        else:
            raise CommandError(f"{ring}: rows are left under the old key; see --status, then run this again.")
        if ring == "pepper":
            self._drop()
        self.stdout.write(self.style.SUCCESS(f"{ring}: all stands under {version}."))

    def _pass(self, ring: str, version: str) -> int:
        if ring == "pepper":
            return self._batches("people", lambda after: rotation.rewrite_lookups(version, after, self.batch))
        if ring != "encryption":
            return 0
        return sum(
            self._batches(name, lambda after, place=place: rotation.rewrite_sealed(place, after, self.batch))  # type: ignore[misc]  # bound now
            for name, place in rotation.rewritten_places().items()
        )

    def _batches(self, name: str, step: Callable[[Any], Rewritten]) -> int:
        rows, after, unreadable = 0, None, list[str]()
        while (done := step(after)).last is not None:
            rows, after = rows + done.rows, done.last
            unreadable += done.unreadable
            self.stdout.write(f"  {name}: {rows} rewritten")
            self.stdout.flush()
        if unreadable:
            some = ", ".join(unreadable[:5])
            raise CommandError(f"{len(unreadable)} rows of {name} can't be opened and were left as they are: {some}")
        return rows

    def _drop(self) -> None:
        rows, after = 0, None
        while True:
            gone, after = rotation.drop_lookups(after, self.batch)
            rows += gone
            if not gone:
                break
            self.stdout.write(f"  lookups under retired peppers: {rows} dropped")
        rotation.note_dropped(rows, actor=Actor.portal(), at=timezone.now())

    # ------------------------------------------------------------------ what stands under which version
    def _status(self) -> None:
        missing = []
        for line in rotation.standing():
            rows = ", ".join(f"{number} {place}" for place, number in line.rows.items())
            self.stdout.write(f"{line.ring:18} {line.version:24} {line.state}{': ' if rows else ''}{rows}")
            if line.state.startswith("MISSING"):
                missing.append(f"{line.ring} {line.version}")
        if missing:
            raise CommandError(_older(OlderSecrets(missing)))


def _older(error: OlderSecrets) -> str:
    return (
        f"PORTAL_SECRETS_FILE ({settings.PORTAL_SECRETS_FILE}) is older than what is in the database: it lacks"
        f" {', '.join(error.missing)}. Nothing was changed. Put the newest copy of the file back."
    )
