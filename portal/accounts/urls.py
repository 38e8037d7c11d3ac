from allauth.account import views as allauth_accounts
from allauth.socialaccount import views as allauth_providers
from django.urls import include, path
from django.views.decorators.csrf import csrf_exempt
from oauth2_provider.views import TokenView

from portal.accounts import api, oidc, openapi, problems, staff_sign_in, views

app_name = "accounts"
urlpatterns = [
    path("oauth/token", csrf_exempt(TokenView.as_view()), name="token"),
    path(".well-known/jwks.json", views.jwks, name="jwks"),
    path("problems/<slug:code>/", views.problem, name="problem"),
    path("sign-in/confirm/", views.confirm, name="confirm"),
    path("accounts/oidc/<slug:provider_id>/logout/", views.logged_out, name="logged-out"),
]
# Of allauth's pages those that we use, under the names that it knows them by. No page of it makes an account.
library_urlpatterns = [
    path("admin/login/", staff_sign_in.sign_in, name="staff-sign-in"),
    path("accounts/login/", staff_sign_in.from_library, name="account_login"),
    path("accounts/logout/", allauth_accounts.logout, name="account_logout"),
    path("accounts/inactive/", allauth_accounts.account_inactive, name="account_inactive"),
    path("accounts/reauthenticate/", allauth_accounts.reauthenticate, name="account_reauthenticate"),
    path("accounts/2fa/", include("allauth.mfa.urls")),
    path("accounts/3rdparty/login/cancelled/", allauth_providers.login_cancelled, name="socialaccount_login_cancelled"),
    path("accounts/3rdparty/login/error/", allauth_providers.login_error, name="socialaccount_login_error"),
    path("accounts/oidc/<slug:provider_id>/login/", oidc.leave, name="openid_connect_login"),
    path("accounts/oidc/<slug:provider_id>/login/callback/", oidc.come_back, name="openid_connect_callback"),
]
api_urlpatterns = [
    path("openapi.json", views.OpenApiView.as_view(), name="openapi"),
    path("subjects/keys", api.PairwiseKeys.as_view(), name="pairwise-keys"),
    path("docs", views.api_docs, name="api-docs"),
]
unknown_address = problems.unknown_address
schema_of_tokens = openapi.ClientScheme
