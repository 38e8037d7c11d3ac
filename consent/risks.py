"""Which of the law's high-risk uses a purpose falls under: those the portal sees, and those the agency names."""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Final

from django.utils.translation import gettext_lazy as _

from consent.errors import InvalidTerms
from consent.models import Kind, Purpose
from portal.catalogue import queries as catalogue
from portal.law import queries as law
from portal.law.provisions import Scenario

if TYPE_CHECKING:
    from consent.actions.purposes import PurposeTerms

Facts = Mapping[str, Any]


def scenarios_of(terms: "PurposeTerms") -> list[str]:
    """Codes of the law's list, in its order; raises InvalidTerms for one that is not on it."""
    known = law.jurisdiction().high_risk
    if unknown := set(terms.scenarios) - set(known):
        raise InvalidTerms(_("The law names no such use."), field="scenarios", code=f"unknown-{min(unknown)}")
    datasets = catalogue.datasets_of_items([wish.item.pk for wish in terms.items])
    facts = {"terms": terms, "datasets": datasets}
    return [code for code, one in known.items() if code in terms.scenarios or (one.mark and _SEEN[one.mark](facts))]


def named(purpose: Purpose) -> list[Scenario]:
    """The law's high-risk uses that a purpose falls under, each with its article."""
    known = law.jurisdiction().high_risk
    return [known[code] for code in purpose.scenarios if code in known]


def _is_provided(facts: Facts) -> bool:
    """Whether somebody gets what another agency holds."""
    terms = facts["terms"]
    recipients = {one.pk for one in terms.recipients} or {terms.agency.pk}
    return bool({dataset.agency_id for dataset in facts["datasets"]} - recipients) or len(recipients) > 1


def _is_joined(facts: Facts) -> bool:
    return facts["terms"].is_automated and len(facts["datasets"]) > 1


_SEEN: Final[Mapping[str, Callable[[Facts], bool]]] = {
    "sensitive": lambda facts: any(dataset.special_categories for dataset in facts["datasets"]),
    "automated": lambda facts: bool(facts["terms"].is_automated),
    "provided": _is_provided,
    "minors": lambda facts: facts["terms"].kind == Kind.GUARDIAN,
    "joined": _is_joined,
}
