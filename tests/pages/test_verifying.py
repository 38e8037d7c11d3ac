"""Anybody may check a document of ours; what was altered in any place is refused, and says why."""

import json
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from portal.ledger import proofs
from portal.pages import verifying
from portal.trail import keys
from portal.trail.actor import acting_as
from tests.ledger import factories as ledger
from tests.trail.sealed import seal_all

pytestmark = pytest.mark.django_db

MANIFEST = {"schema": "my-data-rights.package/1", "request": "R-1", "files": [{"name": "a.csv", "sha256": "00"}]}


def signed_manifest() -> dict[str, Any]:
    return {**MANIFEST, "signature": keys.sign(MANIFEST, use="packages")}


@pytest.mark.parametrize("use", ["receipts", "packages", "decisions"])
def test_what_we_signed_holds_and_is_called_by_its_name(use: str) -> None:
    found = verifying.checked(keys.sign({"said": "yes"}, use=use))
    assert found.holds
    assert found.kind == verifying.KINDS[use]
    assert found.content == {"said": "yes"}


def test_a_receipt_whose_lines_a_mail_broke_holds() -> None:
    token = keys.sign({"said": "yes"}, use="receipts")
    assert verifying.checked(f"{token[:40]}\n{token[40:]}").holds


def test_a_receipt_with_one_letter_changed_does_not_hold() -> None:
    head, body, signature = keys.sign({"said": "yes"}, use="receipts").split(".")
    other = "A" if body[4] != "A" else "B"
    assert not verifying.checked(f"{head}.{body[:4]}{other}{body[5:]}.{signature}").holds


def test_a_manifest_holds_as_long_as_it_says_what_was_signed() -> None:
    assert verifying.checked(json.dumps(signed_manifest())).holds
    altered = {**signed_manifest(), "files": [{"name": "b.csv", "sha256": "00"}]}
    found = verifying.checked(json.dumps(altered))
    assert [str(fault) for fault in found.faults] != []


def test_a_manifest_under_another_kind_of_signature_does_not_hold() -> None:
    document = {**MANIFEST, "signature": keys.sign(MANIFEST, use="receipts")}
    assert not verifying.checked(json.dumps(document)).holds


def sealed_proof() -> dict[str, Any]:
    dataset, _ = ledger.town()
    ledger.report(dataset.agency, ledger.event_row())
    seal_all(at=timezone.now())
    with acting_as(ledger.as_person()):
        document: dict[str, Any] = proofs.proof_of(ledger.events_of()[0])
    return json.loads(json.dumps(document))  # type: ignore[no-any-return]


@pytest.mark.django_db(transaction=True)
def test_the_proof_of_a_sharing_record_holds_until_the_record_is_altered() -> None:
    proof = sealed_proof()
    assert verifying.checked(json.dumps(proof)).holds
    proof["event"]["form"] = proof["event"]["form"].replace("copied", "viewed")
    assert not verifying.checked(json.dumps(proof)).holds


@pytest.mark.parametrize("nonsense", ["hello", "a.b.c", "{}", "[]", '{"event": 1}', '{"files": []}', "{" * 9000, "💥"])
def test_nonsense_is_told_so_and_breaks_nothing(client: Client, nonsense: str) -> None:
    answer = client.post("/verify/", {"text": nonsense}, headers={"Accept-Language": "en"})
    assert answer.status_code == 200
    assert "This does not hold." in answer.content.decode()


def test_the_page_reads_a_file_too(client: Client) -> None:
    file = SimpleUploadedFile("receipt.txt", keys.sign({"said": "yes"}, use="receipts").encode())
    text = client.post("/verify/", {"file": file}, headers={"Accept-Language": "en"}).content.decode()
    assert "This is ours, and nobody changed it." in text
    assert "a receipt of a consent" in text


def test_nothing_given_is_said_at_the_field(client: Client) -> None:
    answer = client.post("/verify/", {"text": " "}, headers={"Accept-Language": "en"})
    assert answer.status_code == 422
    assert 'id="id_text_error"' in answer.content.decode()
    assert "Paste a document or choose its file." in answer.content.decode()
