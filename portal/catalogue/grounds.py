"""What a grant must rest on: a provision that does more than encourage, and for sensitive data a technique or an
exception. The first is a constraint of the database too."""

from datetime import date, datetime

from django.utils import timezone

from portal.catalogue.errors import MerelyEncouraged, TechniqueMissing, UntestedForm
from portal.catalogue.models import Agreement
from portal.catalogue.words import Basis, Classification, Force, Form

TESTED = (Form.ANONYMISED, Form.AGGREGATED)


def require_grantable(agreement: Agreement, *, at: datetime) -> None:
    """Raise MerelyEncouraged, TechniqueMissing or UntestedForm where the agreement may not be granted at `at`."""
    today = timezone.localtime(at).date()
    if agreement.force == Force.ENCOURAGES and agreement.legal_basis != Basis.CONSENT:
        raise MerelyEncouraged
    if agreement.form == Form.RAW:
        if is_sensitive(agreement) and not has_exception(agreement, on=today):
            raise TechniqueMissing
        return
    if not agreement.form_method:
        raise TechniqueMissing
    if agreement.form in TESTED and not _is_tested(agreement, on=today):
        raise UntestedForm


def is_sensitive(agreement: Agreement) -> bool:
    """Whether what is asked for holds sensitive data: by the dataset's class, or by an item's category (PIPL 28)."""
    if agreement.dataset.classification == Classification.SENSITIVE:
        return True
    chosen = list(agreement.items.all()) or list(agreement.dataset.items.filter(active=True))
    return any(item.special_category for item in chosen)


def has_exception(agreement: Agreement, *, on: date) -> bool:
    """Whether the authority lets it be shared as it is on that day."""
    return agreement.exception_until is not None and on <= agreement.exception_until


def lapsed(agreement: Agreement, *, on: date) -> bool:
    """Whether what a granted agreement rests on has run out: the exception, or the form's term."""
    if agreement.form == Form.RAW:
        return agreement.exception_until is not None and on > agreement.exception_until
    return agreement.form_until is not None and on > agreement.form_until


def _is_tested(agreement: Agreement, *, on: date) -> bool:
    last = agreement.tests.order_by("-recorded_at").first()
    named = agreement.form_parameters and agreement.form_until and on <= agreement.form_until
    return bool(named and last and last.passed)
