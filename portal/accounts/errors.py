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


class KeysRefused(Invalid):
    """A system's keys are not such as its assertions can be checked by."""

    code = "keys-refused"
    message = _(
        "Give a JWK set of one or two public keys, each with a kid of its own: Ed25519, P-256, or RSA of at least"
        " 2048 bits."
    )


class NetworkRefused(Invalid):
    code = "network-refused"
    message = _("Give networks such as 192.0.2.0/24 or 2001:db8::/32, one a line.")


class ScopeNotGranted(Invalid):
    """An agency can't give its system more than the operator gave the agency."""

    code = "scope-not-granted"
    message = _("Your agency was not granted this. Ask the operator of the portal.")


class ForeignNetwork(NotPermitted):
    code = "foreign-network"
    message = _("This system may not call from this network.")


class Revoked(Conflict):
    code = "revoked"
    message = _("This system was revoked.")


class ProvesItselfByKeys(Conflict):
    code = "proves-itself-by-keys"
    message = _("This system proves itself by its keys and has no secret.")


class NoRole(Invalid):
    code = "no-role"
    message = _("Only clerks of an agency have a role there.")


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


class OlderSecrets(Exception):
    """The secrets file lacks keys that rows stand under: for the operator, at the command line."""

    def __init__(self, missing: list[str]) -> None:
        self.missing = missing
        super().__init__(f"the secrets file lacks {', '.join(missing)}")


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
