from django.urls import path

from rights import api, views

app_name = "rights"
urlpatterns = [
    path("requests/", views.index, name="index"),
    path("requests/new/", views.new, name="new"),
    path("requests/<uuid:identifier>/", views.request_page, name="request"),
    path("requests/<uuid:identifier>/withdraw/", views.withdraw, name="withdraw"),
    path("requests/<uuid:identifier>/package/", views.package, name="package"),
    path("requests/parts/<uuid:identifier>/answer/", views.answer, name="answer"),
    path("requests/files/<uuid:identifier>/", views.file, name="file"),
]
api_urlpatterns = [
    path("rights/parts", api.Parts.as_view(), name="parts"),
    path("rights/parts/<uuid:identifier>", api.OnePart.as_view(), name="part"),
    path("rights/parts/<uuid:identifier>/acknowledge", api.Acknowledge.as_view(), name="acknowledge"),
    path("rights/parts/<uuid:identifier>/ask", api.Ask.as_view(), name="ask"),
    path("rights/parts/<uuid:identifier>/extend", api.Extend.as_view(), name="extend"),
    path("rights/parts/<uuid:identifier>/transfer", api.Transfer.as_view(), name="transfer"),
    path("rights/parts/<uuid:identifier>/reply", api.Reply.as_view(), name="reply"),
    path("rights/parts/<uuid:identifier>/files/<str:name>", api.Files.as_view(), name="file"),
]
