from django.urls import path

from portal.pages import health, preferences, views

app_name = "pages"
urlpatterns = [
    path("", views.index, name="home"),
    path("sign-in/", views.sign_in, name="sign-in"),
    path("sign-out/", views.sign_out, name="sign-out"),
    path("language/", views.set_language, name="set-language"),
    path("settings/", preferences.index, name="settings"),
    path("settings/contact/", preferences.contact, name="contact"),
    path("settings/contact/confirm/", preferences.confirm_contact, name="confirm-contact"),
    path("settings/contact/remove/", preferences.remove_contact, name="remove-contact"),
    path("settings/mail/", preferences.mail_times, name="mail-times"),
    path("settings/devices/", preferences.devices, name="devices"),
    path("settings/devices/end/", preferences.end_session, name="end-session"),
    path("settings/devices/end-others/", preferences.end_other_sessions, name="end-other-sessions"),
    path("settings/copy/", preferences.copy, name="copy"),
    path("settings/close/", preferences.close, name="close"),
    path("help/", views.help_page, name="help"),
    path("verify/", views.verify, name="verify"),
    path("transparency/", views.transparency, name="transparency"),
    path("healthz", health.alive, name="alive"),
    path("readyz", health.ready, name="ready"),
    path("metrics", health.metrics, name="metrics"),
]
