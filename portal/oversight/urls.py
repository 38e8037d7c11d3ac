from django.urls import path

from portal.oversight import views

app_name = "oversight"
urlpatterns = [path("oversight/", views.desk, name="desk")]
