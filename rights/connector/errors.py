from django.utils.translation import gettext_lazy as _

from portal.trail.errors import Conflict, Invalid, NotFound


class MappingRefused(Invalid):
    """A connector's mapping does not describe tables in which a person can be found."""

    code = "mapping-refused"

    def __init__(self, why: str) -> None:
        super().__init__(_("This mapping cannot be used: %(why)s.") % {"why": why}, field="mapping")


class TooManyRows(Conflict):
    code = "too-many-rows"
    message = _("The mapping finds more rows than one person has. Nothing was collected.")


class NothingToChange(Conflict):
    code = "nothing-to-change"
    message = _("There is nothing to change: the database holds this already, or nothing of the person.")


class RowsMoved(Conflict):
    code = "rows-moved"
    message = _("A row is no longer as it was planned. Nothing was changed; plan it again.")


class NoConnector(NotFound):
    code = "no-connector"
    message = _("This dataset has no connector.")


class UnknownExecution(NotFound):
    code = "unknown-execution"
    message = _("There is no such change among yours.")
