from django.urls import path

from rights import api, redress_pages, regulator
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
    path("appeals/", redress_pages.index, name="appeals"),
    path("appeals/outcomes/", redress_pages.outcomes, name="outcomes"),
    path("appeals/help/", redress_pages.helpers, name="helpers"),
    path("appeals/parts/<uuid:identifier>/", redress_pages.appeal_new, name="appeal-new"),
    path("appeals/parts/<uuid:identifier>/mediation/", redress_pages.mediation_new, name="mediation-new"),
    path("appeals/complaints/new/", redress_pages.complaint_new, name="complaint-new"),
    path("appeals/complaints/<uuid:identifier>/", redress_pages.complaint, name="complaint"),
    path("appeals/complaints/<uuid:identifier>/withdraw/", redress_pages.complaint_withdraw, name="complaint-withdraw"),
    path("appeals/mediations/<uuid:identifier>/", redress_pages.mediation, name="mediation"),
    path("appeals/mediations/<uuid:identifier>/step/", redress_pages.mediation_step, name="mediation-step"),
    path("appeals/<uuid:identifier>/", redress_pages.appeal, name="appeal"),
    path("appeals/<uuid:identifier>/withdraw/", redress_pages.appeal_withdraw, name="appeal-withdraw"),
    path("oversight/cases/", regulator.cases, name="cases"),
    path("oversight/appeals/<uuid:identifier>/", regulator.appeal, name="regulator-appeal"),
    path("oversight/appeals/<uuid:identifier>/take/", regulator.appeal_take, name="regulator-appeal-take"),
    path("oversight/complaints/<uuid:identifier>/", regulator.complaint, name="regulator-complaint"),
    path("oversight/complaints/<uuid:identifier>/take/", regulator.complaint_take, name="regulator-complaint-take"),
]
api_urlpatterns = [
    path("rights/receiver", api.Receiver.as_view(), name="receiver"),
    path("rights/transfers", api.Transfers.as_view(), name="transfers"),
    path("rights/transfers/<uuid:identifier>", api.OneTransfer.as_view(), name="transfer"),
    path("rights/transfers/<uuid:identifier>/receipt", api.Receipt.as_view(), name="receipt"),
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
