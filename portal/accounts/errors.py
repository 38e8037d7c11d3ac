from django.utils.translation import gettext_lazy as _

from portal.trail.errors import Conflict, Invalid, NotFound, NotPermitted


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


class NotStaff(NotPermitted):
    code = "not-staff"


class NameTaken(Conflict):
    code = "name-taken"
    message = _("Somebody has this user name already.")


class UnknownSession(NotFound):
    code = "unknown-session"
    message = _("This session has ended already.")


class SameMail(Invalid):
    code = "same-mail"
    message = _("We write to this address already.")

    def __init__(self) -> None:
        super().__init__(field="mail")


class TooManyLinks(Invalid):
    code = "too-many-links"
    status = 429
    message = _("You asked for many links today. Open the last one we sent, or try again tomorrow.")

    def __init__(self) -> None:
        super().__init__(field="mail")


class LinkInvalid(Conflict):
    """Used, replaced, too old, altered, or another person's: the answer is the same."""

    code = "link-invalid"
    status = 410
    message = _("This link does not hold any more. It works once, for 24 hours, for whoever asked for it.")

    def __init__(self) -> None:
        super().__init__(field="link")


class AccountGone(Conflict):
    code = "account-gone"
    message = _("This account has been closed already.")
