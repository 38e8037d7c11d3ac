from django.urls import path

from portal.oversight import consents, views

app_name = "oversight"
urlpatterns = [
    path("oversight/", views.desk, name="desk"),
    path("oversight/consents/", consents.consents, name="consents"),
]
