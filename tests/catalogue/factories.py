"""Catalogue entries for tests: written by the real actions, so that they are as the portal makes them."""

from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID, uuid5

from portal.catalogue import actions, grounds
from portal.catalogue.models import Agency, Agreement, Dataset
from portal.trail.actor import Actor, acting_as

AT = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
NAMES = UUID("019b0000-0000-7000-8000-000000000000")
AUTHORITY = Actor.authority(uuid5(NAMES, "authority"))
SECOND_AUTHORITY = Actor.authority(uuid5(NAMES, "second authority"))
REGULATOR = Actor.regulator(uuid5(NAMES, "regulator"))


def payload(code: str | None = "tax.income", **changes: Any) -> dict[str, Any]:
    """A dataset as a department sends it; a key changed to None is left out."""
    whole = {
        "code": code,
        "name_zh": "个人所得税申报",
        "name_en": "Income tax returns",
        "summary_zh": "每年的综合所得申报。",
        "summary_en": "What people declare each year.",
        "collection_basis": "duty",
        "collection_citation_zh": "《个人所得税法》第十条",
        "collection_citation_en": "Individual Income Tax Law, Article 10",
        "retention_zh": "十年",
        "retention_en": "ten years",
        "items": [
            {"code": "year", "name_zh": "年度", "name_en": "Year"},
            {"code": "income", "name_zh": "所得额", "name_en": "Income", "special_category": "finance"},
        ],
        "ownership": [
            {"right": "owner", "undetermined": True},
            {"right": "manager", "holder": "税务局", "provision_zh": "《税收征收管理法》第五条"},
        ],
        "assessment": "PIA-2026-7",
        "assessed_on": "2026-01-10",
        "head": "王处长",
        "head_approved_on": "2026-01-12",
        **changes,
    }
    if isinstance(whole["items"], list):
        whole["items"] = [_with_standard(item) for item in whole["items"]]
    return {name: value for name, value in whole.items() if value is not None}


def _with_standard(item: Any) -> Any:
    """An item says what its standard is; where a test says nothing, that there is none."""
    says = isinstance(item, dict) and {"data_element", "code_list", "no_standard"} & item.keys()
    return {**item, "no_standard": True} if isinstance(item, dict) and not says else item


def agency(code: str = "tax", **changes: Any) -> Agency:
    names = {"name_zh": f"{code} 局", "name_en": f"Bureau {code}", **changes}
    with acting_as(Actor.portal()):
        return actions.register_agency(code=code, **names, actor=Actor.portal(), at=AT)[0]


def client_of(of: Agency) -> Actor:
    return Actor.client(f"system-of-{of.code}", of.pk)


def clerk_of(of: Agency, name: str = "clerk") -> Actor:
    return Actor.clerk(uuid5(NAMES, f"{name} {of.code}"), of.pk)


def proposed(code: str = "tax.income", *, of: Agency | None = None, **changes: Any) -> Dataset:
    """A dataset that waits for approval."""
    actor = client_of(of or agency())
    with acting_as(actor):
        return actions.put_dataset(payload(code, **changes), actor=actor, at=AT)[0]


def published(code: str = "tax.income", *, of: Agency | None = None, **changes: Any) -> Dataset:
    """A dataset that everybody may read."""
    waiting = proposed(code, of=of, **changes)
    with acting_as(AUTHORITY):
        return actions.approve_dataset(waiting, actor=AUTHORITY, at=AT)


def applied(dataset: Dataset, recipient: Agency, **changes: Any) -> Agreement:
    """An agreement that is applied for."""
    actor = clerk_of(recipient)
    terms = {
        "purpose_zh": "核对贷款资格",
        "purpose_en": "To check who may have a loan",
        "valid_from": date(2026, 1, 1),
        "force": "imposes-duty",
    }
    with acting_as(actor):
        return actions.propose_agreement(
            dataset=dataset, recipient=recipient, **{**terms, **changes}, actor=actor, at=AT
        )


def granted(dataset: Dataset, recipient: Agency, **changes: Any) -> Agreement:
    """An agreement in force."""
    waiting = applied(dataset, recipient, **changes)
    with acting_as(AUTHORITY):
        needs_exception = grounds.is_sensitive(waiting) and waiting.form == "raw"
    if needs_exception:
        excepted(waiting)
    provider = clerk_of(dataset.agency)
    with acting_as(provider):
        return actions.grant_agreement(waiting, actor=provider, at=AT)


def excepted(agreement: Agreement, until: date = date(2099, 12, 31)) -> Agreement:
    """An agreement under which sensitive data may be shared as it is."""
    with acting_as(AUTHORITY):
        return actions.allow_as_it_is(agreement, reasons="Cases are checked one by one.", until=until,
                                      actor=AUTHORITY, at=AT)  # fmt: skip
