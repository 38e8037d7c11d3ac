"""Keys are rotated while the portal works: nobody is lost, nothing unreadable, wherever it is interrupted."""

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client
from pytest_django import Settings

from consent import strangers
from portal.accounts import actions, numbers, queries, rotation
from portal.accounts.levels import Level
from portal.accounts.management.commands import rotate_keys
from portal.accounts.models import KeyVersion, Person, SubjectLookup, UserKind
from portal.accounts.sealed import second_factors
from portal.demo.embedded import services
from portal.demo.embedded.services import CHECKOUT
from portal.outbox.models import Endpoint
from portal.trail import keys, secrets, vault
from portal.trail.actor import Actor, acting_as
from portal.trail.models import Entry
from tests.people import agency, api_client, citizen, number, staff, with_mail
from tests.plugin import DATABASE, RUNNING

NOW = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def file(tmp_path: Path, settings: Settings) -> Iterator[Path]:
    """A secrets file of this test alone."""
    path = tmp_path / "secrets.json"
    secrets.write(path)
    settings.PORTAL_SECRETS_FILE = str(path)
    settings.PORTAL_DATA_FOLDER = tmp_path
    secrets.forget()
    yield path
    secrets.forget()


def rotate(*given: str, **options: Any) -> str:
    said = StringIO()
    call_command("rotate_keys", *given, stdout=said, **options)
    return said.getvalue()


def people(number_of: int = 5) -> dict[str, bytes]:
    """National numbers and subject keys of people who are registered."""
    with acting_as(Actor.portal()):
        return {
            identity: actions.register_subject(identity, at=NOW, name="张三", mail="zhang@example.com")
            for identity in (number() for _ in range(number_of))
        }


def found(identity: str) -> bytes | None:
    with acting_as(Actor.gate()):
        return queries.keys_by_number({identity: identity}).get(identity)


def lookups() -> dict[str, int]:
    with acting_as(Actor.portal()):
        versions = list(SubjectLookup.objects.values_list("pepper_version", flat=True))
    return {version: versions.count(version) for version in set(versions)}


def events() -> list[tuple[str, str]]:
    with acting_as(Actor.portal()):
        rows = Entry.objects.filter(event__startswith="accounts.key.").order_by("id")
        return [(row.event.rpartition(".")[2], row.facts["version"]) for row in rows]


def sealed_versions() -> set[str]:
    with acting_as(Actor.portal()):
        rows = Person.objects.values_list("number_sealed", "name_sealed", "mail_sealed")
        return {vault.version_of(bytes(value)) for row in rows for value in row if value}


def written_with() -> list[str]:
    now = secrets.load()
    return [ring.current for ring in (now.pepper, now.encryption, now.agency)]


# ------------------------------------------------------------------ what a rotation leaves
def test_after_a_new_pepper_everybody_is_found_by_it_alone_under_the_same_key(file: Path) -> None:
    known = people()
    said = rotate("pepper", batch=2)
    assert "all stands under 2" in said
    assert "people: 5 rewritten" in said
    assert {identity: found(identity) for identity in known} == known
    assert lookups() == {"2": 5}
    assert events() == [("introduced", "2"), ("switched", "2"), ("finished", "2"), ("dropped", "1")]
    content = json.loads(file.read_text())["pepper"]
    assert (content["current"], set(content["keys"])) == ("2", {"1", "2"})
    assert file.stat().st_mode & 0o777 == 0o600
    assert list(file.parent.glob(".secrets*")) == []


def test_who_is_registered_after_a_rotation_is_found_after_the_next() -> None:
    people(1)
    rotate("pepper")
    late = people(1)
    assert lookups() == {"2": 2}
    rotate("pepper")
    assert {identity: found(identity) for identity in late} == late
    assert lookups() == {"3": 2}
    assert set(people(1).values()).isdisjoint(late.values())


def test_after_a_new_encryption_key_every_sealed_column_stands_under_it_and_opens() -> None:
    known = people()
    of = agency()
    with acting_as(Actor.portal()):
        endpoint = Endpoint(agency=of, url="https://example.com/hooks", created_at=NOW)
        endpoint.secret_sealed = vault.seal(SECRET, place=f"outbox.endpoint:{endpoint.pk}")
        endpoint.save(force_insert=True)
    rotate("encryption", batch=2)
    assert sealed_versions() == {"2"}
    with acting_as(Actor.portal()):
        for identity, key in known.items():
            seen = queries.identity_of(key)
            assert (seen.number, seen.name, queries.mail_of(key)) == (identity, "张三", "zhang@example.com")
        assert set(Person.objects.values_list("encryption_version", flat=True)) == {"2"}
        sealed = Endpoint.objects.get().secret_sealed
    assert vault.version_of(sealed) == "2"
    assert vault.open_sealed(sealed, place=f"outbox.endpoint:{endpoint.pk}") == SECRET


def test_the_secrets_of_second_factors_are_sealed_anew_and_work() -> None:
    user, secret = staff(UserKind.AUTHORITY), "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
    TOTP.activate(user, secret)
    codes = RecoveryCodes.activate(user).get_unused_codes()
    assert dict(second_factors.versions()) == {"1": 2}
    rotate("encryption", batch=1)
    assert dict(second_factors.versions()) == {"2": 2}
    kept = {row.type: row for row in Authenticator.objects.filter(user=user)}
    assert second_factors.opened(kept["totp"].data["secret"]) == secret
    assert kept["recovery_codes"].wrap().get_unused_codes() == codes
    Authenticator.objects.filter(pk=kept["totp"].pk).update(data={"secret": "altered"})
    assert second_factors.rewrite(None, 10).unreadable == (f"mfa.Authenticator {kept['totp'].pk}",)


def test_files_keep_their_key_and_are_listed_under_it(tmp_path: Path) -> None:
    (tmp_path / "files" / "replies").mkdir(parents=True)
    written = tmp_path / "files" / "replies" / "one"
    written.write_bytes(b"".join(vault.seal_stream([b"rows"], place="replies/one")))
    rotate("encryption")
    assert b"".join(vault.open_stream([written.read_bytes()], place="replies/one")) == b"rows"
    (line,) = [line for line in rotate(status=True).splitlines() if line.startswith("encryption") and "files" in line]
    assert line.split() == ["encryption", "1", "still", "read:", "1", "files"]


def test_a_department_reads_its_old_pairwise_keys_and_is_told_new_ones() -> None:
    tax, health, key = agency("tax"), agency("health"), bytes(16)
    old = queries.pairwise_key(key, agency_id=tax.pk)
    rotate("agency")
    new = queries.pairwise_key(key, agency_id=tax.pk)
    assert (old[:4], new[:4]) == ("pk1_", "pk2_")
    with acting_as(Actor.client("c", tax.pk)):
        for told in (old, new):
            assert queries.subject_key_of(told, agency_id=tax.pk) == key
            assert queries.known_subjects([told], agency_id=health.pk) == {}


def test_a_department_asks_which_of_its_keys_became_which() -> None:
    tax, health, person = agency("tax"), agency("health"), bytes(16)
    client, secret = api_client(tax, "rights")
    old, foreign = (queries.pairwise_key(person, agency_id=of.pk) for of in (tax, health))
    rotate("agency")
    form = {"grant_type": "client_credentials", "client_id": client.client_id, "client_secret": secret}
    bearer = Client().post("/oauth/token", form).json()["access_token"]

    def ask(subjects: object) -> Any:
        body, headers = {"subjects": subjects}, {"authorization": f"Bearer {bearer}"}
        return Client().post("/api/v1/subjects/keys", body, content_type="application/json", headers=headers)

    new = queries.pairwise_key(person, agency_id=tax.pk)
    told = ask([old, new, foreign, number(), "pk9_x", "rubbish"]).json()["subjects"]
    assert (told.pop(old), told.pop(new)) == (new, new)
    assert set(told.values()) == {None}
    wrongs: list[Any] = [["x"] * 1001, "x", None, [{}]]
    assert [ask(wrong).status_code for wrong in wrongs] == [422] * 4


@pytest.mark.parametrize("use", secrets.USES)
def test_a_new_signing_key_signs_and_the_retired_one_still_checks_but_signs_no_more(use: str, file: Path) -> None:
    before = keys.sign({"size": 1}, use=use)
    rotate("signing", use)
    after = keys.sign({"size": 2}, use=use)
    assert keys.check(before, use=use) == {"size": 1}
    assert keys.check(after, use=use) == {"size": 2}
    published = Client().get("/.well-known/jwks.json").json()["keys"]
    assert len([key for key in published if key["portal_use"] == use]) == 2
    assert all("d" not in key for key in published)
    assert ["d" in key for key in json.loads(file.read_text())["signing"][use]] == [True, False]


def test_a_stranger_is_called_the_same_before_and_after_a_new_pepper() -> None:
    tax, nobody = agency(), number()
    before = strangers.key_of(nobody, agency_id=tax.pk)
    rotate("pepper")
    assert strangers.key_of(nobody, agency_id=tax.pk) == before


# ------------------------------------------------------------------ other servers, other runs
def test_a_prepared_key_is_written_with_only_when_it_is_switched_to() -> None:
    known = people(1)
    for ring in (["pepper"], ["encryption"], ["agency"], ["signing", "heads"]):
        before = json.dumps(secrets.load().signing["heads"][0].as_dict(private=False))
        assert "lies in the file" in rotate(*ring, prepare=True)
        rotate(*ring, prepare=True)  # again: the same one
        assert json.dumps(secrets.load().signing["heads"][0].as_dict(private=False)) == before
    assert written_with() == ["1", "1", "1"]
    assert len(secrets.load().signing["heads"]) == 2
    coming = secrets.load().signing["heads"][1].thumbprint()
    for ring in (["pepper"], ["encryption"], ["agency"], ["signing", "heads"]):
        rotate(*ring)
    assert written_with() == ["2", "2", "2"]
    assert secrets.load().signing["heads"][0].thumbprint() == coming
    assert {identity: found(identity) for identity in known} == known


def test_a_running_process_takes_the_new_file_without_a_restart_and_keeps_its_keys_while_it_is_broken(
    file: Path,
) -> None:
    sealed = vault.seal("text", place="x")
    rotate("encryption")
    assert vault.current_version() == "2"
    whole = file.read_text()
    file.write_text(whole[:100])
    assert vault.open_sealed(sealed, place="x") == "text"
    assert vault.current_version() == "2"
    file.unlink()
    assert vault.current_version() == "2"
    file.write_text(whole)
    assert vault.open_sealed(sealed, place="x") == "text"


def test_the_status_says_what_stands_where() -> None:
    people(3)
    assert "pepper             1                        current: 3 lookups" in rotate(status=True)
    rotate("pepper")
    said = rotate(status=True)
    assert "pepper             1                        retired\n" in said
    assert "pepper             2                        current: 3 lookups" in said
    assert "encryption         1                        current: 9 people" in said


def test_a_key_must_be_named_rightly() -> None:
    for wrong in (["signing"], ["pepper", "heads"]):
        with pytest.raises(CommandError, match="Name the use"):
            rotate(*wrong)
    with pytest.raises(CommandError, match="which key"):
        rotate(prepare=True)
    with pytest.raises(CommandError, match="invalid choice"):
        rotate("everything")


def test_nobody_on_the_web_writes_which_keys_there_are() -> None:
    rotate("agency")
    with acting_as(Actor.operator(citizen().pk)), pytest.raises(Exception, match="permission denied"):
        KeyVersion.objects.update(retired_at=NOW)


# ------------------------------------------------------------------ an older file
def older_file_put_back(file: Path, ring: str) -> None:
    old = file.read_text()
    rotate(ring)
    file.write_text(old)


@pytest.mark.parametrize("ring", ["pepper", "encryption", "agency"])
def test_an_older_secrets_file_is_named_and_nothing_is_changed(file: Path, ring: str) -> None:
    people(2)
    older_file_put_back(file, ring)
    before = file.read_text()
    for given, options in (([ring], {}), ([], {}), ([ring], {"prepare": True}), ([], {"status": True})):
        with pytest.raises(CommandError, match=rf"is older .* it lacks {ring} 2\..*Put the newest copy"):
            rotate(*given, **options)
    assert file.read_text() == before


def test_with_an_older_pepper_nobody_is_registered_a_second_time(file: Path) -> None:
    known = people(1)
    older_file_put_back(file, "pepper")
    with acting_as(Actor.gate()), pytest.raises(vault.KeyMissing) as refused:
        actions.register_subject(next(iter(known)), at=NOW)
    assert refused.value.status == 503
    with acting_as(Actor.portal()):
        assert Person.objects.count() == 1


def test_with_an_older_encryption_key_a_page_says_that_a_key_is_missing(file: Path) -> None:
    user = with_mail(citizen())
    older_file_put_back(file, "encryption")
    browser = Client(headers={"accept-language": "en"}, raise_request_exception=False)
    browser.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    assert browser.get("/").status_code == 200  # its name is left out, and nothing else is sealed there
    answer = browser.get("/settings/")
    assert answer.status_code == 503
    assert "A key that is needed for this is missing" in answer.content.decode()


def test_a_row_that_does_not_open_is_named_and_left_and_the_others_are_rewritten(
    as_owner: Callable[[], Any],
) -> None:
    broken = next(iter(people(1).values()))
    people(2)
    with as_owner():
        Person.objects.filter(pk=broken).update(name_sealed=b"1\x00" + bytes(40))
    with pytest.raises(CommandError, match=f"1 rows of people can't be opened.*accounts.Person {broken.hex()}"):
        rotate("encryption", batch=1)
    with acting_as(Actor.portal()):
        assert Person.objects.filter(encryption_version="2").count() == 2


# ------------------------------------------------------------------ interrupted
class Killed(BaseException):
    pass


STEPS = "prepare introduce switch rewrite_lookups rewrite_sealed finish drop_lookups note_dropped".split()


@pytest.mark.parametrize("ring", [["pepper"], ["encryption"], ["agency"], ["signing", "heads"]])
def test_interrupted_after_any_step_it_goes_on_and_ends_right(ring: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    real = {name: getattr(rotation, name) for name in STEPS}
    left: list[int] = []

    def counted(name: str) -> Callable[..., Any]:
        def step(*args: Any, **kwargs: Any) -> Any:
            done = real[name](*args, **kwargs)
            if left[0] == 0:
                raise Killed(name)
            left[0] -= 1
            return done

        return step

    for name in STEPS:
        monkeypatch.setattr(rotation, name, counted(name))
    known, version = people(3), 1
    for after in range(40):  # more than there are steps, one for each place where something is kept sealed
        left[:] = [after]
        killed = False
        try:
            rotate(*ring, batch=1)
        except Killed:
            killed = True
        assert {identity: found(identity) for identity in known} == known
        with acting_as(Actor.portal()):
            assert {queries.number_of(key) for key in known.values()} == set(known)
        left[:] = [1000]
        rotate() if rotation.unfinished() else rotate(*ring)  # as somebody would who reads what it said
        rotate()
        version += 1
        assert rotation.unfinished() == []
        if ring == ["pepper"]:
            assert lookups() == {secrets.load().pepper.current: 3}
        if ring == ["encryption"]:
            assert sealed_versions() == {vault.current_version()}
        if not killed:
            break
    else:
        raise AssertionError("it was never let through")


@pytest.mark.django_db(transaction=True)
def test_killed_half_way_it_goes_on_where_it_was(file: Path) -> None:
    known = people(12)
    given = services.environment(RUNNING, "portal_worker", DATABASE)
    environment = {**os.environ, **given, "PORTAL_SECRETS_FILE": str(file), "PYTHONUNBUFFERED": "1"}
    command = [sys.executable, "manage.py", "rotate_keys", "pepper", "--batch", "1"]
    with subprocess.Popen(command, cwd=CHECKOUT, env=environment, stdout=subprocess.PIPE, text=True) as running:
        assert running.stdout
        for line in running.stdout:
            if "people: 4 rewritten" in line:
                running.send_signal(signal.SIGKILL)
                break
    assert running.returncode == -signal.SIGKILL
    assert 4 <= lookups()["2"] <= 12
    assert {identity: found(identity) for identity in known} == known
    rotate()
    assert lookups() == {"2": 12}
    assert {identity: found(identity) for identity in known} == known
    assert rotation.unfinished() == []


@pytest.mark.django_db(transaction=True)
def test_two_rotations_do_not_run_at_once() -> None:
    held, free = threading.Event(), threading.Event()

    def hold() -> None:
        try:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_lock(%s)", [rotate_keys.LOCK])
                held.set()
                free.wait(30)
                cursor.execute("SELECT pg_advisory_unlock(%s)", [rotate_keys.LOCK])
        finally:
            connection.close()

    other = threading.Thread(target=hold)
    other.start()
    try:
        assert held.wait(30)
        with pytest.raises(CommandError, match="Another rotation"):
            rotate("agency")
    finally:
        free.set()
        other.join()


# ------------------------------------------------------------------ under load
def test_a_look_up_that_began_under_the_old_pepper_finds_who_was_moved_meanwhile(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    known, real = people(1), numbers.by_digest
    (identity,) = known

    def overtaken(wanted: Iterable[str]) -> dict[bytes, str]:
        digests = real(wanted)
        monkeypatch.setattr(numbers, "by_digest", real)
        rotate("pepper")  # the digests in hand are of a pepper whose lookups are gone
        return digests

    monkeypatch.setattr(numbers, "by_digest", overtaken)
    assert found(identity) == known[identity]
    assert lookups() == {"2": 1}


class Load:
    """Threads that sign in, look up, open and register until they are told to stop; what failed is kept."""

    def __init__(self, known: dict[str, bytes]) -> None:
        self.known, self.tax = known, agency()
        self.named = {queries.pairwise_key(key, agency_id=self.tax.pk): key for key in known.values()}
        self.newcomers = [number() for _ in range(40)]
        self.done, self.failed = threading.Event(), list[BaseException]()
        acts = [self.sign_in, self.look_up, self.open, self.register, self.register]  # two register the same people
        self.rounds = [0] * len(acts)
        self.threads = [threading.Thread(target=self.again, args=(turn, act)) for turn, act in enumerate(acts)]

    def __enter__(self) -> "Load":
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.done.set()
        for thread in self.threads:
            thread.join(60)

    def again(self, turn: int, act: Callable[[int], None]) -> None:
        try:
            while not self.done.is_set():
                act(self.rounds[turn])
                self.rounds[turn] += 1
        except BaseException as error:  # shown by the test
            self.failed.append(error)
        finally:
            connection.close()

    def sign_in(self, _turn: int) -> None:
        for identity, key in self.known.items():
            user = actions.sign_in(identity, name="张三", mail="", language="en", door="city", level=Level.BASE, at=NOW)
            assert bytes(user.subject_key or b"") == key

    def look_up(self, _turn: int) -> None:
        with acting_as(Actor.client("c", self.tax.pk)):
            found = queries.known_subjects([*self.known, *self.named], agency_id=self.tax.pk)
        assert found == {**self.known, **self.named}

    def open(self, _turn: int) -> None:
        with acting_as(Actor.portal()):
            assert {queries.number_of(key) for key in self.known.values()} == set(self.known)

    def register(self, turn: int) -> None:
        with acting_as(Actor.gate()):
            actions.register_subject(self.newcomers[turn % len(self.newcomers)], at=NOW)


@pytest.mark.django_db(transaction=True)
def test_under_load_no_read_fails_and_nobody_is_registered_twice() -> None:
    with Load(people(6)) as load:
        for _ in range(3):
            for ring in ("pepper", "encryption", "agency"):
                rotate(ring, batch=2)
    assert load.failed == []
    assert all(load.rounds)
    with acting_as(Actor.portal()):
        everybody = [queries.number_of(bytes(key)) for key in Person.objects.values_list("pk", flat=True)]
    assert len(everybody) == len(set(everybody))
