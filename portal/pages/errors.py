from django.utils.translation import gettext_lazy as _

from portal.trail.errors import Conflict


class RequestsOpen(Conflict):
    """An answer would reach nobody: the person waits for it, or takes the request back."""

    code = "requests-open"
    message = _("An agency still owes you an answer. Wait for it, or take your open requests back.")

    def __init__(self) -> None:
        super().__init__(field="take_back")
