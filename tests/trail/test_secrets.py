"""The file of secret keys, encryption bound to its place, and signatures bound to their use."""

import json
from base64 import urlsafe_b64encode
from collections.abc import Callable, Iterator
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.core.management import call_command
from hypothesis import given
from hypothesis import strategies as st
from pytest_django import Settings

from portal.trail import keys, secrets, vault

PLACE = "accounts.person.number:0102"


@pytest.fixture
def secrets_file(tmp_path: Path, settings: Settings) -> Iterator[Callable[[dict[str, Any]], None]]:
    """Puts a file of secrets in place of the portal's."""

    def put(content: dict[str, Any]) -> None:
        file = tmp_path / "secrets.json"
        file.write_text(json.dumps(content))
        settings.PORTAL_SECRETS_FILE = str(file)
        secrets.forget()

    yield put
    secrets.forget()


# ---------------------------------------------------------------- the file


def test_a_new_file_is_its_owners_alone_and_is_never_overwritten(tmp_path: Path) -> None:
    file = tmp_path / "secrets.json"
    call_command("generate_secrets", str(file))
    assert file.stat().st_mode & 0o777 == 0o600
    first = file.read_text()
    secrets.write(file)
    assert file.read_text() == first


def test_no_two_files_are_alike() -> None:
    one, two = secrets.generate(), secrets.generate()
    assert one["pepper"] != two["pepper"]
    assert one["signing"]["heads"] != two["signing"]["heads"]


def test_a_secret_never_shows_in_a_log() -> None:
    read = secrets.parse(secrets.generate())
    assert "b'" not in repr(read)
    assert "b'" not in repr(read.pepper)


@pytest.mark.parametrize(
    "spoil",
    [
        lambda content: content.pop("pepper"),
        lambda content: content.pop("signing"),
        lambda content: content["encryption"].update(current="7"),
        lambda content: content["encryption"]["keys"].update({"1": "c2hvcnQ="}),
        lambda content: content["encryption"]["keys"].update({"1": "not base64!"}),
        lambda content: content["signing"].pop("decisions"),
        lambda content: content["signing"].update(heads=[{"kty": "OKP"}]),
        lambda content: content.update(agency=[]),
    ],
)
def test_a_file_that_is_not_whole_stops_the_start_and_names_the_way_out(
    secrets_file: Callable[[dict[str, Any]], None], spoil: Callable[[dict[str, Any]], object]
) -> None:
    content = secrets.generate()
    spoil(content)
    secrets_file(content)
    with pytest.raises(ImproperlyConfigured, match="generate_secrets"):
        secrets.load()


def test_a_missing_file_stops_the_start(settings: Settings, tmp_path: Path) -> None:
    settings.PORTAL_SECRETS_FILE = str(tmp_path / "nowhere.json")
    secrets.forget()
    with pytest.raises(ImproperlyConfigured, match="nowhere"):
        secrets.load()
    secrets.forget()


# ---------------------------------------------------------------- the vault


def test_what_is_sealed_opens_in_its_own_place_alone() -> None:
    sealed = vault.seal("110101198805170018", place=PLACE)
    assert vault.open_sealed(sealed, place=PLACE) == "110101198805170018"
    with pytest.raises(vault.Unreadable):
        vault.open_sealed(sealed, place="accounts.person.number:0103")


def test_the_same_text_is_never_sealed_to_the_same_bytes() -> None:
    assert vault.seal("same", place=PLACE) != vault.seal("same", place=PLACE)


def test_sealed_bytes_do_not_hold_the_text() -> None:
    assert b"110101" not in vault.seal("110101198805170018", place=PLACE)


def test_one_flipped_bit_anywhere_is_noticed() -> None:
    sealed = vault.seal("text", place=PLACE)
    for at in range(len(sealed)):
        with pytest.raises(vault.Unreadable):
            vault.open_sealed(sealed[:at] + bytes([sealed[at] ^ 1]) + sealed[at + 1 :], place=PLACE)


@pytest.mark.parametrize("rubbish", [b"", b"1", b"1\x00", b"1\x00short", b"\xff\x00" + bytes(40), b"no separator"])
def test_rubbish_is_unreadable_and_no_error_of_another_kind(rubbish: bytes) -> None:
    with pytest.raises(vault.Unreadable):
        vault.open_sealed(rubbish, place=PLACE)


def test_what_was_sealed_under_a_retired_key_still_opens(secrets_file: Callable[[dict[str, Any]], None]) -> None:
    content = secrets.generate()
    secrets_file(content)
    before = vault.seal("old", place=PLACE)
    rotated = deepcopy(content)
    rotated["encryption"] = {
        "current": "2",
        "keys": {**content["encryption"]["keys"], "2": content["pepper"]["keys"]["1"]},
    }
    secrets_file(rotated)
    after = vault.seal("new", place=PLACE)
    assert after.startswith(b"2\x00")
    assert vault.open_sealed(before, place=PLACE) == "old"
    assert vault.open_sealed(after, place=PLACE) == "new"


# ---------------------------------------------------------------- signatures


@pytest.mark.parametrize("use", secrets.USES)
def test_a_signature_holds_for_its_own_use_alone(use: str) -> None:
    token = keys.sign({"size": 3, "root": "00"}, use=use)
    assert keys.check(token, use=use) == {"size": 3, "root": "00"}
    for other in set(secrets.USES) - {use}:
        with pytest.raises(keys.BadSignature):
            keys.check(token, use=other)


def test_an_altered_token_is_refused() -> None:
    header, body, signature = keys.sign({"size": 3}, use="heads").split(".")
    other = keys.sign({"size": 4}, use="heads").split(".")
    for token in (f"{header}.{other[1]}.{signature}", f"{header}.{body}.{other[2]}", f"{header}.{body}.", "", "a.b.c"):
        with pytest.raises(keys.BadSignature):
            keys.check(token, use="heads")


@given(rubbish=st.text() | st.from_regex(r"[A-Za-z0-9_-]*\.[A-Za-z0-9_-]*\.[A-Za-z0-9_-]*", fullmatch=True))
def test_rubbish_is_a_bad_signature_and_no_error_of_another_kind(rubbish: str) -> None:
    with pytest.raises(keys.BadSignature):
        keys.check(rubbish, use="heads")


@pytest.mark.parametrize("header", ["[]", "null", "1", '{"alg":"none"}', '{"alg":"EdDSA","kid":[]}', '{"kid":null}'])
def test_a_token_with_a_strange_header_is_a_bad_signature(header: str) -> None:
    _, body, signature = keys.sign({"size": 3}, use="heads").split(".")
    strange = urlsafe_b64encode(header.encode()).rstrip(b"=").decode()
    with pytest.raises(keys.BadSignature):
        keys.check(f"{strange}.{body}.{signature}", use="heads")


def test_the_published_keys_are_public_and_name_their_use() -> None:
    published = keys.public_jwks()["keys"]
    assert {key["portal_use"] for key in published} == set(secrets.USES)
    for key in published:
        assert "d" not in key
        assert key["alg"] == "EdDSA"
    assert len({key["kid"] for key in published}) == len(published)


def test_a_retired_key_still_checks_and_stays_published(secrets_file: Callable[[dict[str, Any]], None]) -> None:
    content = secrets.generate()
    secrets_file(content)
    old = keys.sign({"size": 1}, use="heads")
    rotated = deepcopy(content)
    rotated["signing"]["heads"] = [*secrets.generate()["signing"]["heads"], *content["signing"]["heads"]]
    secrets_file(rotated)
    new = keys.sign({"size": 2}, use="heads")
    assert keys.check(old, use="heads") == {"size": 1}
    assert keys.check(new, use="heads") == {"size": 2}
    assert len([key for key in keys.public_jwks()["keys"] if key["portal_use"] == "heads"]) == 2


def test_a_key_of_somebody_else_is_refused(secrets_file: Callable[[dict[str, Any]], None]) -> None:
    secrets_file(secrets.generate())
    foreign = keys.sign({"size": 1}, use="heads")
    secrets_file(secrets.generate())
    with pytest.raises(keys.BadSignature):
        keys.check(foreign, use="heads")
