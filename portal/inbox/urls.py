from django.urls import path

from portal.inbox import views

app_name = "inbox"
urlpatterns = [
    path("inbox/", views.index, name="index"),
    path("inbox/read/", views.all_read, name="all-read"),
    path("mail/stop/", views.stop, name="stop"),
    path("inbox/<uuid:identifier>/", views.letter, name="letter"),
]
