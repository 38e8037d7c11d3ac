"""The public catalogue in DCAT-AP 3.0.1, for machines: drawn batch by batch, so that its length costs no memory.

A Turtle file may name its prefixes again, and a subject may come back in either syntax, so each batch is a graph of
its own, written whole by rdflib; no text is ever put into the output by hand.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from typing import Final

from django.conf import settings
from django.db.models import TextChoices
from django.urls import reverse
from django.utils import translation
from rdflib import Graph, Literal, Namespace, URIRef
from rdflib.namespace import DCAT, DCTERMS, FOAF, RDF, RDFS, SKOS, XSD

from portal.catalogue.models import Agency, DataItem, Dataset
from portal.catalogue.words import Classification, DatasetKind, Opening, Sharing, UpdateFrequency

BATCH: Final = 200
VERSION: Final = URIRef(f"{DCAT}version")  # new in DCAT 3, which rdflib does not know yet
VCARD: Final = Namespace("http://www.w3.org/2006/vcard/ns#")
FREQUENCY: Final = Namespace("http://publications.europa.eu/resource/authority/frequency/")
ACCESS: Final = Namespace("http://publications.europa.eu/resource/authority/access-right/")
PREFIXES: Final = {"dcat": DCAT, "dct": DCTERMS, "foaf": FOAF, "skos": SKOS, "rdfs": RDFS, "vcard": VCARD, "xsd": XSD}
CONTEXT: Final = {name: str(space) for name, space in PREFIXES.items()}
LANGUAGES: Final = {"zh": "zh-hans", "en": "en"}
TYPES: Final[Mapping[str, type[TextChoices]]] = {
    "kind": DatasetKind,
    "sharing": Sharing,
    "classification": Classification,
}
OPENNESS: Final = {Opening.OPEN: "PUBLIC", Opening.CONDITIONAL: "RESTRICTED", Opening.CLOSED: "NON_PUBLIC"}
FREQUENCIES: Final = {
    UpdateFrequency.REAL_TIME: "CONT",
    UpdateFrequency.DAILY: "DAILY",
    UpdateFrequency.WEEKLY: "WEEKLY",
    UpdateFrequency.MONTHLY: "MONTHLY",
    UpdateFrequency.QUARTERLY: "QUARTERLY",
    UpdateFrequency.YEARLY: "ANNUAL",
    UpdateFrequency.IRREGULAR: "IRREG",
    UpdateFrequency.NOT_STATED: "UNKNOWN",
}
TITLES: Final = {"zh": "个人数据目录", "en": "Catalogue of data about people"}
DESCRIPTIONS: Final = {
    "zh": "政府部门持有的个人数据：由谁负责、依据哪一规定、谁可以获得。",
    "en": "What agencies hold about people: who answers for it, on which provision, and who may receive it.",
}
PUBLISHER: Final = {"zh": "我的数据权利", "en": "My Data Rights"}


def turtle(datasets: Iterable[Dataset]) -> Iterator[str]:
    """The catalogue as Turtle."""
    for graph in _graphs(datasets):
        yield graph.serialize(format="turtle")


def json_ld(datasets: Iterable[Dataset]) -> Iterator[str]:
    """The catalogue as JSON-LD."""
    comma = ""
    yield f'{{"@context": {json.dumps(CONTEXT)}, "@graph": ['
    for graph in _graphs(datasets):
        document = json.loads(graph.serialize(format="json-ld", context=CONTEXT))
        for node in document.get("@graph", []):
            yield comma + json.dumps(node, ensure_ascii=False)
            comma = ",\n"
    yield "]}\n"


def _graphs(datasets: Iterable[Dataset]) -> Iterator[Graph]:
    yield _head()
    rows = iter(datasets)
    while batch := list(islice(rows, BATCH)):
        graph = _empty()
        for dataset in batch:
            _add_dataset(graph, dataset)
        yield graph


def _empty() -> Graph:
    graph = Graph(bind_namespaces="none")
    for prefix, space in PREFIXES.items():
        graph.bind(prefix, space)
    return graph


def _site(path: str) -> URIRef:
    return URIRef(f"{settings.SITE_URL}{path}")


def _catalogue() -> URIRef:
    return _site(reverse("catalogue:index"))


def _term(field: str, value: str) -> URIRef:
    return _site(f"{reverse('catalogue:index')}#{field}-{value}")


def _head() -> Graph:
    """The catalogue itself, who publishes it, and the terms that its datasets name."""
    graph, catalogue, publisher = _empty(), _catalogue(), _site("/#portal")
    graph.add((catalogue, RDF.type, DCAT.Catalog))
    graph.add((catalogue, DCTERMS.publisher, publisher))
    graph.add((catalogue, FOAF.homepage, catalogue))
    graph.add((catalogue, RDF.type, FOAF.Document))
    graph.add((publisher, RDF.type, FOAF.Agent))
    for language in LANGUAGES:
        graph.add((catalogue, DCTERMS.title, Literal(TITLES[language], lang=language)))
        graph.add((catalogue, DCTERMS.description, Literal(DESCRIPTIONS[language], lang=language)))
        graph.add((publisher, FOAF.name, Literal(PUBLISHER[language], lang=language)))
    for field, vocabulary in TYPES.items():
        for term in vocabulary:
            graph.add((_term(field, term.value), RDF.type, SKOS.Concept))
            for language, code in LANGUAGES.items():
                with translation.override(code):
                    label = Literal(str(term.label), lang=language)
                graph.add((_term(field, term.value), SKOS.prefLabel, label))
    for known in (ACCESS[code] for code in OPENNESS.values()):
        graph.add((known, RDF.type, DCTERMS.RightsStatement))
    for known in (FREQUENCY[code] for code in FREQUENCIES.values()):
        graph.add((known, RDF.type, DCTERMS.Frequency))
    return graph


def _add_texts(graph: Graph, about: URIRef, says: URIRef, zh: str, en: str, language: str) -> None:
    """A text in both languages; one that was taken over from another stands once, in its own."""
    found = {language: zh or en} if language else {"zh": zh, "en": en}
    for code, text in found.items():
        if text:
            graph.add((about, says, Literal(text, lang=code)))


def _add_agency(graph: Graph, agency: Agency) -> URIRef:
    about = _site(reverse("catalogue:agency", args=[agency.code]))
    graph.add((about, RDF.type, FOAF.Agent))
    graph.add((about, DCTERMS.identifier, Literal(agency.code)))
    _add_texts(graph, about, FOAF.name, agency.name_zh, agency.name_en, agency.original_language)
    return about


def _add_dataset(graph: Graph, dataset: Dataset) -> None:
    page = reverse("catalogue:dataset", args=[dataset.code])
    about, landing, language = _site(f"{page}#dataset"), _site(page), dataset.original_language
    graph.add((_catalogue(), DCAT.dataset, about))
    graph.add((about, RDF.type, DCAT.Dataset))
    graph.add((landing, RDF.type, FOAF.Document))
    graph.add((about, DCAT.landingPage, landing))
    graph.add((about, DCTERMS.identifier, Literal(dataset.code)))
    graph.add((about, VERSION, Literal(str(dataset.version))))
    graph.add((about, DCTERMS.publisher, _add_agency(graph, dataset.agency)))
    _add_texts(graph, about, DCTERMS.title, dataset.name_zh, dataset.name_en, language)
    summary = (dataset.summary_zh or dataset.summary_en or dataset.name_zh, dataset.summary_en or dataset.name_en)
    _add_texts(graph, about, DCTERMS.description, *summary, language)
    if dataset.published_at:
        graph.add((about, DCTERMS.modified, Literal(dataset.published_at.isoformat(), datatype=XSD.dateTime)))
    graph.add((about, DCTERMS.accessRights, ACCESS[OPENNESS[Opening(dataset.opening)]]))
    frequency = FREQUENCIES[UpdateFrequency(dataset.update_frequency)]
    graph.add((about, DCTERMS.accrualPeriodicity, FREQUENCY[frequency]))
    for field in TYPES:
        graph.add((about, DCTERMS.type, _term(field, getattr(dataset, field))))
    if dataset.source_of_truth and dataset.source_of_truth_id != dataset.agency_id:
        graph.add((about, DCTERMS.creator, _add_agency(graph, dataset.source_of_truth)))
    _add_basis(graph, about, dataset)
    _add_contact(graph, about, dataset)
    for item in dataset.items.all():
        if item.active:
            _add_texts(graph, about, DCAT.keyword, item.name_zh, item.name_en, item.original_language)
            _add_standards(graph, about, item)


def _add_standards(graph: Graph, about: URIRef, item: DataItem) -> None:
    for kind in ("data_element", "code_list"):
        if cited := getattr(item, kind):
            standard = URIRef(f"{about}-{item.code}-{kind}")
            graph.add((about, DCTERMS.conformsTo, standard))
            graph.add((standard, RDF.type, DCTERMS.Standard))
            graph.add((standard, DCTERMS.title, Literal(cited)))


def _add_basis(graph: Graph, about: URIRef, dataset: Dataset) -> None:
    """Why it may be collected, as what DCAT calls its provenance."""
    zh, en = dataset.collection_citation_zh, dataset.collection_citation_en
    if not (zh or en):
        return
    why = URIRef(f"{about}-basis")
    graph.add((about, DCTERMS.provenance, why))
    graph.add((why, RDF.type, DCTERMS.ProvenanceStatement))
    _add_texts(graph, why, RDFS.label, zh, en, dataset.original_language)


def _add_contact(graph: Graph, about: URIRef, dataset: Dataset) -> None:
    contact = dataset.contact or dataset.agency.contact
    if contact:
        point = URIRef(f"{about}-contact")
        graph.add((about, DCAT.contactPoint, point))
        graph.add((point, RDF.type, VCARD.Kind))
        graph.add((point, VCARD.fn, Literal(contact)))
