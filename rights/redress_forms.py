"""What people, clerks and the regulator write about appeals, complaints and mediations."""

from typing import Any, cast

from django import forms
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextareaWidget

from portal.catalogue import queries as catalogue
from rights import organisations
from rights.actions.answering import NEEDS_GROUND
from rights.actions.steps import LONGEST_TEXT
from rights.forms import ReplyForm
from rights.models import Part

YES, NO = "yes", "no"


def _area(label: Any, *, required: bool = True, rows: int = 5, hint: Any = "") -> forms.CharField:
    widget = forms.Textarea(attrs={"rows": rows, "class": "usa-textarea"})
    return forms.CharField(label=label, max_length=LONGEST_TEXT, required=required, widget=widget, help_text=hint)


def _desk_area(label: Any, *, required: bool = True, rows: int = 4, hint: Any = "") -> forms.CharField:
    widget = UnfoldAdminTextareaWidget(attrs={"rows": rows})
    return forms.CharField(label=label, max_length=LONGEST_TEXT, required=required, widget=widget, help_text=hint)


# ------------------------------------------------------------------ the citizen's
class AppealForm(forms.Form):
    text = _area(_("Why is this not right?"), hint=_("Who decides reads this, your request, and the agency's answer."))


class ComplaintForm(forms.Form):
    agency = forms.ChoiceField(
        label=_("Which agency is it about? (may be left empty)"),
        required=False,
        widget=forms.Select(attrs={"class": "usa-select"}),
    )
    text = _area(_("What happened?"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        named = [(agency.code, agency.name) for agency in catalogue.agencies_with_datasets()]
        cast("forms.ChoiceField", self.fields["agency"]).choices = [("", _("None, or something else")), *named]


class MediationForm(forms.Form):
    organisation = forms.ChoiceField(label=_("Who should help?"), widget=forms.RadioSelect)
    text = _area(_("What would settle it for you?"))

    def __init__(self, *args: Any, for_minor: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offered = organisations.listed(for_minor=for_minor, mediates=True)
        cast("forms.ChoiceField", self.fields["organisation"]).choices = [
            (row.code, f"{row.name} · {row.contact}") for row in offered
        ]


class SettlementForm(forms.Form):
    text = _area(_("The settlement you propose, as both sides would keep it"), rows=4)


# ------------------------------------------------------------------ who reviews
class DecideAppealForm(forms.Form):
    """The same for a clerk and for the regulator; only the look of the fields differs."""

    granted = forms.ChoiceField(label=_("Decision"))
    text = _desk_area(_("To the person: what you decided, and why"))
    published = _desk_area(
        _("For everybody: what this says about the ground"),
        rows=3,
        hint=_("It is published with the article. Nothing in it may tell who it was."),
    )

    def __init__(self, *args: Any, is_desk: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choice = cast("forms.ChoiceField", self.fields["granted"])
        if is_desk:
            choice.widget = UnfoldAdminSelectWidget()
        else:
            choice.widget = forms.Select(attrs={"class": "usa-select"})
            for name, rows in (("text", 5), ("published", 3)):
                self.fields[name].widget = forms.Textarea(attrs={"rows": rows, "class": "usa-textarea"})
        choice.choices = [
            ("", _("Choose")),
            (YES, _("Granted: the agency must answer again")),
            (NO, _("Not granted: the answer stands")),
        ]

    def answer(self) -> dict[str, Any]:
        """What the action takes; after is_valid()."""
        return {**self.cleaned_data, "granted": self.cleaned_data["granted"] == YES}


class DecideComplaintForm(forms.Form):
    upheld = forms.ChoiceField(
        label=_("Decision"),
        choices=[("", _("Choose")), (YES, _("Justified")), (NO, _("Not justified"))],
        widget=forms.Select(attrs={"class": "usa-select"}),
    )
    text = _area(_("The result, as the person will read it"))

    def answer(self) -> dict[str, Any]:
        """What the action takes; after is_valid()."""
        return {**self.cleaned_data, "upheld": self.cleaned_data["upheld"] == YES}


# ------------------------------------------------------------------ the clerk's reply
class DeskReplyForm(ReplyForm):
    """A reply, with the reason for departing from what appeals decided about its ground."""

    departure = _desk_area(
        _("Where an appeal was granted against this ground: why this case is different"), required=False, rows=2
    )
    field_order = ("outcome", "ground", "departure", "text", "attachments")

    def __init__(self, *args: Any, part: Part, **kwargs: Any) -> None:
        super().__init__(*args, part=part, **kwargs)

    def answer(self) -> dict[str, Any]:
        given = super().answer()
        return {**given, "departure": given["departure"] if given["outcome"] in NEEDS_GROUND else ""}


class JoinForm(forms.Form):
    """A clerk's step of a mediation."""

    TAKE_PART, DECLINE, PROPOSE, AGREE, END = "join", "decline", "propose", "agree", "end"
    step = forms.ChoiceField(label=_("Step"), widget=UnfoldAdminSelectWidget)
    text = _desk_area(_("Your words to the person"), required=False, rows=3)

    def __init__(self, *args: Any, steps: list[tuple[str, Any]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        cast("forms.ChoiceField", self.fields["step"]).choices = steps
