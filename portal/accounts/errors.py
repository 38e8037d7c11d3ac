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


class SignInRefused(NotPermitted):
    """The identity provider did not vouch for a sign-in as it was asked to. `why` is for the log alone."""

    code = "sign-in-refused"
    message = _("The identity service did not answer as it should.")

    def __init__(self, why: str, *, code: str | None = None) -> None:
        super().__init__(code=code)
        self.why = why


class ProviderFailed(SignInRefused):
    code = "identity-provider-failed"


class TokenRefused(SignInRefused):
    code = "token-refused"


class UnknownStaff(SignInRefused):
    """A provider vouched for somebody who is not its agency's staff here."""

    code = "unknown-staff"
    message = _("Nobody by this name works here for this agency. Ask the operator of the portal.")
