"""Where staff comes in: a password and then a second factor, or their agency's own identity provider."""

from typing import Any

from allauth.account.utils import perform_login
from django.conf import settings
from django.contrib import admin
from django.contrib.admin.forms import AdminAuthenticationForm
from django.contrib.auth import logout
from django.contrib.auth.forms import AuthenticationForm
from django.contrib.auth.views import LoginView
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_protect
from django.views.decorators.debug import sensitive_post_parameters

from portal.accounts.providers import Audience


class StaffLogin(LoginView):
    """The admin's page; what a right password opens is allauth's to say (portal.accounts.second_factor)."""

    template_name = "accounts/staff_sign_in.html"
    next_page = "admin:index"

    def get_form_class(self) -> type[AuthenticationForm]:
        return admin.site.login_form or AdminAuthenticationForm

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        own = {
            "title": _("Sign in"),
            "subtitle": None,
            "app_path": self.request.get_full_path(),
            "username": self.request.user.get_username(),
            "providers": [one for one in settings.PORTAL_IDENTITY_PROVIDERS if one.audience == Audience.STAFF],
        }
        return super().get_context_data(**{**admin.site.each_context(self.request), **own, **kwargs})

    def form_valid(self, form: AuthenticationForm) -> HttpResponse:
        if self.request.user.is_authenticated:
            logout(self.request)  # whoever was here; allauth's next page would take them for this one
        answer: HttpResponse = perform_login(self.request, form.get_user(), redirect_url=self.get_success_url())
        return answer


@never_cache
@csrf_protect
@sensitive_post_parameters()
def sign_in(request: HttpRequest) -> HttpResponseBase:
    """`/admin/login/`, in place of the admin's own."""
    if request.method == "GET" and admin.site.has_permission(request):
        return redirect("admin:index")
    request.current_app = admin.site.name  # what the admin's templates read
    return StaffLogin.as_view()(request)


def from_library(request: HttpRequest) -> HttpResponse:
    """Where allauth sends somebody of the staff who must sign in."""
    return redirect("admin:login")
