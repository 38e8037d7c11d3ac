"""Taking over another portal's catalogue in DCAT."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from portal.catalogue import dcat, queries
from portal.catalogue.importing import dcat_file
from portal.catalogue.importing.records import Found, UnreadableFile, Unusable
from portal.catalogue.models import Dataset
from portal.trail.actor import Actor, acting_as
from tests.catalogue import factories

pytestmark = pytest.mark.django_db
AsOwner = Callable[[], AbstractContextManager[None]]
Draw = Callable[[Iterable[Dataset]], Iterator[str]]

TURTLE = """
@prefix dcat: <http://www.w3.org/ns/dcat#> . @prefix dct: <http://purl.org/dc/terms/> .
@prefix foaf: <http://xmlns.com/foaf/0.1/> . @prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix freq: <http://publications.europa.eu/resource/authority/frequency/> .
<https://x.example/set/7> a dcat:Dataset ; dct:title "Rahvastikuregister"@et ;
    dct:publisher <https://x.example/org/70> ;
    dct:description "<b>Elanikud</b>"@et ; dcat:keyword "Nimi"@et, "Sugu"@et ; dct:accrualPeriodicity freq:DAILY ;
    dct:provenance [ rdfs:label "RRS"@et ] .
<https://x.example/set/8> a dcat:Dataset ; dct:title "交通"@zh, "Traffic"@en ; dct:identifier "T.8" ;
    dct:publisher <https://x.example/org/70> .
<https://x.example/set/9> a dcat:Dataset ; dct:title "Nobody's" .
<https://x.example/org/70> a foaf:Agent ; foaf:name "Siseministeerium"@et .
"""


def written(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def test_a_catalogue_is_taken_over_and_a_second_time_changes_nothing(tmp_path: Path, as_owner: AsOwner) -> None:
    path = written(tmp_path, "them.ttl", TURTLE)
    for outcome in ("taken: 2", "unchanged: 2"):
        report = tmp_path / "report.tsv"
        call_command("import_catalogue", path, format="dcat", report=report)
        assert outcome in report.read_text()
        assert "it names no publisher" in report.read_text()
    with acting_as(Actor.visitor()):
        found = queries.dataset("dcat-7")
        assert (found.name_en, found.original_language, found.summary_en) == ("Rahvastikuregister", "et", "Elanikud")
        assert (found.update_frequency, found.collection_citation_zh, found.origin) == ("daily", "RRS", "dcat")
        assert [item.name_zh for item in queries.items_of(found)] == ["Nimi", "Sugu"]
        other = queries.dataset("dcat-t.8")
        assert (other.name_zh, other.name_en, other.collection_basis) == ("交通", "Traffic", "not-stated")
        assert found.agency_id == other.agency_id


@pytest.mark.parametrize(("name", "draw"), [("us.ttl", dcat.turtle), ("us.jsonld", dcat.json_ld)])
def test_what_we_publish_is_read_again(tmp_path: Path, name: str, draw: Draw) -> None:
    dataset = factories.published(update_frequency="weekly")
    with acting_as(Actor.visitor()):
        text = "".join(draw(queries.published_whole()))
    (found,) = dcat_file.read(written(tmp_path, name, text))
    assert isinstance(found, Found)
    assert found.dataset
    for field in ("name_zh", "name_en", "summary_en", "update_frequency", "collection_citation_en"):
        assert found.dataset[field] == getattr(dataset, field), field
    assert found.agency["name_en"] == "Bureau tax"


XML = """<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns:dcat="http://www.w3.org/ns/dcat#"
 xmlns:dct="http://purl.org/dc/terms/"><dcat:Dataset rdf:about="https://x.example/1"><dct:title>One</dct:title>
</dcat:Dataset></rdf:RDF>"""


def test_rdf_xml_is_read_too(tmp_path: Path) -> None:
    (found,) = dcat_file.read(written(tmp_path, "them.rdf", XML))
    assert isinstance(found, Unusable)
    assert found.reason == "it names no publisher"


@pytest.mark.parametrize(
    ("name", "text", "why"),
    [
        ("a.ttl", "<a> <b> .", "not well-formed"),
        ("a.ttl", "", "no dcat:Dataset"),
        ("a.jsonld", "{", "not JSON"),
        ("a.jsonld", '{"@context": "http://127.0.0.1:9/"}', "not fetched"),
        ("a.jsonld", '{"@graph": [{"@context": [{}, "http://127.0.0.1:9/"]}]}', "not fetched"),
        ("a.rdf", '<!DOCTYPE x [<!ENTITY a "b">]>' + XML, "document type"),
        ("a.rdf", "<rdf", "not well-formed"),
        ("a.txt", TURTLE, "Name the file"),
    ],
)
def test_what_is_no_catalogue_or_would_fetch_something_is_refused(
    tmp_path: Path, as_owner: AsOwner, name: str, text: str, why: str
) -> None:
    path = written(tmp_path, name, text)
    with pytest.raises(UnreadableFile, match=why):
        dcat_file.read(path)
    with pytest.raises(CommandError, match="Nothing was changed"):
        call_command("import_catalogue", path, format="dcat")
    with as_owner():
        assert not Dataset.objects.exists()
