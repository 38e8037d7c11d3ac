from django.utils.translation import gettext_lazy as _

from portal.trail.errors import Conflict, Invalid, NotFound, NotPermitted, Refusal


class UnknownSubject(NotFound):
    """Nobody is known by this number or key, or not to this agency: the answer is the same."""

    code = "unknown-subject"
    message = _("We know nobody by this number or key.")

    def __init__(self) -> None:
        super().__init__(field="subject")


class InvalidNumber(Invalid):
    """Not a resident identity number."""

    code = "invalid-number"
    message = _("Give the 18 characters of the identity number; the last may be an X.")

    def __init__(self) -> None:
        super().__init__(field="subject")


class NumberInAddress(Invalid):
    """An identity number in a path or a query: servers and proxies on the way keep addresses in their logs."""

    code = "number-in-address"
    status = 400
    message = _("An identity number doesn't belong in an address: servers on the way keep those.")


class PairwiseKeyWanted(Invalid):
    code = "pairwise-key-wanted"
    message = _("Give the key by which your agency knows this person; the answer that made this request names it.")

    def __init__(self) -> None:
        super().__init__(field="subject")


class UnknownScope(Invalid):
    code = "unknown-scope"
    message = _("There is no such scope.")


class KeyReused(Invalid):
    """An Idempotency-Key came again with another request."""

    code = "idempotency-key-reused"
    message = _("This Idempotency-Key was used for another request. Take a new one.")


class MalformedKey(Invalid):
    code = "idempotency-key-malformed"
    message = _("An Idempotency-Key has 1 to 200 visible characters.")


class TooMany(Refusal):
    """Done too often; see portal.accounts.limits."""

    code = "too-many-requests"
    status = 429
    message = _("This was done too often in a short time.")

    def __init__(self, *, retry_after: int) -> None:
        super().__init__()
        self.retry_after = retry_after


class Unavailable(Refusal):
    """Something the portal stands on is away, so this is not done rather than done unchecked."""

    code = "unavailable"
    status = 503
    message = _("This is not possible for the moment. It is our fault, not yours.")
    retry_after = 30


class NotStaff(NotPermitted):
    code = "not-staff"


class NameTaken(Conflict):
    code = "name-taken"
    message = _("Somebody has this user name already.")
