from django.urls import path

from portal.ledger import api, views

app_name = "ledger"
urlpatterns = [
    path("data/", views.data, name="data"),
    path("sharing/", views.sharing, name="sharing"),
    path("transparency/withheld/", views.withheld, name="withheld"),
    path("sharing/export.csv", views.export, name="export"),
    path("sharing/export.json", views.export_json, name="export-json"),
    path("sharing/export.pdf", views.export_pdf, name="export-pdf"),
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
    path("sharing-events/<uuid:identifier>/proof", api.Proof.as_view(), name="proof"),
    path("batches/<uuid:identifier>", api.Batches.as_view(), name="batch"),
]
