from django.urls import path

from portal.oversight import views

app_name = "oversight"
urlpatterns = [
    path("oversight/", views.desk, name="desk"),
    path("oversight/timeliness/", views.timeliness, name="timeliness"),
    path("transparency/agencies/", views.agencies, name="agencies"),
    path("transparency/agencies.json", views.agencies_json, name="agencies-json"),
    path("transparency/agencies.csv", views.agencies_csv, name="agencies-csv"),
]
