"""Filing, one question a page: choose the right, answer, read it once more, send. No step needs a script."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from consent import queries as consents
from consent.errors import UnknownConsent
from consent.states import ConsentState
from portal.accounts import limits
from portal.accounts.access import SignedIn, assured, citizen_required, open_to_representatives, subject_of
from portal.accounts.levels import Level
from portal.accounts.limits import limited
from portal.catalogue import queries as catalogue
from portal.law import queries as law
from portal.ledger import queries as ledger
from portal.ledger.errors import UnknownEvent
from portal.trail.actor import current
from portal.trail.errors import Refusal
from rights import actions, duplicates, files, guide, holders, queries, scanning, transfers
from rights.actions import Filing
from rights.downloads import download
from rights.guide import ChangeForm, EvidenceForm, Offer, Question, QuestionForm
from rights.models import Kind, RightsRequest
from rights.views.requests import asked_of

NAMES = {"files": "attachments"}  # how the form calls what a refusal names
CARRIED = ("dataset", "event", "consent")  # what the page that leads here knows already


# ------------------------------------------------------------------ beginning
@open_to_representatives("file")
@require_http_methods(["GET", "HEAD", "POST"])
@citizen_required
@assured(Level.SUBSTANTIAL)
def new(request: SignedIn) -> HttpResponseBase:
    """Choose the right; then the first question, whose answer begins a draft."""
    given = request.POST if request.method == "POST" else request.GET
    carried = {name: given[name] for name in CARRIED if name in given}
    kind = given.get("kind", "")
    rights = law.jurisdiction().rights
    if kind not in Kind.values or kind not in rights:
        drafts = queries.drafts_of(subject_of(request))
        return render(request, "rights/choose.html", {"rights": rights.values(), "carried": carried, "drafts": drafts})
    draft = _begun(request, Kind(kind), carried)
    offer = _offer(request, draft, carried.get("dataset", ""))
    question = guide.asked(draft, offer)[0]
    if request.method != "POST":
        return _question(request, draft, question, question.form(draft=draft, offer=offer), carried=carried)
    form = question.form(request.POST, draft=draft, offer=offer)
    if not form.is_valid():
        return _question(request, draft, question, form, carried=carried, status=422)
    try:
        limits.take("filing", limits.person(request))
        kept = actions.begin(_filing(draft), actor=current(), at=timezone.now())
        kept = _saved(request, kept, form)
    except Refusal as refusal:
        _blame(form, refusal)
        answer = _question(request, draft, question, form, carried=carried, status=refusal.status)
        return limits.told_when(answer, refusal)
    return _onward(request, kept, question)


def _begun(request: SignedIn, kind: Kind, carried: dict[str, str]) -> RightsRequest:
    """A draft that is not kept yet, with what the page that led here knows."""
    draft = RightsRequest(kind=kind, subject_key=subject_of(request))
    if "event" in carried:
        _about_event(draft, carried["event"])
    if "consent" in carried:
        _about_consent(draft, carried["consent"])
    named = catalogue.datasets([carried["dataset"]] if "dataset" in carried else [])
    if named and not draft.datasets:
        draft.datasets = [dataset.pk for dataset in named.values()]
    return draft


def _about_event(draft: RightsRequest, identifier: str) -> None:
    """The sharing that the person looked at: its dataset and items, and who received it where that matters."""
    try:
        event = ledger.event(bytes(draft.subject_key), UUID(identifier))
    except (ValueError, UnknownEvent):
        return
    draft.about_event, draft.datasets = event.id, [event.dataset_id]
    draft.items = [item.pk for item in catalogue.items_in(draft.datasets) if item.code in event.items]
    if event.recipient_id and draft.kind not in holders.FOLLOWED:
        draft.added = [event.recipient_id]


def _about_consent(draft: RightsRequest, identifier: str) -> None:
    """The consent that was stopped: what it let be used, and who received it."""
    try:
        consent = consents.consent(bytes(draft.subject_key), UUID(identifier))
    except (ValueError, UnknownConsent):
        return
    items = consents.items_of(consent.purpose_id)
    draft.about_consent = consent.id
    draft.datasets = sorted({row.item.dataset_id for row in items})
    draft.added = list(consent.recipients)


def _filing(draft: RightsRequest) -> Filing:
    return Filing(
        Kind(draft.kind),
        tuple(draft.datasets),
        items=tuple(draft.items),
        added=tuple(draft.added),
        about_event=draft.about_event,
        about_consent=draft.about_consent,
    )


def _offer(request: SignedIn, draft: RightsRequest, named: str = "") -> Offer:
    """What there is to choose from."""
    key = subject_of(request)
    datasets = queries.choices(key, named, also=draft.datasets)
    if draft.kind == Kind.PORTABILITY:
        movable = holders.portable(choice.dataset_id for choice in datasets)
        datasets = [choice for choice in datasets if choice.dataset_id in movable]
    known = {agency.pk: agency.name for agency in catalogue.agencies_with_datasets()}
    more = {*draft.agencies, *draft.added, *holders.receivers(draft, holders.of(draft))} - known.keys()
    agencies = [*known.items(), *catalogue.names_of_agencies(more).items()]
    ended = []
    if draft.kind == Kind.WITHDRAWAL_FOLLOW_UP:
        over = (ConsentState.WITHDRAWN, ConsentState.EXPIRED)
        ended = [(one.id, one.purpose.name) for one in consents.consents_of(key) if one.state in over]
    is_moved = draft.kind == Kind.PORTABILITY
    taking = [(agency.pk, agency.name) for agency in transfers.receivers()] if is_moved else []
    return Offer(datasets, agencies, ended, taking)


# ------------------------------------------------------------------ one question
@open_to_representatives("file")
@require_http_methods(["GET", "HEAD", "POST"])
@citizen_required
@assured(Level.SUBSTANTIAL)
def question(request: SignedIn, identifier: UUID, name: str) -> HttpResponseBase:
    """One question of a draft: answered, it leads to the next; or it is put aside for later."""
    draft = queries.draft(subject_of(request), identifier)
    offer = _offer(request, draft)
    asked = guide.asked(draft, offer)
    found = next((one for one in asked if one.name == name), asked[0])
    if request.method != "POST":
        return _question(request, draft, found, found.form(draft=draft, offer=offer))
    form = found.form(request.POST, request.FILES, draft=draft, offer=offer)
    try:
        if _removed(request, draft):
            return redirect("rights:question", draft.pk, found.name)
        if not form.is_valid():
            return _question(request, draft, found, form, status=422)
        draft = _saved(request, draft, form)
    except Refusal as refusal:
        _blame(form, refusal)
        return limits.told_when(_question(request, draft, found, form, status=refusal.status), refusal)
    if request.POST.get("step") == "add":
        return redirect("rights:question", draft.pk, found.name)
    return _onward(request, draft, found)


def _removed(request: SignedIn, draft: RightsRequest) -> bool:
    """Whether the button was one that takes a change or a file out again."""
    act = {"remove-change": actions.remove_change, "remove-evidence": actions.remove_evidence}
    for name, remove in act.items():
        if named := request.POST.get(name):
            try:
                remove(draft, UUID(named), actor=current(), at=timezone.now())
            except ValueError:
                return False
            return True
    return False


def _saved(request: SignedIn, draft: RightsRequest, form: QuestionForm) -> RightsRequest:
    """The draft with this answer in it."""
    actor, at = current(), timezone.now()
    if isinstance(form, ChangeForm) and not form.is_empty:
        actions.put_change(draft, form.change(), actor=actor, at=at)
    if isinstance(form, EvidenceForm):
        for file in form.cleaned_data["attachments"]:
            actions.add_evidence(draft, name=file.name or "", content=file.chunks(), actor=actor, at=at)
    answers = form.answers()
    if answers.get("about_consent"):
        _about_consent(draft, str(answers["about_consent"]))
        answers |= {"datasets": draft.datasets, "added": draft.added}
    return actions.save(draft, answers, actor=actor, at=at)


def _onward(request: SignedIn, draft: RightsRequest, question: Question) -> HttpResponseBase:
    """To what was asked for: the list, the check, or the next question."""
    step = request.POST.get("step", "")
    if step == "later":
        messages.success(request, _("Saved. You can go on with it at any time, also after you signed out."))
        return redirect("rights:index")
    after = guide.following(draft, _offer(request, draft), question.name)
    if after is None or step == "check":
        return redirect("rights:check", draft.pk)
    return redirect("rights:question", draft.pk, after.name)


def _blame(form: QuestionForm, refusal: Refusal) -> None:
    field = NAMES.get(refusal.field or "", refusal.field)
    form.add_error(field if field in form.fields else None, str(refusal.message))


def _question(
    request: SignedIn, draft: RightsRequest, question: Question, form: QuestionForm, *,
    carried: dict[str, str] | None = None, status: int = 200,
) -> HttpResponse:  # fmt: skip
    is_kept = not draft._state.adding
    asked = guide.asked(draft, form.offer)
    place = [one.name for one in asked].index(question.name)
    context = {
        "draft": draft,
        "is_kept": is_kept,
        "question": question,
        "form": form,
        "right": law.jurisdiction().rights[draft.kind],
        "place": place + 1,
        "of": len(asked) + 1,
        "before": asked[place - 1] if place and is_kept else None,
        "carried": carried or {},
        **(_beside(request, draft, question) if is_kept or question.name == "data" else {}),
    }
    return render(request, "rights/question.html", context, status=status)


def _beside(request: SignedIn, draft: RightsRequest, question: Question) -> dict[str, Any]:
    """What a question shows beside its form."""
    match question.name:
        case "changes":
            return {"changes": queries.changes_of(draft)}
        case "evidence":
            return {"evidence": queries.evidence_of(draft), "is_scanned": scanning.is_on()}
        case "holders":
            return {"holders": _named(draft), "received": _receivers(draft)}
        case "data" if draft.kind == Kind.PORTABILITY:
            return {"bound": _bound(subject_of(request))}
    return {}


def _named(draft: RightsRequest) -> list[dict[str, Any]]:
    """Who will be asked about what, and why, in words; two queries for the names."""
    found = holders.of(draft)
    agencies = catalogue.names_of_agencies(holder.agency_id for holder in found)
    datasets = catalogue.names_of_datasets(holder.dataset_id for holder in found if holder.dataset_id)
    return sorted(
        (
            {
                "agency": agencies[holder.agency_id],
                "dataset": datasets.get(holder.dataset_id, "") if holder.dataset_id else "",
                "why": holder.why.label,
            }
            for holder in found
        ),
        key=lambda row: (row["agency"], row["dataset"]),
    )


def _receivers(draft: RightsRequest) -> list[str]:
    found = holders.receivers(draft, holders.of(draft))
    return sorted(catalogue.names_of_agencies(found).values())


def _bound(subject_key: bytes) -> list[queries.Choice]:
    """What is held under a duty or another basis that lets nothing be moved."""
    choices = queries.choices(subject_key)
    movable = holders.portable(choice.dataset_id for choice in choices)
    return [choice for choice in choices if choice.dataset_id not in movable]


# ------------------------------------------------------------------ reading it once more
@open_to_representatives("file")
@require_http_methods(["GET", "HEAD", "POST"])
@citizen_required
@assured(Level.SUBSTANTIAL)
def check(request: SignedIn, identifier: UUID) -> HttpResponseBase:
    """Everything that will be sent, in words; what is open already and asks the same; then it is sent, or joined."""
    if request.method == "POST":
        return _sent(request, identifier)
    return _check(request, queries.draft(subject_of(request), identifier))


def _sent(request: SignedIn, identifier: UUID) -> HttpResponseBase:
    found = queries.any_request(subject_of(request), identifier)
    if not found.is_draft:  # sent twice: the first one counts
        return redirect("rights:request", found.pk)
    try:
        if request.POST.get("step") == "join":
            joined = actions.join(found, _identifier(request.POST.get("onto", "")), actor=current(), at=timezone.now())
            messages.success(request, _("Added to the request that is open already. The agencies were told."))
            return redirect("rights:request", joined.pk)
        filed = actions.send(found, actor=current(), at=timezone.now())
    except Refusal as refusal:
        return _check(request, found, refusal=refusal)
    messages.success(request, _("Your request is filed. Its clock runs from now on."))
    return redirect("rights:request", filed.pk)


def _identifier(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        return UUID(int=0)


def _check(request: SignedIn, draft: RightsRequest, *, refusal: Refusal | None = None) -> HttpResponse:
    context = {
        "draft": draft,
        "right": law.jurisdiction(draft.jurisdiction).rights[draft.kind],
        "questions": [question.name for question in guide.asked(draft, _offer(request, draft))],
        "holders": _named(draft),
        "duplicates": duplicates.of(draft),
        "refusal": refusal,
        "bound": _bound(subject_of(request)) if draft.kind == Kind.PORTABILITY else [],
        **asked_of(draft),
    }
    return render(request, "rights/check.html", context, status=refusal.status if refusal else 200)


@open_to_representatives("file")
@require_POST
@citizen_required
def discard(request: SignedIn, identifier: UUID) -> HttpResponseBase:
    """Throw a draft away."""
    actions.discard(queries.draft(subject_of(request), identifier), actor=current(), at=timezone.now())
    messages.success(request, _("The draft is gone."))
    return redirect("rights:index")


# ------------------------------------------------------------------ afterwards
@open_to_representatives("see", "file")
@require_safe
@citizen_required
def confirmation(request: SignedIn, identifier: UUID) -> HttpResponse:
    """That a request was filed, and what it asks: a page to print or keep."""
    found = queries.request(subject_of(request), identifier)
    context = {
        "filed": found,
        "right": law.jurisdiction(found.jurisdiction).rights[found.kind],
        **asked_of(found),
        "rows": queries.rows_of(found, at=timezone.now()),
    }
    return render(request, "rights/confirmation.html", context)


@open_to_representatives("see", "file")
@require_safe
@citizen_required
@assured(Level.SUBSTANTIAL, is_download=True)
@limited("export", by=limits.person)
def evidence(request: SignedIn, identifier: UUID) -> HttpResponseBase:
    """A file that the person put to their request, as they sent it; always saved, never shown."""
    found = queries.own_evidence(subject_of(request), identifier)
    return download(files.opened(found.stored_as), found.name, found.media_type, found.size)
