"""A receipt as a consent record of ISO/IEC TS 27560 in W3C's Data Privacy Vocabulary (DPV 2), as JSON-LD.

Made from the signed text of a receipt and nothing else. Its context stands in the document, so that no reader needs
the network; the signed text stands beside it as `proof`, so that anybody can check that both say the same.
"""

from collections.abc import Mapping
from typing import Any, Final

from consent import receipts
from portal.trail import keys

CONTEXT: Final[Mapping[str, Any]] = {
    "dpv": "https://w3id.org/dpv#",
    "dct": "http://purl.org/dc/terms/",
    "rdfs": "http://www.w3.org/2000/01/rdf-schema#",
    "schema": "https://schema.org/",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
    "dct:conformsTo": {"@type": "@id"},
    "dct:created": {"@type": "xsd:dateTime"},
    "dct:valid": {"@type": "xsd:dateTime"},
    "dpv:isIndicatedAtTime": {"@type": "xsd:dateTime"},
    "dpv:hasStatus": {"@type": "@id"},
    "dpv:hasLegalBasis": {"@type": "@id"},
    "dpv:hasNecessity": {"@type": "@id"},
    "schema:recipient": {"@type": "@id"},
    "proof": "https://w3id.org/security#proofValue",
}
STATUS: Final[Mapping[str, str]] = {
    "given": "dpv:ConsentGiven",
    "resumed": "dpv:ConsentGiven",
    "shortened": "dpv:ConsentGiven",
    "refused": "dpv:ConsentRefused",
    "paused": "dpv:ConsentStatusInvalidForProcessing",
    "withdrawn": "dpv:ConsentWithdrawn",
    "expired": "dpv:ConsentExpired",
    "used": "dpv:ConsentExpired",
    "superseded": "dpv:ConsentInvalidated",
}
BASES: Final[Mapping[str, str]] = {
    "express": "dpv:ExpressedConsent",
    "single_use": "dpv:ExpressedConsent",
    "guardian": "dpv:ExpressedConsent",
    "separate": "dpv:ExplicitlyExpressedConsent",
    "written": "dpv:ExplicitlyExpressedConsent",
}


def record(token: str) -> dict[str, Any]:
    """The record that a signed receipt makes; raises portal.trail.keys.BadSignature."""
    return {**_record(receipts.check(token)), "proof": token.strip()}


def holds(document: Mapping[str, Any]) -> bool:
    """Whether a record is ours and says exactly what its proof says."""
    try:
        return record(str(document.get("proof", ""))) == document
    except (keys.BadSignature, KeyError, IndexError, TypeError):  # of an older form, or of another kind
        return False


def _record(told: Mapping[str, Any]) -> dict[str, Any]:
    ours, language = told["record"], told["language"]
    consent = f"urn:uuid:{ours['consent']}"
    return {
        "@context": {**CONTEXT},
        "@id": f"urn:uuid:{told['consentReceiptID']}",
        "@type": "dpv:ConsentReceipt",
        "dct:identifier": told["consentReceiptID"],
        "dct:conformsTo": "https://w3id.org/dpv/schema/dpv-27560#receipt",
        "dct:created": ours["at"],
        "dct:language": language,
        "dct:publisher": told["collectionMethod"],
        "schema:recipient": "dpv:DataSubject",
        "dpv:hasRecordOfActivity": {
            "@id": consent,
            "@type": "dpv:ConsentRecord",
            "dct:identifier": ours["consent"],
            "dct:conformsTo": "https://w3id.org/dpv/schema/dpv-27560#record",
            "dpv:hasDataSubject": {"@type": "dpv:DataSubject", "dct:identifier": told["piiPrincipalId"]},
            "dpv:hasDataController": _controller(told, language),
            "dpv:hasJurisdiction": told["jurisdiction"],
            "dpv:hasLegalBasis": BASES[ours["kind"]],
            "dpv:hasNotice": _notice(told, language),
            "dpv:hasProcess": _process(told, language),
            "dpv:hasConsentStatus": _status(ours),
        },
    }


def _controller(told: Mapping[str, Any], language: str) -> dict[str, Any]:
    (controller,) = told["piiControllers"]
    return {
        "@id": controller["piiControllerUrl"],
        "@type": "dpv:DataController",
        "dpv:hasName": _said(controller["piiController"], language),
        "dpv:hasContact": controller["contact"],
    }


def _notice(told: Mapping[str, Any], language: str) -> dict[str, Any]:
    notice = told["record"]["notice"]
    return {
        "@id": told["policyUrl"],
        "@type": "dpv:ConsentNotice",
        "dct:hasVersion": str(notice["version"]),
        "dct:identifier": f"sha256:{notice['sha256']}",
        "dct:language": language,
    }


def _process(told: Mapping[str, Any], language: str) -> dict[str, Any]:
    ours = told["record"]
    process: dict[str, Any] = {
        "@type": "dpv:Process",
        "dpv:hasPurpose": {
            "@type": "dpv:Purpose",
            "dct:identifier": ours["purpose"],
            "rdfs:label": _said(told["services"][0]["service"], language),
        },
        "dpv:hasPersonalData": [_item(item, language, sensitive=told["sensitive"]) for item in ours["items"]],
        "dpv:hasRecipient": [{"@type": "dpv:Recipient", "dpv:hasName": _said(n, language)} for n in ours["recipients"]],
        "dpv:hasStorageCondition": {"@type": "dpv:StorageDuration", "dpv:hasDuration": f"P{ours['retentionDays']}D"},
    }
    if ours["impactAssessment"]:
        process["dpv:hasAssessment"] = {"@type": "dpv:ImpactAssessment", "dct:identifier": ours["impactAssessment"]}
    return process


def _item(item: Mapping[str, str], language: str, *, sensitive: bool) -> dict[str, Any]:
    return {
        "@type": "dpv:SensitivePersonalData" if sensitive else "dpv:PersonalData",
        "dct:identifier": f"{item['dataset']}/{item['item']}",
        "rdfs:label": _said(item["name"], language),
        "dpv:hasDataSource": _said(item["holder"], language),
        "dpv:hasNecessity": "dpv:Required" if item["need"] == "needed" else "dpv:Optional",
    }


def _status(ours: Mapping[str, Any]) -> dict[str, Any]:
    by = "dpv:DataSubject" if ours["by"] == "citizen" else ours["by"]
    status = {
        "dpv:hasStatus": STATUS[ours["event"]],
        "dpv:isIndicatedAtTime": ours["at"],
        "dpv:isIndicatedBy": {"@id": by} if by.startswith("dpv:") else by,
        "dpv:hasIndicationMethod": ours["way"] or "system",
    }
    return {**status, "dct:valid": ours["validUntil"]} if ours["validUntil"] else status


def _said(text: str, language: str) -> dict[str, str]:
    return {"@value": text, "@language": language}
