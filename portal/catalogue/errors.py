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


class MerelyEncouraged(Conflict):
    """What the application rests on merely encourages sharing; that alone grants nothing."""

    code = "merely-encouraged"
    message = _("The provision merely encourages this. Name one that grants the power or imposes the duty.")


class TechniqueMissing(Conflict):
    """Sensitive data is shared by a stated technique, or by an exception of the authority that has an end."""

    code = "technique-missing"
    message = _(
        "This is sensitive data. State the technique (pseudonymised, aggregated, privacy-computed), or let the "
        "authority approve an exception with an end."
    )


class UntestedForm(Conflict):
    """An anonymised or aggregated form names its parameters and term, and has passed a re-identification test."""

    code = "untested-form"
    message = _("Name the parameters and the term of this form, and record a re-identification test that it passed.")


class AlreadyTold(Conflict):
    """What is missing is told once and in full."""

    code = "already-told"
    message = _("The applicant was told once already what is missing. Answer now, with reasons if you refuse.")


class DutyOpen(Conflict):
    """The entry is due to be updated already."""

    code = "duty-open"
    message = _("This entry is due to be updated already.")


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
