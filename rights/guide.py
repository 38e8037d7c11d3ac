"""Filing, one question a page: which questions a right has, in which order, and the form of each.

Nothing here is a rule of the law; `actions` says what may be sent. Each answer is saved as it is given.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, cast
from uuid import UUID

from django import forms
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from rights import changes
from rights.changes import Change
from rights.errors import ChangeMissing, NoDifference, NothingChosen, PeriodBackwards
from rights.forms import FilesField, area, day
from rights.models import Format, Kind, RightsRequest
from rights.queries import Choice

EVERYTHING, AGENCIES, CHOSEN = "everything", "agencies", "chosen"
NONE: Final = "none"


@dataclass(frozen=True)
class Offer:
    """What a person may choose from: datasets, agencies that hold or keep something, consents that ended."""

    datasets: Sequence[Choice] = ()
    agencies: Sequence[tuple[UUID, str]] = ()
    consents: Sequence[tuple[UUID, str]] = ()
    receivers: Sequence[tuple[UUID, str]] = ()


class QuestionForm(forms.Form):
    """One question: what was answered so far fills it in, `answers` is what the draft keeps of it."""

    def __init__(self, *args: Any, draft: RightsRequest, offer: Offer, **kwargs: Any) -> None:
        super().__init__(*args, **{"initial": self.begun(draft), **kwargs})
        self.draft, self.offer = draft, offer
        self.prepare()

    @staticmethod
    def begun(draft: RightsRequest) -> dict[str, Any]:
        """The answer that the draft holds."""
        return {}

    def prepare(self) -> None:
        """Fill in the choices."""

    def answers(self) -> dict[str, Any]:
        """Columns of the draft and their new values; after is_valid()."""
        return dict(self.cleaned_data)

    def choose(self, name: str, choices: Iterable[tuple[Any, Any]]) -> None:
        cast("forms.ChoiceField", self.fields[name]).choices = [(str(value), text) for value, text in choices]


def _ticks(label: Any) -> forms.TypedMultipleChoiceField:
    return forms.TypedMultipleChoiceField(label=label, required=False, coerce=UUID, widget=forms.CheckboxSelectMultiple)


class DataForm(QuestionForm):
    scope = forms.ChoiceField(
        label=_("Which data?"),
        widget=forms.RadioSelect,
        choices=[
            (EVERYTHING, _("Everything that agencies hold about me")),
            (AGENCIES, _("Everything that certain agencies hold about me")),
            (CHOSEN, _("Only what I tick below")),
        ],
    )
    agencies = _ticks(_("Agencies"))
    datasets = _ticks(_("Datasets"))

    @staticmethod
    def begun(draft: RightsRequest) -> dict[str, Any]:
        scope = CHOSEN if draft.datasets else AGENCIES if draft.agencies else EVERYTHING
        return {
            "scope": scope,
            "agencies": [str(agency) for agency in draft.agencies],
            "datasets": [str(dataset) for dataset in draft.datasets],
        }

    def prepare(self) -> None:
        self.choose("agencies", self.offer.agencies)
        self.choose(
            "datasets",
            [(choice.dataset_id, f"{choice.agency} · {choice.dataset}") for choice in self.offer.datasets],
        )
        if self.draft.kind == Kind.CORRECTION:  # of certain items, so of certain datasets
            del self.fields["scope"], self.fields["agencies"]

    def clean(self) -> dict[str, Any]:
        given = self.cleaned_data
        name = {AGENCIES: "agencies", CHOSEN: "datasets"}.get(given.get("scope", CHOSEN))
        if name and "scope" not in self.errors and not given.get(name) and name not in self.errors:
            self.add_error(name, str(NothingChosen.message))
        return given

    def answers(self) -> dict[str, Any]:
        given = self.cleaned_data
        scope = given.get("scope", CHOSEN)
        return {
            "agencies": given["agencies"] if scope == AGENCIES else [],
            "datasets": given["datasets"] if scope == CHOSEN else [],
        }


class ConsentForm(QuestionForm):
    about = forms.ChoiceField(label=_("Which consent is it about?"), widget=forms.RadioSelect)

    @staticmethod
    def begun(draft: RightsRequest) -> dict[str, Any]:
        return {"about": str(draft.about_consent or "")}

    def prepare(self) -> None:
        self.choose("about", [*self.offer.consents, (NONE, _("None of these; I say myself which data"))])

    def answers(self) -> dict[str, Any]:
        chosen = self.cleaned_data["about"]
        return {"about_consent": None if chosen == NONE else UUID(chosen)}


class ItemsForm(QuestionForm):
    items = _ticks(_("Only these items (none ticked: all of them)"))

    @staticmethod
    def begun(draft: RightsRequest) -> dict[str, Any]:
        return {"items": [str(item) for item in draft.items]}

    def prepare(self) -> None:
        self.choose("items", [(item.pk, f"{item.dataset.name} · {item.name}") for item in changes.items_of(self.draft)])


class ChangeForm(QuestionForm):
    """One change at a time; what was added stands above it."""

    item = forms.ChoiceField(label=_("Which item?"), required=False, widget=forms.Select(attrs={"class": "usa-select"}))
    held = area(_("How it reads now (leave empty where it is missing)"), required=False, rows=2)
    wanted = area(_("How it should read"), required=False, rows=2)

    def prepare(self) -> None:
        items = [(item.pk, f"{item.dataset.name} · {item.name}") for item in changes.items_of(self.draft)]
        self.choose("item", [("", _("Choose")), *items])

    @property
    def is_empty(self) -> bool:
        """Whether nothing was written: then there is nothing to add."""
        return not any(self.cleaned_data.get(name) for name in ("item", "held", "wanted"))

    def clean(self) -> dict[str, Any]:
        given = self.cleaned_data
        if not any(given.get(name) for name in ("item", "held", "wanted")):
            return given
        if not given.get("item") and "item" not in self.errors:
            self.add_error("item", _("Choose the item that is wrong."))
        if not given.get("wanted") and "wanted" not in self.errors:
            self.add_error("wanted", str(ChangeMissing.message))
        elif given.get("held", "") == given.get("wanted"):
            self.add_error("wanted", str(NoDifference.message))
        return given

    def change(self) -> Change:
        """What the action takes; after is_valid() and where it is not empty."""
        given = self.cleaned_data
        return Change(UUID(given["item"]), given["held"], given["wanted"])

    def answers(self) -> dict[str, Any]:
        return {}


class PeriodForm(QuestionForm):
    period_from = day(_("From (may be left empty)"))
    period_to = day(_("To (may be left empty)"))

    @staticmethod
    def begun(draft: RightsRequest) -> dict[str, Any]:
        return {"period_from": draft.period_from, "period_to": draft.period_to}

    def clean(self) -> dict[str, Any]:
        begins, ends = self.cleaned_data.get("period_from"), self.cleaned_data.get("period_to")
        if begins and ends and ends < begins:
            self.add_error("period_to", str(PeriodBackwards.message))
        return self.cleaned_data


class FormatForm(QuestionForm):
    format = forms.ChoiceField(
        label=_("In which form do you want it?"), choices=Format.choices, widget=forms.RadioSelect
    )

    @staticmethod
    def begun(draft: RightsRequest) -> dict[str, Any]:
        return {"format": draft.format}


class ReceiverForm(QuestionForm):
    receiver = forms.ChoiceField(label=_("Where should it go?"), widget=forms.RadioSelect)

    @staticmethod
    def begun(draft: RightsRequest) -> dict[str, Any]:
        return {"receiver": str(draft.receiver_id or NONE)}

    def prepare(self) -> None:
        self.choose("receiver", [(NONE, _("To me alone")), *self.offer.receivers])

    def answers(self) -> dict[str, Any]:
        chosen = self.cleaned_data["receiver"]
        return {"receiver_id": None if chosen == NONE else UUID(chosen)}


class ReviewForm(QuestionForm):
    wants_review = forms.TypedChoiceField(
        label=_("Should a person look at the decision again?"),
        coerce=lambda value: value == "yes",
        widget=forms.RadioSelect,
        choices=[
            ("yes", _("Yes: a person should decide anew")),
            ("no", _("No: an explanation is enough")),
        ],
    )

    @staticmethod
    def begun(draft: RightsRequest) -> dict[str, Any]:
        return {"wants_review": "yes" if draft.wants_review else "no"}


class EvidenceForm(QuestionForm):
    attachments = FilesField(
        label=_("Files"),
        required=False,
        help_text=_("PDF, pictures, office files, text, CSV, JSON or ZIP; at most 50 MB each, 20 in all."),
    )

    def answers(self) -> dict[str, Any]:
        return {}


class WordsForm(QuestionForm):
    words = area(_("Anything the agencies should know (may be left empty)"), required=False)

    @staticmethod
    def begun(draft: RightsRequest) -> dict[str, Any]:
        return {"words": draft.words}

    def prepare(self) -> None:
        if self.draft.kind == Kind.EXPLANATION_OF_DECISION:
            self.fields["words"].label = _("Which decision is it, and what did it do to you?")
        if self.draft.kind == Kind.ERASURE:
            self.fields["words"].label = _("Why should it be erased? (may be left empty)")


class HoldersForm(QuestionForm):
    added = _ticks(_("Ask these agencies too"))

    @staticmethod
    def begun(draft: RightsRequest) -> dict[str, Any]:
        return {"added": [str(agency) for agency in draft.added]}

    def prepare(self) -> None:
        self.choose("added", self.offer.agencies)


# ------------------------------------------------------------------ the questions
@dataclass(frozen=True)
class Question:
    """One page: its heading, its form, and whether it is asked in this draft."""

    name: str
    heading: str | Promise
    form: type[QuestionForm]
    applies: Callable[[RightsRequest, Offer], bool] = lambda _draft, _offer: True


def _has_items(draft: RightsRequest, _offer: Offer) -> bool:
    return bool(draft.datasets) and bool(changes.items_of(draft))


def _chooses_data(draft: RightsRequest, _offer: Offer) -> bool:
    return draft.about_consent is None


def _has_receivers(_draft: RightsRequest, offer: Offer) -> bool:
    return bool(offer.receivers)


def _ended_consents(draft: RightsRequest, offer: Offer) -> bool:
    return bool(offer.consents) or draft.about_consent is not None


DATA: Final = Question("data", _("Which data is it about?"), DataForm, _chooses_data)
CONSENT: Final = Question("consent", _("Which consent is it about?"), ConsentForm, _ended_consents)
ITEMS: Final = Question("items", _("All of it, or only some items?"), ItemsForm, _has_items)
CHANGES: Final = Question("changes", _("What is wrong, and how should it read?"), ChangeForm, _has_items)
PERIOD: Final = Question("period", _("From when to when?"), PeriodForm)
FORMAT: Final = Question("format", _("In which form do you want it?"), FormatForm)
RECEIVER: Final = Question("receiver", _("Where should it go?"), ReceiverForm, _has_receivers)
REVIEW: Final = Question("review", _("Should a person look at it again?"), ReviewForm)
EVIDENCE: Final = Question("evidence", _("Do you have anything that shows it?"), EvidenceForm)
WORDS: Final = Question("words", _("What should the agencies know?"), WordsForm)
HOLDERS: Final = Question("holders", _("Who will be asked?"), HoldersForm)

QUESTIONS: Final[Mapping[str, tuple[Question, ...]]] = {
    Kind.ACCESS: (DATA, ITEMS, PERIOD, WORDS, HOLDERS),
    Kind.CORRECTION: (DATA, CHANGES, EVIDENCE, WORDS, HOLDERS),
    Kind.ERASURE: (DATA, ITEMS, WORDS, EVIDENCE, HOLDERS),
    Kind.PORTABILITY: (DATA, ITEMS, FORMAT, RECEIVER, WORDS, HOLDERS),
    Kind.RESTRICTION: (DATA, ITEMS, WORDS, EVIDENCE, HOLDERS),
    Kind.OBJECTION: (DATA, ITEMS, WORDS, EVIDENCE, HOLDERS),
    Kind.EXPLANATION_OF_DECISION: (DATA, WORDS, REVIEW, EVIDENCE, HOLDERS),
    Kind.EXPLANATION_OF_RULES: (DATA, ITEMS, WORDS, HOLDERS),
    Kind.WITHDRAWAL_FOLLOW_UP: (CONSENT, DATA, WORDS, HOLDERS),
}


def asked(draft: RightsRequest, offer: Offer) -> list[Question]:
    """The questions of this draft, in order, as its answers stand."""
    return [question for question in QUESTIONS[draft.kind] if question.applies(draft, offer)]


def following(draft: RightsRequest, offer: Offer, name: str) -> Question | None:
    """The question after `name`, or None where everything was asked."""
    names = [question.name for question in QUESTIONS[draft.kind]]
    later = names[names.index(name) + 1 :]
    return next((question for question in asked(draft, offer) if question.name in later), None)
