from django.urls import path

from portal.representation import views

app_name = "representation"
urlpatterns = [
    path("", views.index, name="index"),
    path("ask/", views.ask, name="ask"),
    path("grant/", views.grant, name="grant"),
    path("arrangement/", views.arrangement, name="arrangement"),
    path("stop/", views.stop, name="stop"),
    path("assist/", views.assist, name="assist"),
    path("assist/<uuid:identifier>/", views.code, name="code"),
    path("<uuid:identifier>/", views.one, name="one"),
    path("<uuid:identifier>/act/", views.act, name="act"),
    path("<uuid:identifier>/accept/", views.accept, name="accept"),
    path("<uuid:identifier>/refuse/", views.refuse, name="refuse"),
    path("<uuid:identifier>/end/", views.end, name="end"),
    path("<uuid:identifier>/documents/", views.hand_in, name="hand-in"),
]
