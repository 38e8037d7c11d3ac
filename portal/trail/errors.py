"""What the portal refuses, and how it says so: one family of errors that forms, pages and the API all show."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


class Refusal(Exception):
    """Something asked for can't be done; nothing was changed.

    `code` is stable and for machines, `message` is for the reader in their language, `field` names what to mend,
    `retry_after` says in how many seconds it may be tried again, where waiting helps.
    """

    code = "refused"
    status = 422
    message: str | Promise = _("This cannot be done.")
    retry_after: int | None = None

    def __init__(
        self,
        message: str | Promise | None = None,
        *,
        code: str | None = None,
        field: str | None = None,
    ) -> None:
        self.message = self.message if message is None else message
        self.code = code or self.code
        self.field = field
        super().__init__(self.code)

    def __str__(self) -> str:
        return str(self.message)


class Invalid(Refusal):
    """The input is wrong."""

    code = "invalid"
    message = _("This is not valid.")


class NotPermitted(Refusal):
    """The actor may not do this."""

    code = "not-permitted"
    status = 403
    message = _("You may not do this.")


class NotFound(Refusal):
    """There is no such thing, or none that this actor may know of: the answer is the same."""

    code = "not-found"
    status = 404
    message = _("We found nothing here.")


class Conflict(Refusal):
    """The thing is no longer in a state in which this can be done."""

    code = "conflict"
    status = 409
    message = _("This has changed in the meantime.")


class IllegalMove(Conflict):
    """A state machine has no such move."""

    code = "illegal-move"
    message = _("This step is not possible now.")


class FileTooLarge(Invalid):
    code = "too-large"
    status = 413
    message = _("A file has at most 50 MB.")

    def __init__(self) -> None:
        super().__init__(field="files")


class FileNameInvalid(Invalid):
    code = "file-name-invalid"
    message = _("A file's name has letters, digits, dots, dashes and underscores, at most 120 of them.")

    def __init__(self) -> None:
        super().__init__(field="files")


class FileEmpty(Invalid):
    code = "file-empty"
    message = _("The file is empty.")

    def __init__(self) -> None:
        super().__init__(field="files")
