"""Every address of the site: each app brings its own."""

from django.contrib import admin
from django.urls import include, path, re_path

from consent import urls as consent
from portal.accounts import urls as accounts
from portal.catalogue import urls as catalogue
from portal.ledger import urls as ledger
from portal.pages import views as pages
from rights import urls as rights

API = "api/v1/"

urlpatterns = [
    path("", include("portal.pages.urls")),
    path("", include("portal.accounts.urls")),
    path("", include(accounts.library_urlpatterns)),
    path("", include("portal.ledger.urls")),
    path("", include("portal.inbox.urls")),
    path("representation/", include("portal.representation.urls")),
    path("", include("consent.urls")),
    path("", include("rights.urls")),
    path("", include("portal.oversight.urls")),
    path("catalogue/", include("portal.catalogue.urls")),
    path("", include((catalogue.file_urlpatterns, "catalogue_files"))),
    path("admin/r/<path:rest>", pages.no_such_page),  # "view on site", which fails on identifiers that are no UUID
    path("admin/", admin.site.urls),
    path("i18n/", include("django.conf.urls.i18n")),  # the admin's switch of language
    path(API, include((accounts.api_urlpatterns, "accounts_api"))),
    path(API, include((catalogue.api_urlpatterns, "catalogue_api"))),
    path(API, include((ledger.api_urlpatterns, "ledger_api"))),
    path(API, include((consent.api_urlpatterns, "consent_api"))),
    path(API, include((rights.api_urlpatterns, "rights_api"))),
    path("datatracker/v2/", include((ledger.datatracker_urlpatterns, "datatracker"))),
    re_path(r"^api/(?P<rest>.*)$", accounts.unknown_address),
]

handler400 = "portal.pages.views.bad_request"
handler403 = "portal.pages.views.forbidden"
handler404 = "portal.pages.views.not_found"
handler500 = "portal.pages.views.failed"
