"""What the catalogue refuses."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from portal.trail.errors import Conflict, Invalid, NotFound, NotPermitted


class CodeTaken(Conflict):
    """One source, one owner: the code is registered by another department."""

    code = "code-taken"
    message = _("Another department has registered this code. One source has one owner.")

    def __init__(self) -> None:
        super().__init__(field="code")


class SamePerson(NotPermitted):
    """Nobody decides on what they proposed themselves."""

    code = "same-person"
    message = _("You proposed this yourself. A second person must decide.")


class NothingToDecide(Conflict):
    """There is no proposal that waits for a decision."""

    code = "nothing-to-decide"
    message = _("Nothing here waits for a decision.")


class ReasonMissing(Invalid):
    """A refusal or a return carries its reasons."""

    code = "reason-missing"
    message = _("Give your reasons.")

    def __init__(self) -> None:
        super().__init__(field="reasons")


class UnknownAgency(NotFound):
    """No agency has this code."""

    code = "unknown-agency"
    message = _("There is no agency with this code.")


class UnknownDataset(NotFound):
    """No dataset that this actor may see has this code."""

    code = "unknown-dataset"
    message = _("There is no dataset with this code.")


@dataclass(frozen=True, slots=True)
class Fault:
    """One mistake in one field; `pointer` is a JSON pointer into the payload (RFC 6901), `detail` is for the reader."""

    pointer: str
    code: str
    detail: str | Promise


class InvalidDataset(Invalid):
    """The payload of a dataset has mistakes: `faults` names each by its JSON pointer, and nothing was changed."""

    code = "invalid-dataset"
    message = _("Some fields are not right. Nothing was changed.")

    def __init__(self, faults: Sequence[Fault]) -> None:
        self.faults = faults
        super().__init__()


class UnknownItem(NotFound):
    """The dataset has no such item in use."""

    code = "unknown-item"
    message = _("This dataset has no such item.")
