"""The sealed package: every answer, a page in both languages, a signed list; the same each time, encrypted at rest."""

import json
import zipfile
from hashlib import sha256
from io import BytesIO
from typing import Any

import pytest

from portal.outbox.models import Message
from portal.trail import files as cabinet
from portal.trail import keys
from portal.trail.actor import Actor, acting_as
from rights import package, queries
from rights.errors import NoPackage
from rights.models import Package, RightsRequest
from rights.states import Outcome
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
        assert archive.namelist() == ["tax/tax.income/rows.csv", "index.zh.html", "index.en.html", "manifest.json"]
        assert archive.read("tax/tax.income/rows.csv") == b"year,income\n2025,1\n"
        english, chinese = archive.read("index.en.html").decode(), archive.read("index.zh.html").decode()
    for told in ("Tax Bureau", "Here it is.", "A law demands secrecy.", "tax/tax.income/rows.csv", request.number):
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
        Package.objects.filter(pk=request.pk).update(built_at=None)
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
