from django.http import HttpRequest, HttpResponse
from django.urls import path


def home(request: HttpRequest) -> HttpResponse:
    return HttpResponse("…")


app_name = "pages"
urlpatterns = [path("", home, name="home"), path("sign-in/", home, name="sign-in")]
