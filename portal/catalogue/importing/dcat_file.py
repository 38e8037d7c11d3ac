"""Another portal's catalogue in DCAT or DCAT-AP: Turtle, JSON-LD or RDF/XML, told apart by the file's name.

A dcat:Dataset becomes a dataset, its publisher an agency, its keywords the items. What DCAT does not say (sharing,
often the law and the items) is marked as not stated rather than guessed. Nothing that a file names is fetched.
"""

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final

from django.utils.translation import gettext_lazy as _
from rdflib import Graph, Literal, URIRef
from rdflib.namespace import DCAT, DCTERMS, FOAF, RDF, RDFS
from rdflib.term import Node

from portal.catalogue.dcat import FREQUENCIES, FREQUENCY, VCARD
from portal.catalogue.importing.cleaning import folded, item_code, shortened, words
from portal.catalogue.importing.records import Found, UnreadableFile, Unusable
from portal.catalogue.words import Basis, Method, Sharing, UpdateFrequency

ORIGIN: Final = "dcat"
MAX_BYTES: Final = 64 * 1024 * 1024
SYNTAXES: Final = {
    ".ttl": "turtle", ".nt": "turtle", ".jsonld": "json-ld", ".json": "json-ld", ".rdf": "xml", ".xml": "xml",
}  # fmt: skip
CONDITIONS_ZH: Final = "来源目录未说明共享条件，须与数据所有部门商定。"
CONDITIONS_EN: Final = "The source catalogue does not state the conditions; they are to be agreed with the owner."
REASON_ZH: Final = "由来源目录导入，该目录未标明共享属性；在数据所有部门确认之前按有条件共享处理。"
REASON_EN: Final = (
    "Taken over from a catalogue that states no sharing attribute; shared under conditions until the owner says so."
)
BY_FREQUENCY: Final = {FREQUENCY[code]: ours for ours, code in FREQUENCIES.items()}
Texts = dict[str, list[str]]


def read(path: Path) -> Sequence[Found | Unusable]:
    """Every dataset of the file, by its address. Raises UnreadableFile."""
    graph = _graph(path)
    datasets = sorted(set(graph.subjects(RDF.type, DCAT.Dataset)), key=str)
    if not datasets:
        raise UnreadableFile(_("There is no dcat:Dataset in this file."))
    return list(_read(graph, datasets))


def _graph(path: Path) -> Graph:
    syntax = SYNTAXES.get(path.suffix.lower())
    if syntax is None:
        raise UnreadableFile(_("Name the file .ttl, .jsonld or .rdf, after its syntax."))
    try:
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise UnreadableFile(_("There is no such file, or it cannot be opened.")) from error
    if len(data) > MAX_BYTES:
        raise UnreadableFile(_("This file is too large."))
    _require_self_contained(data, syntax)
    try:
        return Graph().parse(data=data, format=syntax, publicID="file:///")
    except Exception as error:  # each of rdflib's readers has errors of its own, and of its parsers below
        raise UnreadableFile(_("This is not well-formed %(syntax)s.") % {"syntax": syntax}) from error


def _require_self_contained(data: bytes, syntax: str) -> None:
    """Refuse what would have the reader fetch something: contexts by address, entities."""
    if syntax == "xml" and (b"<!DOCTYPE" in data or b"<!ENTITY" in data):
        raise UnreadableFile(_("RDF/XML with a document type is not read."))
    if syntax == "json-ld":
        try:
            document = json.loads(data)
        except (ValueError, RecursionError) as error:
            raise UnreadableFile(_("This is not JSON.")) from error
        if any(isinstance(context, str) for context in _contexts(document)):
            raise UnreadableFile(_("A context that lies elsewhere is not fetched: write it into the file."))


def _contexts(value: object) -> Iterator[object]:
    pending = [value]
    while pending:
        match pending.pop():
            case dict() as node:
                for name, inner in node.items():
                    if name == "@context":
                        yield from inner if isinstance(inner, list) else [inner]
                    if name == "@import":
                        yield str(inner)
                    pending.append(inner)
            case list() as many:
                pending.extend(many)


def _read(graph: Graph, datasets: Sequence[Node]) -> Iterator[Found | Unusable]:
    seen: set[str] = set()
    for about in datasets:
        code = f"dcat-{_code(graph, about)}"[:120].rstrip(".-")
        publisher = graph.value(about, DCTERMS.publisher)
        titles = _texts(graph, about, DCTERMS.title)
        lacks = (
            (titles, "it has no title"),
            (publisher, "it names no publisher"),
            (publisher and _texts(graph, publisher, FOAF.name), "its publisher has no name"),
            (code != "dcat-", "it has no identifier"),
            (code not in seen, "another dataset has this identifier"),
        )
        reason = next((why for there, why in lacks if not there), "")
        if reason or publisher is None:
            yield Unusable(str(about), code, reason)
            continue
        seen.add(code)
        agency = _agency(graph, publisher)
        yield Found(str(about), code, agency, None, _dataset(graph, about, code, agency["code"]))


def _code(graph: Graph, about: Node) -> str:
    """The identifier, or the last part of the address."""
    said = graph.value(about, DCTERMS.identifier)
    return folded(words(str(said or ""))) or folded(str(about).rstrip("/#").replace("#", "/").rsplit("/", 1)[-1])


def _texts(graph: Graph, about: Node, says: URIRef) -> Texts:
    """What is said, by language, `""` where none is named; cleaned, in order."""
    found: Texts = {}
    for value in sorted(graph.objects(about, says), key=str):
        if isinstance(value, Literal) and (text := words(str(value))):
            found.setdefault((value.language or "")[:2].lower(), []).append(text)
    return found


def _both(texts: Texts, limit: int) -> tuple[str, str]:
    """In Chinese and in English; in the other's words where there is only one, in any where there is neither."""
    anything = next(iter(texts.values()), [""])
    zh = texts.get("zh") or texts.get("en") or texts.get("") or anything
    en = texts.get("en") or texts.get("zh") or texts.get("") or anything
    return shortened(zh[0], limit), shortened(en[0], limit)


def _language(texts: Texts) -> str:
    """The language, where it is neither of ours and is named."""
    return "" if {"zh", "en", ""} & set(texts) else next(iter(texts), "")


def _agency(graph: Graph, publisher: Node) -> dict[str, Any]:
    names = _texts(graph, publisher, FOAF.name)
    zh, en = _both(names, 1000)
    code = _code(graph, publisher) or item_code(zh)
    return {
        "code": f"dcat-{code}"[:80].rstrip(".-"), "name_zh": zh, "name_en": en, "origin": ORIGIN,
        "original_language": _language(names),
    }  # fmt: skip


def _dataset(graph: Graph, about: Node, code: str, agency: str) -> dict[str, Any]:
    titles = _texts(graph, about, DCTERMS.title)
    provenance = graph.value(about, DCTERMS.provenance)
    law: Texts = _texts(graph, provenance, RDFS.label) if provenance else {}
    contact = graph.value(about, DCAT.contactPoint)
    fields: dict[str, Any] = {
        "code": code,
        "agency": agency,
        "update_frequency": _frequency(graph, about),
        "sharing": Sharing.CONDITIONAL,
        "sharing_conditions_zh": CONDITIONS_ZH,
        "sharing_conditions_en": CONDITIONS_EN,
        "classification_reason_zh": REASON_ZH,
        "classification_reason_en": REASON_EN,
        "sharing_method": Method.NOT_STATED,
        "collection_basis": Basis.OTHER_LAW if law else Basis.NOT_STATED,
        "contact": shortened(words(str(graph.value(contact, VCARD.fn) or "")), 300) if contact else "",
        "original_language": _language(titles),
        "items": _items(_texts(graph, about, DCAT.keyword)),
    }
    for name, texts, limit in (
        ("name", titles, 300),
        ("summary", _texts(graph, about, DCTERMS.description), 4000),
        ("collection_citation", law, 2000),
    ):
        fields[f"{name}_zh"], fields[f"{name}_en"] = _both(texts, limit) if texts else ("", "")
    return fields


def _frequency(graph: Graph, about: Node) -> UpdateFrequency:
    said = graph.value(about, DCTERMS.accrualPeriodicity)
    return (
        BY_FREQUENCY.get(said, UpdateFrequency.NOT_STATED) if isinstance(said, URIRef) else UpdateFrequency.NOT_STATED
    )


def _items(keywords: Texts) -> list[dict[str, str]]:
    """The keywords of one language: which of another's means the same, DCAT does not say."""
    chosen = keywords.get("zh") or keywords.get("en") or next(iter(keywords.values()), [])
    found = {item_code(name): shortened(name, 1000) for name in chosen[:500]}
    return [{"code": code, "name_zh": name, "name_en": name} for code, name in found.items()]
