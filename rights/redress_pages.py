"""The citizen's pages about what they do against an answer, or none: appeals, complaints, mediation, and who helps."""

from collections.abc import Callable
from typing import Any, Final
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from portal.accounts import limits
from portal.accounts.access import SignedIn, assured, citizen_required, open_to_representatives, subject_of
from portal.accounts.levels import Level
from portal.law import queries as law
from portal.trail.actor import current
from portal.trail.errors import Refusal
from rights import organisations, queries, redress, timeline
from rights.actions import appeals, complaints, mediating
from rights.models import Kind, Mediation
from rights.package import ground_of
from rights.redress_forms import AppealForm, ComplaintForm, MediationForm, SettlementForm
from rights.states import APPEAL_OPEN, COMPLAINT_OPEN, MediationState


@open_to_representatives("see", "file")
@require_safe
@citizen_required
def index(request: SignedIn) -> HttpResponse:
    """Every appeal, complaint and mediation of the reader."""
    key = subject_of(request)
    found = list(redress.complaints_of(key))
    context = {
        "appeals": list(redress.appeals_of(key)),
        "complaints": found,
        "names": redress.names_of(row.agency_id for row in found),
        "mediations": list(redress.mediations_of(key)),
        "at": timezone.now(),
    }
    return render(request, "rights/redress/index.html", context)


# ------------------------------------------------------------------ appeals
@open_to_representatives("file")
@require_http_methods(["GET", "HEAD", "POST"])
@citizen_required
@assured(Level.SUBSTANTIAL)
def appeal_new(request: SignedIn, identifier: UUID) -> HttpResponseBase:
    """Appeal against a part's answer, or its absence; beside it, that a court need not wait for this."""
    part = queries.own_part(subject_of(request), identifier)

    def act(form: AppealForm) -> HttpResponseBase:
        limits.take("filing", limits.person(request))
        appeal = appeals.file_appeal(part, text=form.cleaned_data["text"], actor=current(), at=timezone.now())
        messages.success(request, _("Your appeal is filed. Another person looks at it."))
        return redirect("rights:appeal", appeal.pk)

    context = {"part": part, "ground": ground_of(part)}
    return _asked(request, AppealForm, act, "rights/redress/appeal_new.html", context)


@open_to_representatives("see", "file")
@require_safe
@citizen_required
def appeal(request: SignedIn, identifier: UUID) -> HttpResponse:
    """One appeal: against what, who looks at it, until when, what was decided, and what is open now."""
    found = redress.appeal_of(subject_of(request), identifier)
    context = {
        "appeal": found,
        "part": found.part,
        "right": Kind(found.kind).label,
        "is_late": redress.is_late(found, at=timezone.now()),
        "can_withdraw": found.state in APPEAL_OPEN,
        "lines": timeline.lines(redress.steps_of(found)),
        "clock": law.jurisdiction(found.part.request.jurisdiction).clocks[_CLOCKS[found.level]],
    }
    return render(request, "rights/redress/appeal.html", context)


_CLOCKS: Final = {"agency": "internal_review", "regulator": "regulator_review"}


@open_to_representatives("file")
@require_POST
@citizen_required
def appeal_withdraw(request: SignedIn, identifier: UUID) -> HttpResponseBase:
    """Take an appeal back."""
    found = redress.appeal_of(subject_of(request), identifier)
    _done(
        request,
        lambda: appeals.withdraw_appeal(found, actor=current(), at=timezone.now()),
        _("You took your appeal back. The answer stands; you may appeal again."),
    )
    return redirect("rights:appeal", identifier)


@require_safe
def outcomes(request: HttpRequest) -> HttpResponse:
    """What appeals decided, by right, ground and article; nothing of whom they were about."""
    found = redress.published()
    names = redress.names_of(row.agency_id for group in found for row in group.rows)
    shown = [(group, Kind(group.kind).label) for group in found]
    return render(request, "rights/redress/outcomes.html", {"groups": shown, "names": names})


# ------------------------------------------------------------------ complaints
@open_to_representatives("file")
@require_http_methods(["GET", "HEAD", "POST"])
@citizen_required
@assured(Level.SUBSTANTIAL)
def complaint_new(request: SignedIn) -> HttpResponseBase:
    """Complain to the regulator: about a part that the page before named, about an agency, or about anything."""
    given = (request.POST if request.method == "POST" else request.GET).get("part", "")
    part = queries.own_part(subject_of(request), _uuid(given)) if given else None

    def act(form: ComplaintForm) -> HttpResponseBase:
        limits.take("filing", limits.person(request))
        words = form.cleaned_data
        made = complaints.complain(
            text=words["text"], agency=words["agency"], part=part, actor=current(), at=timezone.now()
        )
        messages.success(request, _("The regulator has your complaint. You are told the result."))
        return redirect("rights:complaint", made.pk)

    return _asked(request, ComplaintForm, act, "rights/redress/complaint_new.html", {"part": part})


def _uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError as error:
        raise Http404 from error


@open_to_representatives("see", "file")
@require_safe
@citizen_required
def complaint(request: SignedIn, identifier: UUID) -> HttpResponse:
    """One complaint: who has it, until when, and its result."""
    found = redress.complaint_of(subject_of(request), identifier)
    context = {
        "complaint": found,
        "agency": redress.names_of([found.agency_id]).get(found.agency_id) if found.agency_id else "",
        "is_late": redress.is_late(found, at=timezone.now()),
        "can_withdraw": found.state in COMPLAINT_OPEN,
        "lines": timeline.lines(redress.steps_of(found)),
        "clock": law.jurisdiction().clocks["complaint"],
    }
    return render(request, "rights/redress/complaint.html", context)


@open_to_representatives("file")
@require_POST
@citizen_required
def complaint_withdraw(request: SignedIn, identifier: UUID) -> HttpResponseBase:
    """Take a complaint back."""
    found = redress.complaint_of(subject_of(request), identifier)
    _done(
        request,
        lambda: complaints.withdraw_complaint(found, actor=current(), at=timezone.now()),
        _("You took your complaint back."),
    )
    return redirect("rights:complaint", identifier)


# ------------------------------------------------------------------ mediation and help
@require_safe
def helpers(request: HttpRequest) -> HttpResponse:
    """Organisations that help, by region; those for minors first where the reader says so."""
    region, for_minor = request.GET.get("region", "")[:6], request.GET.get("minor") == "yes"
    context = {
        "rows": organisations.listed(region=region, for_minor=for_minor),
        "regions": organisations.regions(),
        "region": region,
        "for_minor": for_minor,
    }
    return render(request, "rights/redress/helpers.html", context)


@open_to_representatives("file")
@require_http_methods(["GET", "HEAD", "POST"])
@citizen_required
@assured(Level.SUBSTANTIAL)
def mediation_new(request: SignedIn, identifier: UUID) -> HttpResponseBase:
    """Ask for mediation about a part's answer, or its absence."""
    part = queries.own_part(subject_of(request), identifier)

    def act(form: MediationForm) -> HttpResponseBase:
        limits.take("filing", limits.person(request))
        made = mediating.ask_mediation(part, **form.cleaned_data, actor=current(), at=timezone.now())
        messages.success(request, _("The agency was asked to take part."))
        return redirect("rights:mediation", made.pk)

    def form(*args: Any) -> MediationForm:
        return MediationForm(*args, for_minor=part.of_minor)

    return _asked(request, form, act, "rights/redress/mediation_new.html", {"part": part})


@open_to_representatives("see", "file")
@require_safe
@citizen_required
def mediation(request: SignedIn, identifier: UUID) -> HttpResponse:
    """One mediation: its steps, and what can be done now."""
    return _mediation(request, redress.mediation_of(subject_of(request), identifier))


def _mediation(
    request: SignedIn, found: Mediation, form: SettlementForm | None = None, status: int = 200
) -> HttpResponse:  # fmt: skip
    context = {
        "mediation": found,
        "part": found.part,
        "organisation": organisations.by_code().get(found.organisation),
        "steps": list(found.steps.all()),
        "form": form or SettlementForm(),
        "can_propose": found.state in (MediationState.UNDER_WAY, MediationState.PROPOSED),
        "can_agree": found.state == MediationState.PROPOSED and found.proposed_by_agency,
        "is_open": found.ended_at is None,
    }
    return render(request, "rights/redress/mediation.html", context, status=status)


@open_to_representatives("file")
@require_POST
@citizen_required
def mediation_step(request: SignedIn, identifier: UUID) -> HttpResponseBase:
    """Propose a settlement, agree to the agency's, or end it."""
    found, at = redress.mediation_of(subject_of(request), identifier), timezone.now()
    step, form = request.POST.get("step", ""), SettlementForm(request.POST)
    if step == "propose" and not form.is_valid():
        return _mediation(request, found, form, 422)
    acts: dict[str, Callable[[], Mediation]] = {
        "propose": lambda: mediating.propose_settlement(
            found, text=form.cleaned_data["text"], actor=current(), at=at
        ),
        "agree": lambda: mediating.agree_settlement(found, actor=current(), at=at),
        "end": lambda: mediating.end_mediation(found, text="", actor=current(), at=at),
    }  # fmt: skip
    if step in acts:
        _done(request, acts[step], _("Done. The agency is told."))
    return redirect("rights:mediation", identifier)


# ------------------------------------------------------------------ alike everywhere
def _asked(
    request: SignedIn,
    make: Callable[..., Any],
    act: Callable[[Any], HttpResponseBase],
    template: str,
    context: dict[str, Any],
) -> HttpResponseBase:
    """A page with one form: shown, refused at the field, or done."""
    form: forms.Form = make(request.POST) if request.method == "POST" else make()
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                return act(form)
            except Refusal as refusal:
                form.add_error(refusal.field if refusal.field in form.fields else None, str(refusal.message))
                page = render(request, template, {**context, "form": form}, status=refusal.status)
                return limits.told_when(page, refusal)
    return render(request, template, {**context, "form": form}, status=status)


def _done(request: SignedIn, act: Callable[[], Any], words: str) -> None:
    try:
        act()
    except Refusal as refusal:
        messages.error(request, str(refusal.message))
    else:
        messages.success(request, words)
