from django.urls import path

from portal.pages import health, views

app_name = "pages"
urlpatterns = [
    path("", views.index, name="home"),
    path("sign-in/", views.sign_in, name="sign-in"),
    path("sign-out/", views.sign_out, name="sign-out"),
    path("language/", views.set_language, name="set-language"),
    path("settings/", views.preferences, name="settings"),
    path("help/", views.help_page, name="help"),
    path("verify/", views.verify, name="verify"),
    path("transparency/", views.transparency, name="transparency"),
    path("healthz", health.alive, name="alive"),
    path("readyz", health.ready, name="ready"),
    path("metrics", health.metrics, name="metrics"),
]
