"""Receipts: one for each step, checked by libraries that know nothing of us; all forms say the same; old ones stand.

The schema of Kantara's receipt and DPV's terms are read from the shared standards where they are there.
"""

import json
import os
from pathlib import Path

import jsonschema
import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from joserfc import jws
from joserfc.jwk import KeySet
from pyshacl import validate
from rdflib import DCTERMS, Graph, Namespace

from consent import actions, papers, queries, receipts, records
from consent.models import ConsentEvent
from portal.accounts.models import User
from portal.trail import keys
from portal.trail.actor import Actor, acting_as
from portal.trail.keys import BadSignature
from tests.consent import factories as town
from tests.consent.factories import AT, YEAR
from tests.people import as_citizen

pytestmark = pytest.mark.django_db
DPV = Namespace("https://w3id.org/dpv#")
BACKEND = "django.contrib.auth.backends.ModelBackend"
STANDARDS = Path(os.environ.get("PORTAL_STANDARDS", Path(__file__).parents[3] / "shared/data/standards"))


@pytest.fixture
def zhang(client: Client) -> User:
    user = town.adult()
    client.force_login(user, backend=BACKEND)
    client.cookies["django_language"] = "en"
    return user


def standard(name: str) -> Path:
    file = STANDARDS / name
    if not file.exists():
        pytest.skip(f"{file} is not here: set PORTAL_STANDARDS to the folder that holds it")
    return file


def tokens() -> list[tuple[str, str]]:
    """Every step that a person or the portal takes, and its receipt."""
    study = town.approved()
    town.given(purpose=study, items=town.chosen("year", "income"), language="en")
    paused = town.given(purpose=town.approved("b"))
    refused = town.asked(purpose=town.approved("d"))
    with acting_as(town.citizen_of(paused)) as actor:
        actions.pause(paused, actor=actor, at=AT)
        actions.resume(paused, actor=actor, at=AT)
        actions.shorten(paused, valid_until=AT + YEAR / 4, actor=actor, at=AT)
        actions.withdraw(paused, actor=actor, at=AT)
    with acting_as(town.citizen_of(refused)) as actor:
        actions.refuse(refused, actor=actor, at=AT)
    with acting_as(Actor.portal()) as portal:
        actions.expire_due(actor=portal, at=AT + YEAR)
        steps = ConsentEvent.objects.exclude(move="requested")
        return list(steps.values_list("move", "receipt"))


def test_every_step_has_a_receipt_that_says_what_happened() -> None:
    told = [(move, receipts.check(token)["record"]) for move, token in tokens()]
    assert [record["event"] for _move, record in told] == [move for move, _record in told]
    assert {move for move, _ in told} == {
        "given", "paused", "resumed", "shortened", "withdrawn", "refused", "expired"
    }  # fmt: skip


def test_anybodys_library_checks_a_receipt_with_our_public_keys(client: Client) -> None:
    public = client.get(reverse("accounts:jwks")).json()
    ring = KeySet.import_key_set(public)
    for _move, token in tokens():
        signed = jws.deserialize_compact(token, ring, algorithms=["EdDSA"])
        assert json.loads(signed.payload)["version"] == "KI-CR-v1.1.0"


def test_every_receipt_validates_as_a_kantara_receipt() -> None:
    schema = json.loads(standard("kantara-consent-receipt-1.1.schema.json").read_text())
    for _move, token in tokens():
        jsonschema.validate(receipts.with_signature(token), schema, cls=jsonschema.Draft4Validator)


def graph_of(token: str) -> Graph:
    """The record as RDF, read with no network: its context stands in it."""
    return Graph().parse(data=json.dumps(records.record(token)), format="json-ld")


def test_every_receipt_is_a_record_of_27560_in_dpv() -> None:
    shapes = Graph().parse(Path(__file__).with_name("receipt_shapes.ttl"))
    for move, token in tokens():
        conforms, _report, said = validate(graph_of(token), shacl_graph=shapes)
        assert conforms, (move, said)


def test_a_record_that_lacks_its_subject_or_its_status_does_not_conform() -> None:
    shapes = Graph().parse(Path(__file__).with_name("receipt_shapes.ttl"))
    for lacking in ("hasDataSubject", "hasStatus", "hasPurpose"):
        graph = graph_of(town.last_step(town.given(purpose=town.approved(lacking.lower()))).receipt)
        graph.remove((None, DPV[lacking], None))
        assert not validate(graph, shacl_graph=shapes)[0], lacking


def test_the_schemas_that_a_record_names_are_dpvs_own() -> None:
    known = Graph().parse(standard("dpv-27560.ttl"))
    named = set(graph_of(town.last_step(town.given()).receipt).objects(None, DCTERMS.conformsTo))
    assert {str(one) for one in named} == {
        "https://w3id.org/dpv/schema/dpv-27560#receipt",
        "https://w3id.org/dpv/schema/dpv-27560#record",
    }
    assert named <= set(known.subjects())


def test_a_receipt_names_neither_person_nor_number() -> None:
    consent = town.given()
    said = json.dumps(receipts.check(town.last_step(consent).receipt), ensure_ascii=False)
    for secret in (town.identity(consent), consent.subject_key.hex(), "张三"):
        assert secret not in said


def test_what_was_changed_or_signed_for_something_else_does_not_hold() -> None:
    token = town.last_step(town.given()).receipt
    told = receipts.with_signature(token)
    assert receipts.holds(told)
    assert not receipts.holds({**told, "sensitive": True})
    assert not receipts.holds({name: value for name, value in told.items() if name != "signature"})
    other = keys.sign(receipts.check(token), use="decisions")
    assert not receipts.holds({**told, "signature": other})
    record = records.record(token)
    assert records.holds(record)
    assert not records.holds({**record, "dct:language": "de"})
    assert not records.holds({**record, "proof": papers.seal(token)})
    with pytest.raises(BadSignature):
        records.record(other)


def test_old_receipts_never_change() -> None:
    consent = town.given()
    before = town.last_step(consent)
    forms = (records.record(before.receipt), receipts.with_signature(before.receipt))
    town.new_notice(consent.purpose)
    with acting_as(town.citizen_of(consent)) as actor:
        actions.withdraw(consent, actor=actor, at=AT)
    with acting_as(Actor.portal()):
        after = ConsentEvent.objects.get(id=before.id)
    assert after.receipt == before.receipt
    assert (records.record(after.receipt), receipts.with_signature(after.receipt)) == forms


# ------------------------------------------------------------------ as pages and files
def step_of(user: User) -> ConsentEvent:
    at = timezone.now()
    consent = town.asked(user, town.approved(), at=at)
    return town.last_step(town.give(consent, at=at, valid_until=at + YEAR / 2, language="en"))


def test_the_page_of_a_receipt_tells_it_and_leads_to_every_form(client: Client, zhang: User) -> None:
    step = step_of(zhang)
    page = client.get(reverse("consent:receipt-page", args=[step.id])).content.decode()
    for told in ("A study", "Health Commission", "PIA-1", str(step.id), bytes(step.notice_hash or b"").hex()):
        assert told in page
    for form in ("pdf", "jws", "json", "jsonld"):
        assert reverse(f"consent:receipt-{form}", args=[step.id]) in page


@pytest.mark.parametrize("form", ["jws", "json", "jsonld"])
def test_every_form_holds_on_the_page_that_checks_and_an_altered_one_does_not(
    client: Client, zhang: User, form: str
) -> None:
    step = step_of(zhang)
    document = client.get(reverse(f"consent:receipt-{form}", args=[step.id])).content.decode()
    anybody = Client(headers={"accept-language": "en"})
    assert "This is ours, and nobody changed it." in anybody.post("/verify/", {"text": document}).content.decode()
    altered = document.replace("A study", "B study") if form != "jws" else document.replace(".", ".x", 1)
    assert "This does not hold." in anybody.post("/verify/", {"text": altered}).content.decode()


def test_the_paper_is_a_pdf_whose_code_leads_to_the_check(client: Client, zhang: User) -> None:
    step = step_of(zhang)
    answer = client.get(reverse("consent:receipt-pdf", args=[step.id]))
    assert answer.headers["Content-Type"] == "application/pdf"
    assert answer.content.startswith(b"%PDF-1.7")
    address = papers.address(step.receipt)
    assert len(address) < 1_500  # a code that a phone still reads from paper
    page = Client(headers={"accept-language": "en"}).get(address.partition("http://localhost:8000")[2] or address)
    said = page.content.decode()
    assert "This is ours, and nobody changed it." in said
    assert str(step.id) in said


def test_what_was_shown_is_shown_again_with_the_hash_that_proves_it(client: Client, zhang: User) -> None:
    step = step_of(zhang)
    town.new_notice(town.approved("other"))
    page = client.get(reverse("consent:shown", args=[step.id])).content.decode()
    for told in ("The whole text.", "to tell the years apart", "Nothing changes for you.", "This is the exact text."):
        assert told in page
    assert bytes(step.notice_hash or b"").hex() in page
    with acting_as(as_citizen(zhang)):
        asked = queries.events_of(step.subject_key, step.consent_id)[0]
    assert client.get(reverse("consent:shown", args=[asked.id])).status_code == 404  # nothing was shown then


def test_a_receipt_of_somebody_else_is_not_there(client: Client, zhang: User) -> None:
    other = step_of(town.adult())
    for name in ("receipt-page", "receipt-pdf", "receipt-jws", "receipt-json", "receipt-jsonld", "shown"):
        assert client.get(reverse(f"consent:{name}", args=[other.id])).status_code == 404
    assert zhang.pk
