from django.urls import path

from rights import api, moving_api
from rights.views import filing, requests

app_name = "rights"
urlpatterns = [
    path("requests/", requests.index, name="index"),
    path("requests/new/", filing.new, name="new"),
    path("requests/<uuid:identifier>/", requests.request_page, name="request"),
    path("requests/<uuid:identifier>/ask/<slug:name>/", filing.question, name="question"),
    path("requests/<uuid:identifier>/check/", filing.check, name="check"),
    path("requests/<uuid:identifier>/discard/", filing.discard, name="discard"),
    path("requests/<uuid:identifier>/confirmation/", filing.confirmation, name="confirmation"),
    path("requests/<uuid:identifier>/withdraw/", requests.withdraw, name="withdraw"),
    path("requests/<uuid:identifier>/package/", requests.package, name="package"),
    path("requests/<uuid:identifier>/package/ask/", requests.ask_package, name="ask-package"),
    path("requests/parts/<uuid:identifier>/answer/", requests.answer, name="answer"),
    path("requests/files/<uuid:identifier>/", requests.file, name="file"),
    path("requests/evidence/<uuid:identifier>/", filing.evidence, name="evidence"),
]
api_urlpatterns = [
    path("rights/receiver", moving_api.Receiver.as_view(), name="receiver"),
    path("rights/transfers", moving_api.Transfers.as_view(), name="transfers"),
    path("rights/transfers/<uuid:identifier>", moving_api.OneTransfer.as_view(), name="transfer"),
    path("rights/transfers/<uuid:identifier>/receipt", moving_api.Receipt.as_view(), name="receipt"),
    path("rights/parts", api.Parts.as_view(), name="parts"),
    path("rights/parts/<uuid:identifier>", api.OnePart.as_view(), name="part"),
    path("rights/parts/<uuid:identifier>/acknowledge", api.Acknowledge.as_view(), name="acknowledge"),
    path("rights/parts/<uuid:identifier>/ask", api.Ask.as_view(), name="ask"),
    path("rights/parts/<uuid:identifier>/extend", api.Extend.as_view(), name="extend"),
    path("rights/parts/<uuid:identifier>/transfer", api.Transfer.as_view(), name="transfer"),
    path("rights/parts/<uuid:identifier>/reply", api.Reply.as_view(), name="reply"),
    path("rights/parts/<uuid:identifier>/evidence/<uuid:evidence>", api.EvidenceFile.as_view(), name="evidence"),
    path("rights/parts/<uuid:identifier>/files/<str:name>", api.Files.as_view(), name="file"),
]
