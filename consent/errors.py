"""What the consent register refuses."""

from datetime import datetime

from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from portal.trail.errors import Conflict, Invalid, NotFound, NotPermitted


class UnknownPurpose(NotFound):
    code = "unknown-purpose"
    message = _("There is no such purpose.")

    def __init__(self) -> None:
        super().__init__(field="purpose")


class UnknownConsent(NotFound):
    code = "unknown-consent"
    message = _("We found no such consent of yours.")


class CodeTaken(Conflict):
    code = "code-taken"
    message = _("A purpose with this code is registered already.")

    def __init__(self) -> None:
        super().__init__(field="code")


class SamePerson(NotPermitted):
    """Nobody approves what they proposed themselves."""

    code = "same-person"
    message = _("You proposed this yourself. A second person must decide.")


class InvalidTerms(Invalid):
    """The terms of a purpose lack something; `field` says what."""

    code = "invalid-terms"


class NoticeMissing(Conflict):
    code = "notice-missing"
    message = _("This purpose has no notice yet. Write what citizens are told first.")


class ReviewMissing(Conflict):
    code = "review-missing"
    message = _("This use decides automatically. Its notice must show an ethics review that is in force.")


class CommentsNotHeard(Conflict):
    code = "comments-not-heard"
    message = _("A use of high risk is open for public comment first, to its last day.")


class CommentsUnanswered(Invalid):
    code = "comments-unanswered"
    message = _("People have commented on this use. Answer them in both languages.")

    def __init__(self) -> None:
        super().__init__(field="answer_zh")


class NotOpenForComment(Conflict):
    code = "not-open-for-comment"
    message = _("This purpose is not open for comment now.")


class NotAskable(Conflict):
    """Only an approved purpose with an approved notice may be put to citizens."""

    code = "not-askable"
    message = _("This purpose is not approved, or has ended. Nobody can be asked.")

    def __init__(self) -> None:
        super().__init__(field="purpose")


class AlreadyAsked(Conflict):
    code = "already-asked"
    message = _("This person has been asked already and has not answered yet.")


class AlreadyGiven(Conflict):
    code = "already-given"
    message = _("This person allows it already.")


class CoolingDown(Conflict):
    """Nobody is asked again soon after an answer: consent.policy says how long."""

    code = "cooling-down"

    def __init__(self, until: datetime) -> None:
        day = timezone.localdate(until).isoformat()
        super().__init__(
            gettext("This person answered not long ago and is not asked again before %(day)s.") % {"day": day}
        )
        self.until = until


class NoticeChanged(Conflict):
    code = "notice-changed"
    message = _("The notice has changed since you opened this page. Please read the new one, then decide.")


class GuardianDecides(Invalid):
    """Under the age of the law a child can't consent alone (PIPL 31)."""

    code = "guardian-decides"
    message = _("At this age a parent or guardian decides. Nothing was allowed.")


class NothingChosen(Invalid):
    code = "nothing-chosen"
    message = _("Tick what you allow, or choose “Do not allow”.")

    def __init__(self) -> None:
        super().__init__(field="items")


class NeededItemMissing(Invalid):
    code = "needed-item-missing"
    message = _("This use does not work without everything that is marked as needed. Tick it, or do not allow the use.")

    def __init__(self) -> None:
        super().__init__(field="items")


class ItemNotAsked(Invalid):
    code = "item-not-asked"
    message = _("One of these items was not asked for.")

    def __init__(self) -> None:
        super().__init__(field="items")


class TooLong(Invalid):
    code = "too-long"
    message = _("Choose a day in the future, and no later than the longest term of this use.")

    def __init__(self) -> None:
        super().__init__(field="until")


class NotShorter(Invalid):
    code = "not-shorter"
    message = _("Choose a day that is still to come and sooner than the one until which you allow this now.")

    def __init__(self) -> None:
        super().__init__(field="until")


class NotExtendable(Conflict):
    code = "not-extendable"
    message = _("This use cannot be extended. It ends on its day; the agency may then ask you again.")


class LinkNotYours(NotPermitted):
    """A link from a mail was opened by somebody who is signed in as another person."""

    code = "link-not-yours"
    message = _("This link was mailed to somebody else. Nothing was changed.")


class MailLinkOver(Conflict):
    """A link from a mail is too old, or was altered."""

    code = "mail-link-over"
    status = 410
    message = _("This link no longer works: it is too old, or part of it is missing. Sign in to stop the use.")


class RecipientMissing(Invalid):
    """A release has a recipient: the holder names it."""

    code = "recipient-missing"
    message = _("Name the agency that receives what you share.")

    def __init__(self) -> None:
        super().__init__(field="recipient")
