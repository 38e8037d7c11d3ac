from django.urls import path

from portal.oversight import holds, transparency, views

app_name = "oversight"
urlpatterns = [
    path("oversight/", views.desk, name="desk"),
    path("oversight/timeliness/", views.timeliness, name="timeliness"),
    path("transparency/agencies/", transparency.agencies, name="agencies"),
    path("transparency/agencies.json", transparency.agencies_json, name="agencies-json"),
    path("transparency/agencies.csv", transparency.agencies_csv, name="agencies-csv"),
    path("oversight/flagged/", views.flagged, name="flagged"),
    path("oversight/holds/", holds.holds, name="holds"),
    path("oversight/holds/<uuid:identifier>/lift/", holds.lift, name="lift-hold"),
    path("transparency/coverage/", transparency.coverage, name="coverage"),
    path("transparency/heads", transparency.heads_page, name="heads"),
    path("transparency/heads.json", transparency.heads_json, name="heads-json"),
    path("transparency/heads/consistency.json", transparency.consistency, name="consistency"),
]
