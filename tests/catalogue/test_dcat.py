"""The catalogue for machines: whole, and without a violation of DCAT-AP's shapes whatever a title contains."""

import json
import os
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.test import Client
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from pyshacl import validate
from rdflib import Graph
from rdflib.namespace import DCAT, DCTERMS, RDF, SH

from portal.catalogue import actions, dcat
from portal.catalogue.models import Agency, DataItem, Dataset
from portal.demo.embedded.services import CHECKOUT
from portal.trail.actor import acting_as
from tests.catalogue import factories
from tests.catalogue.factories import AT, AUTHORITY

# SEMICeu/DCAT-AP, CC BY 4.0: not ours, so not in this repository.
STANDARDS = Path(os.environ.get("PORTAL_STANDARDS") or CHECKOUT.parent / "shared" / "data" / "standards")
SHAPES = [STANDARDS / f"dcat-ap-3.0.1-{name}.ttl" for name in ("shacl", "ranges")]
ODD = (
    '"', '"""', "'", "\\", "\\u0022", "\n", "\r\n", "\t", "<b>&amp;", "> .", "\u202e\u062d\u0642\u0648\u0642", "\x7f",
    "\x85", "\ufeff", "\u2028", "{{ 1 }}", "@zh", "^^xsd:date", "\U00020000", "e\u0301", "]}", "ends with \\",
    'ends with "',
)  # fmt: skip
TITLES = st.one_of(
    st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1, max_size=60),
    st.lists(st.sampled_from(ODD), min_size=1, max_size=5).map("".join),
)
Syntax = tuple[str, Callable[[Iterable[Dataset]], Iterator[str]]]
SYNTAXES: list[Syntax] = [("turtle", dcat.turtle), ("json-ld", dcat.json_ld)]


@pytest.fixture(scope="module")
def shapes() -> Graph:
    if not all(path.exists() for path in SHAPES):
        pytest.skip(f"the shapes of DCAT-AP 3.0.1 are not in {STANDARDS} (PORTAL_STANDARDS names another folder)")
    graph = Graph()
    for path in SHAPES:
        graph.parse(path)
    for owner, shape in list(graph.subject_objects(SH.property)):  # two as published name no path and are no shapes
        if (shape, SH.path, None) not in graph:
            graph.remove((owner, SH.property, shape))
    return graph


def violations(graph: Graph, shapes: Graph) -> str:
    conforms, _results, text = validate(graph, shacl_graph=shapes, advanced=False, allow_warnings=False)
    return "" if conforms else text


def entry(number: int, zh: str, en: str) -> Dataset:
    """A dataset as it stands, of an agency with a name as odd."""
    agency = Agency(code=f"agency{number}", name_zh=zh, name_en=en, contact=en)
    dataset = Dataset(
        code=f"odd.n{number}", agency=agency, name_zh=zh, name_en=en, summary_en=zh, collection_citation_en=en,
        version=1, published_at=datetime(2026, 1, 1, tzinfo=UTC),
    )  # fmt: skip
    dataset._prefetched_objects_cache = {"items": [DataItem(code="a", name_zh=zh, name_en=en, data_element=zh)]}  # type: ignore[attr-defined]
    return dataset


def written(datasets: list[Dataset], syntax: Syntax) -> Graph:
    name, draw = syntax
    return Graph().parse(data="".join(draw(datasets)), format=name)


@pytest.mark.parametrize("syntax", SYNTAXES, ids=lambda syntax: syntax[0])
@given(zh=TITLES, en=TITLES)
@settings(max_examples=30, deadline=None)
def test_whatever_a_title_contains_comes_back_as_it_was(syntax: Syntax, zh: str, en: str) -> None:
    graph = written([entry(1, zh, en)], syntax)
    about = next(graph.subjects(RDF.type, DCAT.Dataset))
    assert {(str(title), getattr(title, "language", None)) for title in graph.objects(about, DCTERMS.title)} == {
        (zh, "zh"),
        (en, "en"),
    }


@given(titles=st.lists(st.tuples(TITLES, TITLES), min_size=20, max_size=20))
@settings(max_examples=1, deadline=None, phases=[Phase.generate])  # to find a smaller one would take minutes
def test_whatever_titles_contain_no_shape_is_violated(shapes: Graph, titles: list[tuple[str, str]]) -> None:
    rows = [entry(number, zh, en) for number, (zh, en) in enumerate([*titles, *zip(ODD, reversed(ODD), strict=True)])]
    graph = written(rows, SYNTAXES[0])
    assert violations(graph, shapes) == ""
    assert len(set(graph.subjects(RDF.type, DCAT.Dataset))) == len(rows)


def test_the_shapes_find_what_is_missing(shapes: Graph) -> None:
    graph = written([entry(1, "a", "b")], SYNTAXES[0])
    graph.remove((None, DCTERMS.description, None))
    assert "MinCount" in violations(graph, shapes)


def read(address: str, syntax: str) -> Graph:
    response = Client().get(address)
    assert response.status_code == 200
    assert "public" in response.headers["Cache-Control"]
    return Graph().parse(data=response.getvalue(), format=syntax)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("address", "syntax"), [("/catalogue.ttl", "turtle"), ("/catalogue.jsonld", "json-ld")])
def test_everybody_reads_what_is_published_and_nothing_else(address: str, syntax: str) -> None:
    factories.published()
    factories.proposed("tax.new")
    gone = factories.published("tax.old")
    with acting_as(AUTHORITY):
        actions.withdraw_dataset(gone, reasons="Merged.", actor=AUTHORITY, at=AT)
    graph = read(address, syntax)
    (about,) = graph.subjects(RDF.type, DCAT.Dataset)
    assert str(about).endswith("/catalogue/tax.income/#dataset")
    assert {str(word) for word in graph.objects(about, DCAT.keyword)} == {"年度", "Year", "所得额", "Income"}
    (why,) = graph.objects(about, DCTERMS.provenance)
    assert "Individual Income Tax Law, Article 10" in {str(text) for text in graph.objects(why, None)}
    (catalogue,) = graph.subjects(RDF.type, DCAT.Catalog)
    assert (catalogue, DCAT.dataset, about) in graph


@pytest.mark.django_db(transaction=True)
def test_an_empty_catalogue_is_one_too(shapes: Graph) -> None:
    graph = read("/catalogue.jsonld", "json-ld")
    assert violations(graph, shapes) == ""
    assert list(graph.subjects(RDF.type, DCAT.Dataset)) == []
    assert json.loads(Client().get("/catalogue.jsonld").getvalue())["@graph"]
