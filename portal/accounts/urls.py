from django.urls import path
from django.views.decorators.csrf import csrf_exempt
from oauth2_provider.views import TokenView

from portal.accounts import api, openapi, problems, views

app_name = "accounts"
urlpatterns = [
    path("oauth/token", csrf_exempt(TokenView.as_view()), name="token"),
    path(".well-known/jwks.json", views.jwks, name="jwks"),
    path("problems/<slug:code>/", views.problem, name="problem"),
]
api_urlpatterns = [
    path("openapi.json", views.OpenApiView.as_view(), name="openapi"),
    path("subjects/keys", api.PairwiseKeys.as_view(), name="pairwise-keys"),
    path("docs", views.api_docs, name="api-docs"),
]
unknown_address = problems.unknown_address
schema_of_tokens = openapi.ClientScheme
