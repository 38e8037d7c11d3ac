"""The catalogue of the sample: agencies, systems, datasets approved by a second person, agreements granted."""

from datetime import date, datetime, time
from itertools import groupby
from typing import Any

from portal.catalogue import actions as catalogue
from portal.catalogue import queries
from portal.catalogue.models import Agency, DataItem
from portal.demo.city.records import Agreement, City, Dataset
from portal.demo.reporting import LOCAL
from portal.demo.seeding.cast import Cast
from portal.trail.actor import Actor, acting_as

# National standards of a few items; the others say that there is none.
STANDARDS = {
    "number": {"data_element": "GB 11643-1999"},
    "sex": {"code_list": "GB/T 2261.1-2003"},
    "ethnicity": {"code_list": "GB/T 3304-1991"},
    "district": {"code_list": "GB/T 2260-2007"},
    "birth-date": {"data_element": "GB/T 7408.1-2023"},
}
EXCEPTION = (
    "逐人核验资格必须使用原始数据，去标识化后无法办理。 · "
    "Each person's case is checked; without the data as it is that can't be done."
)
OPENED = date(2023, 7, 3)  # when the sample's catalogue began; sharing is covered from then on


def register_agencies(sample: City, *, actor: Actor, at: datetime) -> None:
    """Agencies and their systems."""
    rows: dict[str, Agency] = {}
    for agency in sample.agencies.values():
        rows[agency.code], _new = catalogue.register_agency(
            code=agency.code,
            name_zh=agency.name.zh,
            name_en=agency.name.en,
            kind=agency.kind,
            region=sample.region,
            contact=f"{agency.contact.zh} · {agency.contact.en} · 12345 · {agency.mail}",
            channel=agency.channel,
            reports_sharing=agency.reports_sharing,
            actor=actor,
            at=at,
        )
    for system in sample.systems.values():
        catalogue.register_system(
            agency=rows[system.agency],
            code=system.code,
            name_zh=system.name.zh,
            name_en=system.name.en,
            region=sample.region,
            actor=actor,
            at=at,
        )


def payload(sample: City, dataset: Dataset) -> dict[str, Any]:
    """A dataset as its department registers it."""
    not_shared = dataset.sharing == "not-shared"
    return {
        "code": dataset.unified,
        "agency": dataset.agency,
        "system": dataset.system,
        "kind": "public" if sample.agencies[dataset.agency].kind == "company" else "government",
        **_texts("name", dataset.name.zh, dataset.name.en),
        **_texts("summary", dataset.summary.zh, dataset.summary.en),
        "format": "JSON",
        "update_frequency": dataset.update,
        "sharing": dataset.sharing,
        **_texts("sharing_conditions", dataset.condition.zh, dataset.condition.en),
        **(_texts("sharing_citation", dataset.law.cited.zh, dataset.law.cited.en) if not_shared else {}),
        "sharing_method": dataset.method,
        "classification": dataset.classification,
        **_texts("classification_reason", dataset.reason.zh, dataset.reason.en),
        "grade": dataset.grade,
        "special_categories": list(dataset.special),
        "source_of_truth": dataset.source_of_truth,
        "collection_basis": "contract" if dataset.law.code.startswith("contract-") else "duty",
        **_texts("collection_citation", dataset.law.cited.zh, dataset.law.cited.en),
        **_texts("retention", dataset.retention.zh, dataset.retention.en),
        "contact": sample.agencies[dataset.agency].mail,
        "collection_force": "imposes-duty",
        "ownership": [
            {"right": "owner", "undetermined": True},  # no law says yet whose government data are
            {
                "right": "manager",
                "holder": sample.agencies[dataset.agency].name.zh,
                **_texts("provision", dataset.law.cited.zh, dataset.law.cited.en),
            },
        ],
        "assessment": f"PIA-2023-{dataset.code}",
        "assessed_on": "2023-06-12",
        "head": "数据共享工作机构负责人",
        "head_approved_on": "2023-06-19",
        "items": [
            {
                "code": item.code,
                **_texts("name", item.name.zh, item.name.en),
                "special_category": item.special,
                **STANDARDS.get(item.code, {"no_standard": True}),
            }
            for item in dataset.items
        ],
    }


def _texts(name: str, zh: str, en: str) -> dict[str, str]:
    return {f"{name}_zh": zh, f"{name}_en": en}


def publish(cast: Cast, *, at: datetime) -> None:
    """Every dataset proposed by its agency and approved by the authority's second person."""
    datasets = sorted(cast.sample.datasets.values(), key=lambda dataset: dataset.agency)
    for agency, own in groupby(datasets, key=lambda dataset: dataset.agency):
        proposer = cast.proposer(agency)
        with acting_as(proposer):
            catalogue.put_datasets([payload(cast.sample, dataset) for dataset in own], actor=proposer, at=at)
    approver = cast.authority(1)
    with acting_as(approver):
        catalogue.approve_datasets([dataset.unified for dataset in datasets], actor=approver, at=at)


def agree(cast: Cast) -> None:
    """Every agreement applied for by the recipient and granted by the provider."""
    at = datetime.combine(OPENED, time(10), LOCAL)
    approver = cast.authority(1)
    for agreement in cast.sample.agreements.values():
        dataset = cast.sample.datasets[agreement.dataset]
        applicant, decider = cast.proposer(agreement.recipient), cast.decider_on(dataset)
        with acting_as(applicant):
            row = _apply(agreement, dataset, actor=applicant, at=at)
        if agreement.is_sensitive(dataset):
            with acting_as(approver):
                catalogue.allow_as_it_is(
                    row,
                    reasons=EXCEPTION,
                    until=agreement.valid_until,
                    actor=approver,
                    at=at,
                )
        with acting_as(decider):
            catalogue.grant_agreement(row, actor=decider, at=at)


def _apply(agreement: Agreement, dataset: Dataset, *, actor: Actor, at: datetime) -> Any:
    row = queries.dataset(dataset.unified)
    recipient = queries.agency(agreement.recipient)
    items: list[DataItem] = queries.items_of(row, agreement.items)
    return catalogue.propose_agreement(
        dataset=row,
        recipient=recipient,
        recipient_system=next(system for system in queries.systems_of(recipient) if system.code == agreement.system),
        items=items,
        purpose_zh=agreement.purpose.zh,
        purpose_en=agreement.purpose.en,
        scenario_zh=agreement.scenario.zh,
        scenario_en=agreement.scenario.en,
        legal_basis=agreement.basis,
        citation_zh=agreement.law.cited.zh,
        citation_en=agreement.law.cited.en,
        force="imposes-duty",
        method=agreement.method,
        disposal_zh="使用完毕后十个工作日内删除，并记录",
        disposal_en="Deleted within ten working days of use, with a record",
        valid_from=OPENED,
        valid_until=agreement.valid_until,
        code=agreement.code,
        actor=actor,
        at=at,
    )
