from django.urls import path

from portal.oversight.views import consents, desk, holds, public

app_name = "oversight"
urlpatterns = [
    path("oversight/", desk.desk, name="desk"),
    path("oversight/consents/", consents.consents, name="consents"),
    path("oversight/timeliness/", desk.timeliness, name="timeliness"),
    path("transparency/agencies/", public.agencies, name="agencies"),
    path("transparency/agencies.json", public.agencies_json, name="agencies-json"),
    path("transparency/agencies.csv", public.agencies_csv, name="agencies-csv"),
    path("oversight/flagged/", desk.flagged, name="flagged"),
    path("oversight/holds/", holds.holds, name="holds"),
    path("oversight/holds/<uuid:identifier>/lift/", holds.lift, name="lift-hold"),
    path("transparency/coverage/", public.coverage, name="coverage"),
    path("transparency/heads", public.heads_page, name="heads"),
    path("transparency/heads.json", public.heads_json, name="heads-json"),
    path("transparency/heads/consistency.json", public.consistency, name="consistency"),
]
