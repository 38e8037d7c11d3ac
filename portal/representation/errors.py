"""What representation refuses."""

from django.utils.translation import gettext_lazy as _

from portal.trail.errors import Conflict, Invalid, NotFound, NotPermitted


class UnknownRepresentation(NotFound):
    code = "unknown-representation"
    message = _("We found no such representation of yours.")


class NotYourself(Invalid):
    code = "not-yourself"
    message = _("This is your own number. You need nobody's leave to act for yourself.")

    def __init__(self) -> None:
        super().__init__(field="number")


class NameMissing(Invalid):
    code = "name-missing"
    message = _("Write the name.")

    def __init__(self) -> None:
        super().__init__(field="name")


class AskedAlready(Conflict):
    """There is one already, asked or standing, of the same kind between the two."""

    code = "asked-already"
    message = _("There is one like this between the two of you already. End it first.")


class TooMany(Conflict):
    code = "too-many"
    message = _("You have asked for many already. Wait until they are answered, or take some back.")


class NotOfThatAge(Invalid):
    code = "not-of-that-age"
    message = _("The age does not fit: at this age nobody is represented in this way.")

    def __init__(self) -> None:
        super().__init__(field="kind")


class NotOfAge(NotPermitted):
    code = "not-of-age"
    message = _("Only adults act for others.")


class ArrangedOtherwise(NotPermitted):
    """The deceased had written down that relatives may not (PIPL 49)."""

    code = "arranged-otherwise"
    message = _("While alive, this person arranged that relatives do not use their rights.")


class InterestMissing(Invalid):
    code = "interest-missing"
    message = _("Say for which lawful interest of your own you need it.")

    def __init__(self) -> None:
        super().__init__(field="interest")


class NothingGranted(Invalid):
    code = "nothing-granted"
    message = _("Choose at least one thing that may be done for you.")

    def __init__(self) -> None:
        super().__init__(field="acts")


class UnknownAgencies(Invalid):
    code = "unknown-agency"
    message = _("There is no such agency.")

    def __init__(self) -> None:
        super().__init__(field="agencies")


class EndsBeforeItBegins(Invalid):
    code = "ends-before-it-begins"
    message = _("Choose a last day that is not over yet.")

    def __init__(self) -> None:
        super().__init__(field="until")


class OwnGuardian(NotPermitted):
    """Somebody for whom a guardian decides can't let others decide."""

    code = "own-guardian"
    message = _("At this age a parent or guardian decides. Nobody was allowed to act for you.")


class NobodyChecks(Conflict):
    code = "nobody-checks"
    message = _("The register does not show this, and no office here checks documents. Nothing was asked.")


class DocumentsMissing(Conflict):
    code = "documents-missing"
    message = _("There are no documents yet. Nothing can be proven.")


class DocumentTooLarge(Invalid):
    code = "too-large"
    status = 413
    message = _("A document has at most 10 MB.")

    def __init__(self) -> None:
        super().__init__(field="document")


class TooManyFiles(Conflict):
    code = "too-many-files"
    message = _("Ten documents are enough. Take this up with the office that checks them.")

    def __init__(self) -> None:
        super().__init__(field="document")


class ReasonMissing(Invalid):
    code = "reason-missing"
    message = _("Say why, in words that the person understands.")

    def __init__(self) -> None:
        super().__init__(field="reason")


class WrongCode(Invalid):
    """The code is not the one that the person was shown, is too old, or was guessed at too often."""

    code = "wrong-code"
    message = _("This is not the code, or it is no longer good. Ask for a new one.")

    def __init__(self) -> None:
        super().__init__(field="code")


class NotStanding(Conflict):
    code = "not-standing"
    message = _("You do not act for this person any more. You are seeing your own record.")


class NotCovered(NotPermitted):
    """A representative opens what their mandate does not cover."""

    code = "not-covered"
    message = _("What you may do for this person does not cover this page.")
