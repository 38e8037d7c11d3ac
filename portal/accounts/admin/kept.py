"""What somebody keeps in the admin: a page of facts, the steps that are possible now, and what the last one made.

A secret is shown on the page that answers the step which made it, and never again.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, cast

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect
from django.shortcuts import render
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.functional import Promise

from portal.accounts.forms import KeptForm
from portal.accounts.staff_admin import StaffAdmin
from portal.trail.actor import current
from portal.trail.errors import NotFound, Refusal

Text = str | Promise


@dataclass(frozen=True, slots=True)
class Step:
    """One button: its words, the form it needs, what it says afterwards, the action, and when it is possible."""

    button: Text
    done: Text
    act: Callable[..., Any]
    form: type[KeptForm] = KeptForm
    possible: Callable[[Any], bool] = lambda _row: True


class KeptAdmin(StaffAdmin):
    """`steps` by name; `new` where rows are made here. An action that answers with a text made a secret."""

    steps: ClassVar[Mapping[str, Step]] = {}
    new: ClassVar[Step | None] = None
    change_list_template = "accounts/admin/kept_list.html"

    def facts(self, row: Any) -> Sequence[tuple[Text, Any]]:
        """What the page says of a row."""
        return []

    def table(self, row: Any) -> dict[str, Any] | None:
        """A table below the facts: `title`, `heads` and `rows`."""
        return None

    def may_make(self, request: HttpRequest) -> bool:
        return self.new is not None and self.has_view_permission(request)

    # ------------------------------------------------------------------ addresses
    def _name(self, what: str) -> str:
        return f"{self.opts.app_label}_{self.opts.model_name}_{what}"

    def get_urls(self) -> list[URLPattern]:
        guarded = self.admin_site.admin_view
        own = [
            path("new/", guarded(self.make), name=self._name("new")),
            path("<str:identifier>/take/<slug:name>/", guarded(self.take), name=self._name("take")),
        ]
        return [*own, *cast("list[URLPattern]", super().get_urls())]

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        makes = (
            {"new_address": reverse(f"admin:{self._name('new')}"), "new": self.new} if self.may_make(request) else {}
        )
        answer: HttpResponse = super().changelist_view(request, {**(extra_context or {}), **makes})
        return answer

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        return self._page(request, self._row(request, object_id))

    def _row(self, request: HttpRequest, identifier: str) -> Any:
        if not self.has_view_permission(request):
            raise PermissionDenied
        try:
            row = self.get_queryset(request).filter(pk=identifier).first()
        except (ValueError, ValidationError) as error:
            raise NotFound from error
        if row is None:
            raise NotFound
        return row

    # ------------------------------------------------------------------ steps
    def make(self, request: HttpRequest) -> HttpResponse:
        """Ask on GET, make on POST; the answer to the POST shows the new row, and its secret this once."""
        if not self.may_make(request) or self.new is None:
            raise PermissionDenied
        form = self.new.form(request.POST if request.method == "POST" else None)
        if form.is_valid() and (made := self._done(request, self.new, form)):
            row, secret = made if isinstance(made, tuple) else (made, "")
            return self._page(request, self._row(request, str(row.pk)), secret=secret)
        context = {
            **self.admin_site.each_context(request),
            "title": self.new.button,
            "opts": self.opts,
            "form": form,
            "step": self.new,
            "back": reverse(f"admin:{self._name('changelist')}"),
        }
        return render(request, "accounts/admin/new.html", context, status=422 if form.errors else 200)

    def take(self, request: HttpRequest, identifier: str, name: str) -> HttpResponse:
        """Take a step; what is wrong is said at its field and changes nothing."""
        row = self._row(request, identifier)
        if name not in self.steps:
            raise NotFound
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        step = self.steps[name]
        form = step.form(request.POST, prefix=name)
        done = self._done(request, step, form, row) if form.is_valid() else None
        if done is None:
            return self._page(request, row, form=form, open_step=name, status=422)
        if isinstance(done, str):
            return self._page(request, self._row(request, identifier), secret=done)
        return HttpResponseRedirect(reverse(f"admin:{self._name('change')}", args=[row.pk]))

    def _done(self, request: HttpRequest, step: Step, form: KeptForm, *about: Any) -> Any:
        """What the action answered, or True; None where it refused, and the form says why."""
        try:
            done = step.act(*about, **form.answer(), actor=current(), at=timezone.now())
        except Refusal as refusal:
            form.add_error(refusal.field if refusal.field in form.fields else None, str(refusal.message))
            return None
        messages.success(request, str(step.done))
        return True if done is None else done

    def _page(
        self, request: HttpRequest, row: Any, *, form: forms.Form | None = None, open_step: str = "", secret: str = "",
        status: int = 200,
    ) -> HttpResponse:  # fmt: skip
        steps = [
            {
                "button": step.button,
                "form": form if name == open_step else step.form(prefix=name, initial=step.form.of(row)),
                "is_open": name == open_step,
                "address": reverse(f"admin:{self._name('take')}", args=[row.pk, name]),
            }
            for name, step in self.steps.items()
            if step.possible(row) or name == open_step
        ]
        context = {
            **self.admin_site.each_context(request),
            "title": str(row),
            "opts": self.opts,
            "facts": self.facts(row),
            "table": self.table(row),
            "steps": steps,
            "secret": secret,
            "back": reverse(f"admin:{self._name('changelist')}"),
        }
        return render(request, "accounts/admin/kept.html", context, status=status)
