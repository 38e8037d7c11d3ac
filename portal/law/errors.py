"""What can be wrong with the law as data, and with what is asked of the clock."""

from pathlib import Path

from django.utils.translation import gettext_lazy as _

from portal.trail.errors import Invalid, NotFound, Refusal


class LawFileError(Exception):
    """A jurisdiction's file can't be used: a defect of the file, found before anything is counted by it."""

    def __init__(self, file: Path, key: str, problem: str) -> None:
        self.file, self.key, self.problem = file, key, problem
        super().__init__(f"{file.name}: {key}: {problem}" if key else f"{file.name}: {problem}")


class UnknownProvision(NotFound, LookupError):
    """The jurisdiction has no such article, right, clock or jurisdiction code."""

    code = "unknown-provision"
    message = _("The law as the portal knows it has no such provision.")


class NotExtendable(Refusal):
    """The rule gives no extension."""

    code = "not-extendable"
    status = 409
    message = _("This deadline cannot be extended.")


class TooLateToExtend(Refusal):
    """The person must be told of an extension while the first period still runs (GDPR 12(3); Decree 809, 21)."""

    code = "too-late-to-extend"
    status = 409
    message = _("The deadline has passed. It can only be extended before it passes.")


class DayOutOfRange(Invalid):
    """No calendar reaches that far."""

    code = "day-out-of-range"
    message = _("Give a day between 2000 and 2100.")
