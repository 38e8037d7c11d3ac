"""Buttons that lead to a page with what is decided on, and from there to an action."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar, cast

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from unfold.dataclasses import UnfoldAction
from unfold.decorators import action

from portal.accounts.models import UserKind
from portal.accounts.staff_admin import StaffAdmin
from portal.catalogue.changes import Change
from portal.trail.actor import current
from portal.trail.errors import Refusal

B = TypeVar("B", bound=Callable[..., HttpResponse])
READERS = (UserKind.CLERK, UserKind.AUTHORITY, UserKind.REGULATOR)


def button(description: Promise, path: str) -> Callable[[B], B]:
    """unfold's decorator for a button above a row, with a type."""
    return cast("Callable[[B], B]", action(description=description, url_path=path))


@dataclass(frozen=True, slots=True)
class Deed:
    """One button: what it asks, the form it needs, and the action behind it."""

    question: str | Promise
    button: str | Promise
    done: str | Promise
    act: Callable[..., Any]
    form: type[forms.Form]


class DecidingAdmin(StaffAdmin):
    """Buttons that lead to a page with what is decided on, and from there to an action."""

    kinds = READERS

    def possible(self, row: Any) -> set[str]:
        """The names of the buttons that this actor can use on this row now."""
        return set()

    def shown(self, row: Any) -> list[Change]:
        """What the decision is about."""
        return []

    def get_actions_detail(self, request: HttpRequest, object_id: Any) -> list[UnfoldAction]:
        row = self.get_object(request, str(object_id))
        names = self.possible(row) if row else set()
        buttons: list[UnfoldAction] = super().get_actions_detail(request, object_id)
        return [button for button in buttons if button.path in names]

    def decide(self, request: HttpRequest, object_id: str, deed: Deed, name: str) -> HttpResponse:
        """Ask on GET, act on POST; a refusal is shown where it belongs and changes nothing."""
        row = self.get_object(request, object_id)
        if row is None:
            raise Http404
        back = reverse(f"admin:catalogue_{self.opts.model_name}_change", args=[row.pk])
        if name not in self.possible(row):
            messages.error(request, _("This step is not possible now."))
            return HttpResponseRedirect(back)
        form = deed.form(request.POST if request.method == "POST" else None)
        if form.is_valid():
            try:
                deed.act(row, **form.cleaned_data, actor=current(), at=timezone.now())
            except Refusal as refusal:
                form.add_error(refusal.field if refusal.field in form.fields else None, str(refusal))
            else:
                messages.success(request, str(deed.done))
                return HttpResponseRedirect(back)
        context = {
            **self.admin_site.each_context(request),
            "title": deed.question,
            "opts": self.opts,
            "row": row,
            "form": form,
            "deed": deed,
            "changes": self.shown(row),
            "back": back,
        }
        return render(request, "catalogue/admin/decide.html", context, status=400 if form.errors else 200)


def side_by_side(rows: list[Change]) -> SafeString:
    """A table of what stands and what is proposed; "" where nothing is proposed."""
    if not rows:
        return SafeString("")
    body = format_html_join(
        "",
        '<tr class="border-t border-base-200"><th class="p-3 align-top text-left" scope="row">{}</th>'
        '<td class="p-3 align-top">{}</td><td class="p-3 align-top">{}</td></tr>',
        ((row.label, _stacked(row.before), _stacked(row.after)) for row in rows),
    )
    return format_html(
        '<table class="w-full"><thead class="text-left"><tr><th class="p-3" scope="col">{}</th>'
        '<th class="p-3" scope="col">{}</th><th class="p-3" scope="col">{}</th></tr></thead>'
        "<tbody>{}</tbody></table>",
        _("field"), _("what stands"), _("what is proposed"), body,
    )  # fmt: skip


def _stacked(lines: Any) -> SafeString:
    return format_html_join(SafeString("<br>"), "{}", ((line,) for line in lines))
