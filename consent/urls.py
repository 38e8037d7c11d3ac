from django.urls import path

from consent import api, cohort_api, link_api, link_views, views

app_name = "consent"
urlpatterns = [
    path("consents/", views.index, name="index"),
    path("consents/links/<str:token>/", link_views.link, name="link"),
    path("consents/links/<str:token>/back/", link_views.go_back, name="link-back"),
    path("consents/<uuid:identifier>/", views.consent, name="consent"),
    path("consents/<uuid:identifier>/give/", views.give, name="give"),
    path("consents/<uuid:identifier>/refuse/", views.refuse, name="refuse"),
    path("consents/<uuid:identifier>/withdraw/", views.withdraw, name="withdraw"),
    path("consents/<uuid:identifier>/pause/", views.pause, name="pause"),
    path("consents/<uuid:identifier>/resume/", views.resume, name="resume"),
    path("consents/<uuid:identifier>/receipt/", views.receipt, name="receipt"),
]
api_urlpatterns = [
    path("consents/requests", api.Requests.as_view(), name="requests"),
    path("consents/requests/<uuid:identifier>", api.RequestState.as_view(), name="request"),
    path("consents/links", link_api.Links.as_view(), name="links"),
    path("consents/changes/<uuid:identifier>/acknowledge", link_api.Acknowledge.as_view(), name="acknowledge"),
    path("consents/decisions", api.Decisions.as_view(), name="decisions"),
    path("consents/decisions/cohort", cohort_api.Cohort.as_view(), name="cohort"),
    path("consents/changes", api.Changes.as_view(), name="changes"),
]
