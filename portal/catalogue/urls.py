"""Addresses of the catalogue: public pages, and the departments' calls."""

from django.urls import path

from portal.catalogue import views

app_name = "catalogue"
urlpatterns = [
    path("", views.index, name="index"),
    path("agencies/<str:code>/", views.agency, name="agency"),
    path("<str:code>/", views.dataset, name="dataset"),
]
