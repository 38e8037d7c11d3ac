"""Addresses of the catalogue: public pages, and the departments' calls."""

from django.urls import path

from portal.catalogue import api, views

app_name = "catalogue"
urlpatterns = [
    path("", views.index, name="index"),
    path("agencies/<str:code>/", views.agency, name="agency"),
    path("<str:code>/", views.dataset, name="dataset"),
    path("<str:code>/versions/", views.versions, name="versions"),
]
file_urlpatterns = [
    path("catalogue.ttl", views.turtle, name="turtle"),
    path("catalogue.jsonld", views.json_ld, name="json"),
]
api_urlpatterns = [
    path("catalogue/datasets/<str:code>", api.DatasetView.as_view(), name="dataset"),
]
