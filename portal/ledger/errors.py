"""What the ledger refuses."""

from django.utils.translation import gettext_lazy as _

from portal.trail.errors import Conflict, Invalid, NotFound, Refusal


class TooManyRows(Refusal):
    """A call carries more rows than one call may."""

    code = "too-many-rows"
    status = 413
    message = _("Send at most 10 000 rows in one call.")


class NoRows(Invalid):
    """A call carries no row."""

    code = "no-rows"
    message = _("Send at least one row.")


class UnknownEvent(NotFound):
    """No such event, or none that this actor may know of."""

    code = "unknown-event"


class UnknownBatch(NotFound):
    """No such batch of this caller."""

    code = "unknown-batch"


class UnknownCount(NotFound):
    """The caller has not yet said what it counted for this month."""

    code = "unknown-count"


class AlreadyAsked(Conflict):
    """The person has asked, and the answer is still owed."""

    code = "already-asked"
    message = _("You have asked already. You see the answer here once it is given.")


class NothingAsked(Conflict):
    """This agency owes no answer here."""

    code = "nothing-asked"
    message = _("Nobody waits for an answer of yours here.")


class AlreadyWithheld(Conflict):
    """The event is withheld, or somebody has asked that it be."""

    code = "already-withheld"
    message = _("This event is withheld already, or waits for a second person.")


class GroundUnknown(Invalid):
    code = "ground-unknown"
    message = _("Choose a ground that the law gives.")

    def __init__(self) -> None:
        super().__init__(field="ground")


class ReviewTooFar(Invalid):
    code = "review-too-far"
    message = _("Name a day after today and within a year, on which it is reviewed.")


class SecondPersonNeeded(Conflict):
    code = "second-person-needed"
    message = _("Whoever asked for it does not decide it. A colleague must.")


class UnknownEmbargo(NotFound):
    code = "unknown-embargo"


class AlreadyDoubted(Conflict):
    """The agency waits for the outcome of its doubt."""

    code = "already-doubted"
    message = _("You doubt this already. The provider checks it.")


class UnknownVerification(NotFound):
    """No such doubt, or none that this agency must check."""

    code = "unknown-verification"


class RowRefused(Invalid):
    """One row can't be taken; `pointer` is the JSON pointer (RFC 6901) to what must be mended within it."""

    def __init__(self, code: str, detail: object, pointer: str) -> None:
        super().__init__(str(detail), code=code, field=pointer.strip("/") or None)
        self.pointer = pointer
