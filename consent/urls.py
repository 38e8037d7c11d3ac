from django.urls import path

from consent import api
from consent.views import pages, purposes, receipts, withdrawing

app_name = "consent"
urlpatterns = [
    path("purposes/", purposes.index, name="purposes"),
    path("purposes/<slug:code>/", purposes.purpose, name="purpose"),
    path("consents/", pages.index, name="index"),
    path("consents/stop/", withdrawing.together, name="stop"),
    path("consents/stop/mail/", withdrawing.by_mail, name="stop-by-mail"),
    path("consents/shown/<uuid:identifier>/", pages.shown, name="shown"),
    path("consents/receipts/<uuid:identifier>/", receipts.page, name="receipt-page"),
    path("consents/receipts/<uuid:identifier>/receipt.jws", receipts.signed, name="receipt-jws"),
    path("consents/receipts/<uuid:identifier>/receipt.json", receipts.kantara, name="receipt-json"),
    path("consents/receipts/<uuid:identifier>/receipt.jsonld", receipts.linked, name="receipt-jsonld"),
    path("consents/receipts/<uuid:identifier>/receipt.pdf", receipts.paper, name="receipt-pdf"),
    path("consents/<uuid:identifier>/", pages.consent, name="consent"),
    path("consents/<uuid:identifier>/give/", pages.give, name="give"),
    path("consents/<uuid:identifier>/refuse/", pages.refuse, name="refuse"),
    path("consents/<uuid:identifier>/withdraw/", withdrawing.withdraw, name="withdraw"),
    path("consents/<uuid:identifier>/pause/", pages.pause, name="pause"),
    path("consents/<uuid:identifier>/resume/", pages.resume, name="resume"),
    path("consents/<uuid:identifier>/shorten/", pages.shorten, name="shorten"),
    path("consents/<uuid:identifier>/extend/", pages.extend, name="extend"),
    path("consents/<uuid:identifier>/receipt/", receipts.receipt, name="receipt"),
]
api_urlpatterns = [
    path("consents/requests", api.Requests.as_view(), name="requests"),
    path("consents/requests/<uuid:identifier>", api.RequestState.as_view(), name="request"),
    path("consents/decisions", api.Decisions.as_view(), name="decisions"),
    path("consents/changes", api.Changes.as_view(), name="changes"),
]
