"""What the ledger refuses."""

from django.utils.translation import gettext_lazy as _

from portal.trail.errors import Invalid, NotFound, Refusal


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


class RowRefused(Invalid):
    """One row can't be taken; `pointer` is the JSON pointer (RFC 6901) to what must be mended within it."""

    def __init__(self, code: str, detail: object, pointer: str) -> None:
        super().__init__(str(detail), code=code, field=pointer.strip("/") or None)
        self.pointer = pointer
