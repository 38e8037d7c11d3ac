"""Whether a person is a minor: by the number's date of birth, and the age that the jurisdiction's law names."""

from datetime import datetime

from dateutil.relativedelta import relativedelta
from django.utils import timezone

from portal.accounts import queries as accounts
from portal.accounts.errors import UnknownSubject
from portal.law import queries as law


def is_minor(subject_key: bytes, *, at: datetime, jurisdiction: str) -> bool:
    """Whether this person is not yet of age; asked by the portal, who alone may look before anybody was shown.

    Nobody is a minor of whom there is no number: then there is also nothing to show.
    """
    try:
        born_on = accounts.identity_of(subject_key).born_on
    except UnknownSubject:
        return False
    of_age_on = born_on + relativedelta(years=law.jurisdiction(jurisdiction).ages.adult)
    return timezone.localdate(at) < of_age_on
