from django.utils.translation import gettext_lazy as _

from portal.trail.errors import Conflict, Invalid, NotFound, NotPermitted


class UnknownRequest(NotFound):
    code = "unknown-request"
    message = _("We found no such request.")


class UnknownPart(NotFound):
    code = "unknown-part"
    message = _("There is no such part among yours.")


class ApprovalNeeded(NotPermitted):
    """A minor's record opens only to whom a second person of the agency approved it (未成年人网络保护条例 36)."""

    code = "approval-needed"
    message = _("This is about a minor. Ask a colleague to approve that you see who it is.")


class ApprovalPointless(Conflict):
    code = "approval-pointless"
    message = _("Nobody needs to approve anything here.")


class UnknownApproval(NotFound):
    code = "unknown-approval"
    message = _("Nobody of your agency asked for this.")


class SamePerson(NotPermitted):
    code = "same-person"
    message = _("A second person decides. You asked for this yourself.")


class NothingChosen(Invalid):
    code = "nothing-chosen"
    message = _("Choose at least one dataset, or everything.")

    def __init__(self) -> None:
        super().__init__(field="datasets")


class PeriodBackwards(Invalid):
    code = "period-backwards"
    message = _("The period ends before it begins.")

    def __init__(self) -> None:
        super().__init__(field="period_to")


class ChangeMissing(Invalid):
    code = "change-missing"
    message = _("Say what is wrong and how it should read.")

    def __init__(self) -> None:
        super().__init__(field="words")


class NoDifference(Invalid):
    """A correction that changes nothing."""

    code = "no-difference"
    message = _("What you say it should be is what is held. Say how it should read instead.")

    def __init__(self) -> None:
        super().__init__(field="wanted")


class ItemUnknown(Invalid):
    code = "unknown-item"
    message = _("One of the items does not belong to the datasets you chose.")

    def __init__(self) -> None:
        super().__init__(field="items")


class NotPortable(Invalid):
    """Nothing of what is asked is held by consent or contract (Network Data Security Regulation 25(2); GDPR 20(1))."""

    code = "not-portable"
    message = _(
        "Only data held by your consent or a contract can be moved, and this is not. You can have a copy instead."
    )

    def __init__(self) -> None:
        super().__init__(field="datasets")


class ReceiverUnknown(Invalid):
    code = "unknown-receiver"
    message = _("This controller takes no packages over here.")

    def __init__(self) -> None:
        super().__init__(field="receiver")


class UnknownTransfer(NotFound):
    code = "unknown-transfer"
    message = _("Nothing is offered to you under this identifier.")


class HashWrong(Invalid):
    """A receiver acknowledges something else than what it was sent."""

    code = "hash-wrong"
    message = _("This is not the SHA-256 of the package. Fetch it again.")

    def __init__(self) -> None:
        super().__init__(field="sha256")


class NotThisKind(Invalid):
    """A request carries something that its right does not know: a change without a correction."""

    code = "not-this-kind"
    message = _("This does not go with the right that you use.")


class TooManyFiles(Invalid):
    code = "too-many-files"
    message = _("There are 20 files already, and no more can be added.")

    def __init__(self) -> None:
        super().__init__(field="files")


class DatasetUnknown(Invalid):
    code = "unknown-dataset"
    message = _("One of the datasets is not in the catalogue.")

    def __init__(self) -> None:
        super().__init__(field="datasets")


class OutsideMandate(NotPermitted):
    """A representative asks agencies that their mandate does not name."""

    code = "outside-mandate"
    message = _("You act for this person with certain agencies only. Choose datasets of those agencies.")

    def __init__(self) -> None:
        super().__init__(field="datasets")


class TextTooLong(Invalid):
    code = "too-long"
    message = _("This is too long: 5,000 characters at most.")

    def __init__(self, field: str = "text") -> None:
        super().__init__(field=field)


class TextMissing(Invalid):
    code = "text-missing"
    message = _("Write a few words for the person who asks.")

    def __init__(self, field: str = "text") -> None:
        super().__init__(field=field)


class GroundMissing(Invalid):
    """A refusal names the provision it rests on (PIPL 50)."""

    code = "ground-missing"
    message = _("Name the ground in the law on which you refuse.")

    def __init__(self) -> None:
        super().__init__(field="ground")


class GroundUnknown(Invalid):
    code = "ground-unknown"
    message = _("The law knows no such ground for this right.")

    def __init__(self) -> None:
        super().__init__(field="ground")


class ExtendedAlready(Conflict):
    code = "extended-already"
    message = _("This part was extended once already; the law allows no second extension.")


class AgencyUnknown(Invalid):
    code = "unknown-agency"
    message = _("There is no such agency.")

    def __init__(self) -> None:
        super().__init__(field="agency")


class SameAgency(Invalid):
    code = "same-agency"
    message = _("This part is with that agency already.")

    def __init__(self) -> None:
        super().__init__(field="agency")


class NoPackage(NotFound):
    code = "no-package"
    message = _("There is no package now. Have one put together on the request's page.")


class UnknownAppeal(NotFound):
    code = "unknown-appeal"
    message = _("We found no such appeal.")


class UnknownComplaint(NotFound):
    code = "unknown-complaint"
    message = _("We found no such complaint.")


class UnknownMediation(NotFound):
    code = "unknown-mediation"
    message = _("We found no such mediation.")


class NothingToAppeal(Conflict):
    code = "nothing-to-appeal"
    message = _(
        "There is no answer yet, and the agency still has time. You can appeal when it has answered or is late."
    )


class AppealStanding(Conflict):
    code = "appeal-standing"
    message = _("Your appeal is being looked at. You are told as soon as it is decided.")


class AppealsExhausted(Conflict):
    code = "appeals-exhausted"
    message = _("The regulator has decided. Administrative reconsideration and the courts remain open to you.")


class AnsweredItYourself(NotPermitted):
    """Whoever gave an answer does not judge it; the database says it again."""

    code = "answered-it-yourself"
    message = _("You gave this answer. Another person must look at it again.")


class NamesSomebody(Invalid):
    """What is published holds nothing that tells who it was."""

    code = "names-somebody"
    message = _("This is published. Leave out numbers, addresses and telephone numbers of people.")

    def __init__(self, field: str = "published") -> None:
        super().__init__(field=field)


class DepartureUnexplained(Invalid):
    """An appeal found this ground wrongly used; who uses it again says what is different here."""

    code = "departure-unexplained"
    message = _("An appeal was granted against this ground. Say why this case is different.")

    def __init__(self) -> None:
        super().__init__(field="departure")


class MediationStanding(Conflict):
    code = "mediation-standing"
    message = _("A mediation about this is under way already.")


class NothingToMediate(Conflict):
    code = "nothing-to-mediate"
    message = _("Mediation is open when an agency has refused, answered badly, or not answered in time.")


class OrganisationUnknown(Invalid):
    code = "unknown-organisation"
    message = _("Choose one of the organisations.")

    def __init__(self) -> None:
        super().__init__(field="organisation")


class UnknownOffer(NotFound):
    code = "unknown-offer"
    message = _("Nobody offered you such a part.")


class OfferStanding(Conflict):
    code = "offer-standing"
    message = _("This part is offered to an agency already; its answer is not here yet.")


class ErasureUnproven(Conflict):
    """Who says that data was erased says what, when and how, and another person confirms it."""

    code = "erasure-unproven"
    message = _("Prepare a statement of what was erased, and have a second person confirm it.")


class ErasurePointless(Conflict):
    code = "erasure-pointless"
    message = _("There is no statement to confirm.")


class ErasedInFuture(Invalid):
    code = "erased-in-future"
    message = _("Say when it was erased: not later than now.")

    def __init__(self) -> None:
        super().__init__(field="erased_at")


class KeptWithoutProvision(Invalid):
    code = "kept-without-provision"
    message = _("Say by which article it must be kept, and until when if a day can be told.")

    def __init__(self) -> None:
        super().__init__(field="kept_article")


class ItemNotAsked(Invalid):
    code = "item-not-asked"
    message = _("The answer holds an item that the dataset does not have, or that was not asked for.")

    def __init__(self) -> None:
        super().__init__(field="data")


class DataPointless(Invalid):
    code = "data-pointless"
    message = _("Data belongs to an answer that gives something.")

    def __init__(self) -> None:
        super().__init__(field="data")


class LinkUsed(Conflict):
    """A link opens once (410 would tell browsers to forget the address, which stays good for the next link)."""

    code = "link-used"
    message = _("This link was used already. Open your request again and take the new one.")


class NothingAnswered(Conflict):
    code = "nothing-answered"
    message = _("No agency has answered yet, so there is nothing to put together.")


# ------------------------------------------------------------------ files
class FileKindUnknown(Invalid):
    code = "file-kind-unknown"
    message = _("We take PDF, pictures, office files, text, CSV, JSON and ZIP. This file is none of them.")

    def __init__(self) -> None:
        super().__init__(field="files")


class FileMisnamed(Invalid):
    """A name whose ending says something else than the content is."""

    code = "file-misnamed"
    message = _("The ending of the file's name does not fit what is inside. Give it the right ending.")

    def __init__(self) -> None:
        super().__init__(field="files")


class ArchiveHarmful(Invalid):
    """A ZIP that would fill a disk, leave its folder, or cannot be looked into."""

    code = "archive-harmful"
    message = _("This archive is broken, locked, or would unpack to far too much. Send the files by themselves.")

    def __init__(self) -> None:
        super().__init__(field="files")


class VirusFound(Invalid):
    code = "virus-found"
    message = _("The scanner found a virus in this file, so we did not take it.")

    def __init__(self) -> None:
        super().__init__(field="files")


class ScannerAway(Invalid):
    """A scanner is named and does not answer: nothing unscanned is taken."""

    code = "scanner-away"
    status = 503
    message = _("Files cannot be scanned for viruses just now, so we take none. Please try again in a few minutes.")
    retry_after = 300

    def __init__(self) -> None:
        super().__init__(field="files")
