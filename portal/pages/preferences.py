"""A citizen's own settings: language, mail, where they are signed in, a copy of everything, and leaving."""

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout
from django.http import HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from portal.accounts import actions as accounts
from portal.accounts import queries as people
from portal.accounts.access import SignedIn, assured, citizen_required, subject_of
from portal.accounts.levels import Level
from portal.inbox import actions as inbox
from portal.inbox import queries as letters
from portal.inbox.models import MailWhen
from portal.pages import closing, copying
from portal.pages.forms import CloseForm, MailForm, MailTimesForm
from portal.pages.labels import TITLES
from portal.trail.actor import current
from portal.trail.errors import Refusal

FORM = ["GET", "HEAD", "POST"]


@never_cache
@require_safe
@citizen_required
def index(request: SignedIn) -> HttpResponse:
    """Everything that the reader can set, as it stands; the mail address masked."""
    at = timezone.now()
    key = subject_of(request)
    context = {
        "languages": settings.LANGUAGES,
        "mail": people.masked_mail(people.mail_of(key)),
        "waits": people.mail_waits(key, at=at),
        "times": letters.mail_times(key),
        "devices": len(people.sessions_of(request.user, current=None, at=at)),
    }
    return render(request, "pages/settings/index.html", context)


# ------------------------------------------------------------------ mail address
@never_cache
@require_http_methods(FORM)
@citizen_required
@assured(Level.SUBSTANTIAL)
def contact(request: SignedIn) -> HttpResponse:
    """The address in full, and a new one, which counts once its link was opened."""
    at, key = timezone.now(), subject_of(request)
    form = MailForm(request.POST if request.method == "POST" else None)
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            mail = form.cleaned_data["mail"]
            try:
                accounts.ask_mail(key, mail, actor=current(), at=at)
            except Refusal as refusal:
                form.add_error("mail", str(refusal.message))
                status = refusal.status
            else:
                told = _("We sent a link to %(mail)s. Open it within 24 hours.")
                messages.success(request, told % {"mail": people.masked_mail(mail)})
                return redirect("pages:settings")
    context = {"form": form, "mail": people.mail_of(key), "waits": people.mail_waits(key, at=at)}
    return render(request, "pages/settings/contact.html", context, status=status)


@never_cache
@require_http_methods(FORM)
@citizen_required
def confirm_contact(request: SignedIn) -> HttpResponse:
    """Where the mailed link leads: one more press, so that no program that merely follows links confirms it."""
    at, key = timezone.now(), subject_of(request)
    if request.method == "POST":
        accounts.confirm_mail(request.POST.get("link", ""), actor=current(), at=at)
        messages.success(request, _("From now on we write to this address."))
        return redirect("pages:settings")
    link = request.GET.get("link", "")
    context = {"link": link, "mail": people.masked_mail(accounts.waiting_mail(link, subject_key=key, at=at))}
    return render(request, "pages/settings/confirm.html", context)


@require_POST
@citizen_required
def remove_contact(request: SignedIn) -> HttpResponse:
    """No mail any more: the reader is told on the site alone."""
    accounts.remove_mail(subject_of(request), actor=current(), at=timezone.now())
    messages.success(request, _("We write no more mail to you. Everything is in your inbox here."))
    return redirect("pages:settings")


# ------------------------------------------------------------------ when mail goes out
@never_cache
@require_http_methods(FORM)
@citizen_required
def mail_times(request: SignedIn) -> HttpResponse:
    """Mail at once or in digests, and quiet hours."""
    key = subject_of(request)
    if request.method != "POST":
        now = letters.mail_times(key)
        initial = {"mail_when": now.mail_when, "quiet_from": now.quiet_from, "quiet_until": now.quiet_until}
        return render(request, "pages/settings/mail.html", {"form": MailTimesForm(initial=initial)})
    form, status = MailTimesForm(request.POST), 422
    if form.is_valid():
        given = form.cleaned_data
        try:
            inbox.set_mail_times(
                key,
                when=MailWhen(given["mail_when"]),
                quiet_from=given["quiet_from"],
                quiet_until=given["quiet_until"],
                actor=current(),
                at=timezone.now(),
            )
        except Refusal as refusal:
            form.add_error(refusal.field if refusal.field in form.fields else None, str(refusal.message))
            status = refusal.status
        else:
            messages.success(request, _("Saved."))
            return redirect("pages:settings")
    return render(request, "pages/settings/mail.html", {"form": form}, status=status)


# ------------------------------------------------------------------ sessions
@never_cache
@require_safe
@citizen_required
def devices(request: SignedIn) -> HttpResponse:
    """Where the reader is signed in."""
    found = people.sessions_of(request.user, current=request.session.session_key, at=timezone.now())
    return render(request, "pages/settings/devices.html", {"devices": found})


@require_POST
@citizen_required
def end_session(request: SignedIn) -> HttpResponse:
    """Sign out of one session; its cookie opens nothing from this moment."""
    accounts.end_session(request.POST.get("session", ""), actor=current(), at=timezone.now())
    messages.success(request, _("That session has ended."))
    return redirect("pages:devices")


@require_POST
@citizen_required
def end_other_sessions(request: SignedIn) -> HttpResponse:
    """Sign out everywhere but here."""
    ended = accounts.end_other_sessions(request.session.session_key, actor=current(), at=timezone.now())
    told = ngettext("%(count)d other session has ended.", "%(count)d other sessions have ended.", ended)
    messages.success(request, told % {"count": ended})
    return redirect("pages:devices")


# ------------------------------------------------------------------ a copy of everything
@never_cache
@require_http_methods(FORM)
@citizen_required
@assured(Level.SUBSTANTIAL)
def copy(request: SignedIn) -> HttpResponseBase:
    """What a copy holds; a press downloads it, written as it is sent."""
    if request.method != "POST":
        titles = [TITLES.get(name, name) for name in settings.PORTAL_EXPORTS]
        return render(request, "pages/settings/copy.html", {"titles": titles})
    at, key = timezone.now(), subject_of(request)
    accounts.note_copy(key, actor=current(), at=at)
    name = f"my-data-rights-{timezone.localdate(at):%Y-%m-%d}.zip"
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "private, no-store"}
    return StreamingHttpResponse(copying.archive(key, at=at), content_type="application/zip", headers=headers)


# ------------------------------------------------------------------ leaving
@never_cache
@require_http_methods(FORM)
@citizen_required
@assured(Level.SUBSTANTIAL)
def close(request: SignedIn) -> HttpResponse:
    """What goes, what stays and why; a press closes the account and signs out everywhere."""
    form, status = CloseForm(request.POST if request.method == "POST" else None), 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            given = form.cleaned_data
            try:
                closing.close(
                    request.user,
                    take_back=given["take_back"],
                    withdraw=given["withdraw"],
                    actor=current(),
                    at=timezone.now(),
                )
            except Refusal as refusal:
                form.add_error(refusal.field if refusal.field in form.fields else None, str(refusal.message))
                status = refusal.status
            else:
                logout(request)
                return render(request, "pages/settings/closed.html")
    standing = closing.Standing.of(subject_of(request))
    context = {"form": form, "standing": standing, "kept": closing.retentions(), "article": closing.article()}
    return render(request, "pages/settings/close.html", context, status=status)
