from django.urls import path

from portal.ledger import api, datatracker, live, views

app_name = "ledger"
urlpatterns = [
    path("data/", views.data, name="data"),
    path("data/checks/<uuid:identifier>/", views.check, name="check"),
    path("sharing/", views.sharing, name="sharing"),
    path("settings/sharing/", views.alert_settings, name="alerts"),
    path("transparency/withheld/", views.withheld, name="withheld"),
    path("sharing/export.csv", views.export, name="export"),
    path("sharing/export.json", views.export_json, name="export-json"),
    path("sharing/export.pdf", views.export_pdf, name="export-pdf"),
    path("sharing/live/", live.live, name="live"),
    path("sharing/<uuid:identifier>/", views.event, name="event"),
    path("sharing/<uuid:identifier>/ask/", views.ask, name="ask"),
    path("sharing/<uuid:identifier>/proof.json", views.proof, name="proof"),
]
api_urlpatterns = [
    path("holdings", api.Holdings.as_view(), name="holdings"),
    path("sharing-events", api.SharingEvents.as_view(), name="sharing-events"),
    path("sharing-events/flagged", api.Flagged.as_view(), name="flagged"),
    path("sharing-counts/<str:month>", api.SharingCounts.as_view(), name="sharing-counts"),
    path("sharing-events/<uuid:identifier>/notes", api.Notes.as_view(), name="notes"),
    path("sharing-events/<uuid:identifier>/doubts", api.Doubts.as_view(), name="doubts"),
    path("verifications/<uuid:identifier>", api.Verifications.as_view(), name="verification"),
    path("sharing-events/<uuid:identifier>/proof", api.Proof.as_view(), name="proof"),
    path("batches/<uuid:identifier>", api.Batches.as_view(), name="batch"),
]
datatracker_urlpatterns = [
    path("findUsage", datatracker.FindUsage.as_view(), name="find-usage"),
    path("usagePeriod", datatracker.UsagePeriod.as_view(), name="usage-period"),
    path("heartbeat", datatracker.Heartbeat.as_view(), name="heartbeat"),
]
