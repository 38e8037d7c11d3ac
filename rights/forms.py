"""What people and clerks write into: answering a question, and a clerk's steps; filing is in `guide`."""

from typing import Any, cast

from django import forms
from django.utils.translation import gettext_lazy as _
from unfold.widgets import (
    UnfoldAdminFileFieldWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
)

from portal.accounts import queries as accounts
from portal.catalogue import queries as catalogue
from portal.law import queries as law
from rights import queries
from rights.actions import Upload
from rights.actions.answering import NEEDS_GROUND
from rights.actions.steps import LONGEST_TEXT
from rights.errors import GroundMissing, TextMissing
from rights.files import LARGEST
from rights.models import Part
from rights.states import Outcome


def area(label: Any, *, required: bool = True, rows: int = 5) -> forms.CharField:
    widget = forms.Textarea(attrs={"rows": rows, "class": "usa-textarea"})
    return forms.CharField(label=label, max_length=LONGEST_TEXT, required=required, widget=widget)


def day(label: Any) -> forms.DateField:
    widget = forms.DateInput(attrs={"type": "date", "class": "usa-input"}, format="%Y-%m-%d")
    return forms.DateField(label=label, required=False, widget=widget)


class PackageForm(forms.Form):
    passphrase = forms.CharField(
        label=_("Passphrase (may be left empty)"),
        required=False,
        min_length=12,
        max_length=200,
        help_text=_("At least 12 characters. We do not keep it: without it nobody can open the file, not even we."),
        widget=forms.PasswordInput(attrs={"class": "usa-input", "autocomplete": "new-password"}),
    )


class SeveralFiles(forms.FileInput):
    allow_multiple_selected = True


class FilesField(forms.FileField):
    """Any number of files."""

    widget = SeveralFiles(attrs={"class": "usa-file"})

    def clean(self, data: Any, initial: Any = None) -> list[Any]:
        one = super().clean
        return [one(file, initial) for file in data or []]


class AnswerForm(forms.Form):
    text = area(_("Your answer"))
    attachments = FilesField(label=_("Files (may be left empty)"), required=False)

    def uploads(self) -> list[Upload]:
        """The files, as the action takes them; after is_valid()."""
        return [Upload(file.name or "", "", file.chunks()) for file in self.cleaned_data["attachments"]]


# ------------------------------------------------------------------ the clerk's
class StepForm(forms.Form):
    """A step that needs no words."""

    def __init__(self, *args: Any, part: Part, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.part = part


def _desk_area(label: Any, *, required: bool = True, rows: int = 5) -> forms.CharField:
    widget = UnfoldAdminTextareaWidget(attrs={"rows": rows})
    return forms.CharField(label=label, max_length=LONGEST_TEXT, required=required, widget=widget)


class AskForm(StepForm):
    text = _desk_area(_("Your question to the person"))


class ReasonForm(StepForm):
    reason = _desk_area(_("Why (the person reads this)"), rows=3)


class ShowForm(StepForm):
    reason = forms.CharField(
        label=_("Why you need to know who it is"), max_length=200, widget=UnfoldAdminTextInputWidget
    )


class WhyForm(StepForm):
    why = _desk_area(_("Why you need to see which minor it is"), rows=3)


class DecideForm(StepForm):
    """Which of the waiting questions, and what is said to it: never to one's own."""

    YES, NO = "yes", "no"
    approval = forms.ChoiceField(label=_("Who asks"), widget=UnfoldAdminSelectWidget)
    granted = forms.ChoiceField(
        label=_("Decision"),
        choices=[("", _("Choose")), (YES, _("They may see who it is")), (NO, _("They may not"))],
        widget=UnfoldAdminSelectWidget,
    )
    reason = _desk_area(_("Why you approve or decline"), rows=3)

    def __init__(self, *args: Any, part: Part, **kwargs: Any) -> None:
        super().__init__(*args, part=part, **kwargs)
        waiting = [row for row in queries.approvals_of(part) if row.granted is None]
        names = accounts.staff_names([row.asked_by for row in waiting if row.asked_by])
        cast("forms.ChoiceField", self.fields["approval"]).choices = [
            (str(row.pk), f"{names.get(row.asked_by, '') if row.asked_by else row.asked_by_client}: {row.why}")
            for row in waiting
        ]


class TransferForm(StepForm):
    agency = forms.ChoiceField(label=_("The agency that holds the data"), widget=UnfoldAdminSelectWidget)
    reason = _desk_area(_("Why (the person reads this)"), rows=3)

    def __init__(self, *args: Any, part: Part, **kwargs: Any) -> None:
        super().__init__(*args, part=part, **kwargs)
        others = catalogue.agencies_with_datasets().exclude(pk=part.agency_id)
        offered = [("", _("Choose")), *((agency.code, agency.name) for agency in others)]
        cast("forms.ChoiceField", self.fields["agency"]).choices = offered


class _SeveralFiles(UnfoldAdminFileFieldWidget):  # type: ignore[misc]  # untyped in unfold
    allow_multiple_selected = True


class _FilesField(forms.FileField):
    """Any number of files, each of at most 50 MB."""

    widget = _SeveralFiles

    def clean(self, data: Any, initial: Any = None) -> list[Any]:
        one = super().clean
        return [one(file, initial) for file in data or []]


class ReplyForm(StepForm):
    outcome = forms.ChoiceField(
        label=_("Outcome"), choices=[("", _("Choose")), *Outcome.choices], widget=UnfoldAdminSelectWidget
    )
    ground = forms.ChoiceField(
        label=_("Ground in the law, where you refuse all or part"), required=False, widget=UnfoldAdminSelectWidget
    )
    text = _desk_area(_("Your answer, as the person will read it"), required=False)
    attachments = _FilesField(label=_("Files"), required=False)

    def __init__(self, *args: Any, part: Part, **kwargs: Any) -> None:
        super().__init__(*args, part=part, **kwargs)
        grounds = law.jurisdiction(part.request.jurisdiction).refusal_grounds(part.kind)
        offered = [("", _("None")), *((ground.code, f"{ground.text} ({ground.article.title})") for ground in grounds)]
        cast("forms.ChoiceField", self.fields["ground"]).choices = offered

    def clean(self) -> dict[str, Any]:
        given = self.cleaned_data
        if given.get("outcome") in NEEDS_GROUND:
            if not given.get("ground") and "ground" not in self.errors:
                self.add_error("ground", str(GroundMissing.message))
            if not given.get("text") and "text" not in self.errors:
                self.add_error("text", str(TextMissing.message))
        for file in given.get("attachments", []):
            if (file.size or 0) > LARGEST:
                self.add_error("attachments", _("A file has at most 50 MB."))
        return given

    def answer(self) -> dict[str, Any]:
        """What the action takes; after is_valid()."""
        given = dict(self.cleaned_data)
        uploads = [
            Upload(file.name or "", file.content_type or "application/octet-stream", file.chunks())
            for file in given.pop("attachments")
        ]
        return {**given, "outcome": Outcome(given["outcome"]), "files": uploads}
