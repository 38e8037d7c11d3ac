"""The sealed package: every answer, a page in both languages, a signed list; the same each time, encrypted at rest."""

import json
import zipfile
from hashlib import sha256
from io import BytesIO
from typing import Any

import pytest
from stream_unzip import UnzipError, stream_unzip

from portal.outbox.models import Message
from portal.trail import files as cabinet
from portal.trail import keys
from portal.trail.actor import Actor, acting_as
from portal.trail.ids import new_id
from rights import actions, holders, package, queries, tables
from rights.actions import Filing
from rights.errors import LinkUsed, NoPackage, NothingAnswered, UnknownRequest
from rights.models import Kind, Package, RightsRequest
from rights.states import Outcome
from tests.ledger import factories as ledger
from tests.people import as_citizen, citizen
from tests.rights import factories as town
from tests.rights.factories import AT, DAY

pytestmark = pytest.mark.django_db


def finished() -> RightsRequest:
    """One agency gave a file, the other refused."""
    request = town.routed()
    town.replied(town.part(request, "tax"), text="Here it is.")
    town.replied(town.part(request, "housing"), Outcome.REFUSED)
    town.run(AT + 2 * DAY)
    return request


def opened(request: RightsRequest) -> tuple[Package, bytes]:
    with acting_as(town.owner_of(request)):
        found, content = queries.package_content(request)
        return found, b"".join(content)


def test_it_holds_every_answer_and_a_page_in_both_languages() -> None:
    request = finished()
    found, content = opened(request)
    assert (found.size, bytes(found.sha256 or b"")) == (len(content), sha256(content).digest())
    with zipfile.ZipFile(BytesIO(content)) as archive:
        assert archive.namelist() == [
            "tax/tax.income/rows.csv",
            "tax/tax.income/rows.json",
            "tax/tax.income/schema.json",
            *(f"records/{name}" for name in ("held.json", "held.csv", "held.schema.json")),
            *(f"records/{name}" for name in ("shared.json", "shared.csv", "shared.schema.json")),
            "index.zh.html",
            "index.en.html",
            "manifest.json",
        ]
        assert json.loads(archive.read("tax/tax.income/rows.json")) == [{"year": "2025", "income": "1"}]
        assert archive.read("tax/tax.income/rows.csv") == b"year,income\n2025,1\n"
        english, chinese = archive.read("index.en.html").decode(), archive.read("index.zh.html").decode()
    for told in (
        "Tax Bureau",
        "Here it is.",
        "A law demands secrecy.",
        "rows.csv",
        request.number,
        "Article 15",
        "records/shared.csv",
    ):
        assert told in english
    assert "税务局" in chinese


def test_its_list_is_signed_and_names_every_file_with_its_hash() -> None:
    request = finished()
    found, content = opened(request)
    with zipfile.ZipFile(BytesIO(content)) as archive:
        document: dict[str, Any] = json.loads(archive.read("manifest.json"))
        signed = keys.check(document["signature"], use="packages")
        assert signed["files"] == document["files"]
        for file in signed["files"]:
            assert sha256(archive.read(file["name"])).hexdigest() == file["sha256"]
        assert {file["name"] for file in signed["files"]} == set(archive.namelist()) - {"manifest.json"}
    assert found.manifest == document["signature"]
    assert {answer["agency"]: answer["outcome"] for answer in signed["answers"]} == {
        "tax": "fulfilled",
        "housing": "refused",
    }
    with pytest.raises(keys.BadSignature):
        keys.check(document["signature"], use="receipts")


def test_it_comes_out_the_same_each_time_and_is_built_once() -> None:
    request = finished()
    _, first = opened(request)
    message = Message(payload={"request_id": str(request.pk)})
    with acting_as(Actor.portal()):
        package.build(message, AT + 3 * DAY)  # a package that is ready is left as it is
        assert Package.objects.get(pk=request.pk).built_at == AT + 2 * DAY
        Package.objects.filter(pk=request.pk).update(erased_at=AT)
        package.build(message, AT + 3 * DAY)
    assert opened(request)[1] == first


def test_it_lies_encrypted_and_its_making_is_in_the_trail_and_told() -> None:
    request = finished()
    found, _ = opened(request)
    raw = cabinet._path(found.stored_as).read_bytes()
    assert b"rows.csv" not in raw
    assert "rights.package.sealed" in town.events(request)
    assert town.letters(request)[-1] == "package_ready"


def test_before_the_last_answer_there_is_none() -> None:
    request = town.routed()
    town.replied(town.part(request, "tax"))
    town.run(AT + DAY)
    with acting_as(town.owner_of(request)), pytest.raises(NoPackage):
        queries.package_content(request)


# ------------------------------------------------------------------ taking it
def taken(request: RightsRequest, ticket: str, at: Any = AT + 3 * DAY) -> Package:
    actor = town.owner_of(request)
    with acting_as(actor):
        return actions.take_package(request, ticket=ticket, actor=actor, at=at)


def ticket_of(request: RightsRequest) -> str:
    return actions.ticket_of(town.now(Package(pk=request.pk)))


def test_a_link_opens_once_and_each_download_is_counted() -> None:
    request = finished()
    first = ticket_of(request)
    taken(request, first)
    for used in (first, "none", actions.ticket_of(Package(pk=new_id()))):
        with pytest.raises(LinkUsed):
            taken(request, used)
    taken(request, ticket_of(request))
    assert town.now(Package(pk=request.pk)).downloads == 2
    assert town.events(request).count("rights.package.downloaded") == 2


def test_nobody_else_takes_it() -> None:
    request, stranger = finished(), as_citizen(citizen())
    with acting_as(stranger), pytest.raises(UnknownRequest):
        actions.take_package(request, ticket=ticket_of(request), actor=stranger, at=AT)


def test_after_thirty_days_it_is_erased_and_can_be_put_together_again() -> None:
    request = finished()
    found, _ = opened(request)
    ticket, later = ticket_of(request), AT + 33 * DAY
    with pytest.raises(NoPackage):
        taken(request, ticket, later)
    assert actions.tidy(at=AT + 31 * DAY) == (0, 0)
    assert actions.tidy(at=later) == (1, 0)
    assert actions.tidy(at=later) == (0, 0)
    assert town.now(found).stored_as == ""
    assert "rights.package.erased" in town.events(request)
    actor = town.owner_of(request)
    with acting_as(actor):
        actions.ask_package(request, actor=actor, at=later)
    town.run(later)
    assert town.now(found).is_ready
    assert town.now(found).expires_at == later + package.KEPT


def test_drafts_that_nobody_went_on_with_are_forgotten() -> None:
    draft = town.begun()
    town.shown_by(draft)
    assert actions.tidy(at=AT + 100 * DAY) == (0, 0)
    assert actions.tidy(at=AT + 200 * DAY) == (0, 1)
    with acting_as(Actor.portal()):
        assert not RightsRequest.objects.filter(pk=draft.pk).exists()


def test_what_is_answered_so_far_can_be_taken_and_is_put_together_anew_when_more_comes() -> None:
    request = town.routed()
    actor = town.owner_of(request)
    with acting_as(actor), pytest.raises(NothingAnswered):
        actions.ask_package(request, actor=actor, at=AT)
    town.replied(town.part(request, "tax"))
    with acting_as(actor):
        actions.ask_package(request, actor=actor, at=AT + DAY)
    town.run(AT + DAY)
    found, early = opened(request)
    assert found.answers == 1
    town.replied(town.part(request, "housing"), Outcome.REFUSED, at=AT + 2 * DAY)
    town.run(AT + 2 * DAY)
    found, whole = opened(request)
    assert found.answers == 2
    assert whole != early


def test_under_a_passphrase_it_opens_with_that_alone() -> None:
    _, content = opened(finished())
    sealed = b"".join(package.locked("1.zip", [content], "correct horse battery"))
    assert content[:200] not in sealed
    with zipfile.ZipFile(BytesIO(sealed)) as archive:
        (entry,) = archive.infolist()
        assert (entry.filename, entry.compress_type, entry.flag_bits & 1) == ("1.zip", 99, 1)  # 99: AES
    unzipped = {name.decode(): b"".join(chunks) for name, _, chunks in stream_unzip([sealed], b"correct horse battery")}
    assert unzipped == {"1.zip": content}
    with pytest.raises(UnzipError):
        list(stream_unzip([sealed], b"wrong"))


# ------------------------------------------------------------------ what the portal knows
def test_who_received_the_data_is_told_and_what_is_embargoed_is_not() -> None:
    dataset, _ = ledger.town()
    ledger.report(dataset.agency, ledger.event_row("seen"), ledger.event_row("hidden"))
    seen, hidden = sorted(ledger.events_of(), key=lambda event: event.id)
    ledger.withheld(hidden.id)
    actor = ledger.as_person()
    with acting_as(actor):
        request = actions.submit(Filing(Kind.ACCESS), actor=actor, at=AT)
    with acting_as(Actor.portal()):
        members = dict(tables.records(request))
        shared = json.loads(b"".join(members["records/shared.json"]))
        table = b"".join(members["records/shared.csv"]).decode("utf-8-sig")
    assert [row["id"] for row in shared] == [str(seen.id)]
    assert str(hidden.id) not in table
    assert table.splitlines()[0].startswith("at,provider,recipient,dataset")


def test_an_embargoed_sharing_leads_to_no_part() -> None:
    dataset, recipient = ledger.town()
    ledger.report(dataset.agency, ledger.event_row(depth="copied"))
    (event,) = ledger.events_of()
    actor = ledger.as_person()
    request = RightsRequest(kind=Kind.ACCESS, subject_key=actor.subject_key)
    with acting_as(Actor.portal()):
        assert recipient.pk in {holder.agency_id for holder in holders.of(request)}
    ledger.withheld(event.id)
    with acting_as(Actor.portal()):
        assert holders.of(request) == []


@pytest.mark.parametrize("value", ["=1+1", "+1", "-1", "@x"])
def test_no_cell_is_taken_for_a_formula(value: str) -> None:
    assert tables._cell(value) == f"'{value}"


def test_a_table_in_json_is_given_as_csv_too() -> None:
    request = town.routed()
    part = town.part(request)
    town.act("attach", part, name="rows.json", content=[b'[{"a": 1, "b": "\xe4\xb8\xad"}, {"a": 2}]'])
    town.replied(part, Outcome.NOTHING_HELD, text="See the file.")
    with acting_as(Actor.portal()):
        (file,) = town.now(part).files.all()
        assert tables.twin(file) == ("rows.csv", "\ufeffa,b\r\n1,中\r\n2,\r\n".encode())
