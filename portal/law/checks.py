"""`manage.py check` reads every jurisdiction's file, so that a bad one stops the start and not a page."""

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error

from portal.law import files
from portal.law.errors import LawFileError


def jurisdictions_are_readable(**kwargs: Any) -> list[CheckMessage]:
    """One error for each file that can't be read, and one where the portal's own jurisdiction has no file."""
    errors: list[CheckMessage] = []
    for code in files.codes():
        try:
            files.read(files.FOLDER / f"{code}.toml")
        except LawFileError as error:
            errors.append(Error(str(error), id="law.E001"))
    if settings.PORTAL_JURISDICTION not in files.codes():
        known = ", ".join(files.codes())
        errors.append(
            Error(f"PORTAL_JURISDICTION={settings.PORTAL_JURISDICTION!r} has no file; there are {known}", id="law.E002")
        )
    return errors
