"""The offline verifier of docs/, a file that knows nothing of the portal, on documents that the portal made."""

import json
import subprocess
import sys
from collections.abc import Callable
from copy import deepcopy
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from portal.demo.embedded.services import CHECKOUT
from portal.ledger import proofs, queries
from portal.trail import heads, keys
from portal.trail.actor import acting_as
from tests.ledger import factories as ledger
from tests.trail.sealed import note, seal_all

SCRIPT = CHECKOUT / "docs" / "verify.py"
Check = Callable[..., tuple[int, str]]


@pytest.fixture
def check(tmp_path: Path) -> Check:
    """Run the file alone: no packages, no settings, no folder of ours."""
    (tmp_path / "jwks.json").write_text(json.dumps(keys.public_jwks()))

    def run(document: Any, name: str = "document.json") -> tuple[int, str]:
        (tmp_path / name).write_text(
            document if isinstance(document, str) else json.dumps(document, ensure_ascii=False)
        )
        done = subprocess.run(
            [sys.executable, "-I", "-S", str(SCRIPT), "jwks.json", name],
            cwd=tmp_path,
            env={},
            capture_output=True,
            text=True,
            check=False,
        )
        assert "Traceback" not in done.stderr, done.stderr
        return done.returncode, done.stdout

    return run


def altered(document: Any) -> list[Any]:
    """The document with one thing changed, for each of its texts and numbers in turn."""
    found: list[Any] = []

    def walk(part: Any) -> None:
        for key in part if isinstance(part, dict) else range(len(part)):
            value = part[key]
            if isinstance(value, dict | list):
                walk(value)
                continue
            if key == "schema" or value is None:
                continue
            part[key] = value + 1 if isinstance(value, int) else _other(value)
            found.append(deepcopy(document))
            part[key] = value

    walk(document)
    return found


def _other(text: str) -> str:
    """One character in the middle is another."""
    middle = len(text) // 2
    return text[:middle] + ("0" if text[middle] != "0" else "1") + text[middle + 1 :]


@pytest.mark.django_db(transaction=True)
def test_proofs_and_heads_hold_offline_and_nothing_that_was_altered_does(check: Check) -> None:
    dataset, _ = ledger.town()
    ledger.report(dataset.agency, *ledger.many_events(5), ledger.event_row("r-x", subject=ledger.OTHER))
    first = seal_all(at=timezone.now())[-1]
    for place in range(3):
        note(place)
    seal_all(at=timezone.now())
    with acting_as(ledger.as_person()):
        event = queries.event(ledger.key_of(), ledger.events_of()[2].id)
        proof = json.loads(json.dumps(proofs.proof_of(event)))
    newest = proof["head"]
    grown = heads.consistency(first.size, newest["size"])
    assert check(proof)[0] == 0, check(proof)
    assert check(grown)[0] == 0
    assert check(grown["to"])[0] == 0
    assert check(newest["signature"])[0] == 0
    assert str(event.id) in check(proof)[1]
    wrong = [broken for whole in (proof, grown) for broken in altered(whole)]
    assert len(wrong) > 20
    assert [broken for broken in wrong if check(broken)[0] == 0] == []


def test_receipts_and_packages_hold_offline_until_they_are_altered(check: Check, tmp_path: Path) -> None:
    receipt = keys.sign({"said": "是"}, use="receipts")
    assert check(f"{receipt[:30]}\n{receipt[30:]}\n", "receipt.txt")[0] == 0
    assert check(_other(receipt))[0] == 1
    (tmp_path / "a.csv").write_bytes(b"1,2\n")
    manifest = {"files": [{"name": "a.csv", "sha256": sha256(b"1,2\n").hexdigest()}, {"name": "../b", "sha256": ""}]}
    signed = {**manifest, "signature": keys.sign(manifest, use="packages")}
    code, said = check(signed)
    assert (code, "2 files, of which 1 lie here" in said) == (0, True)
    assert check({**signed, "files": []})[0] == 1
    (tmp_path / "a.csv").write_bytes(b"1,3\n")
    assert check(signed)[0] == 1
    assert check(keys.sign(manifest, use="packages"))[0] == 1  # a signature for another use


@pytest.mark.parametrize("nonsense", ["", "{}", "[]", "a.b.c", '{"event": 1}', '{"files": 3}', "{" * 500, "💥"])
def test_nonsense_is_told_so(check: Check, nonsense: str) -> None:
    assert check(nonsense)[0] == 1


def test_it_is_a_few_pages_and_says_what_it_does_not_prove() -> None:
    text = SCRIPT.read_text()
    assert len(text.splitlines()) < 250
    assert "NOT prove" in text
