"""What is noted of each request, and in which language it is answered."""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.middleware.gzip import GZipMiddleware
from django.utils import translation
from django.utils.cache import patch_vary_headers
from django.utils.translation.trans_real import parse_accept_lang_header
from django_structlog.middlewares import RequestMiddleware

CHINESE, ENGLISH = "zh-hans", "en"


def preferred(request: HttpRequest) -> str:
    """The first of Chinese and English in Accept-Language; Chinese when neither is named."""
    for code, _weight in parse_accept_lang_header(request.headers.get("Accept-Language", "")):
        if code.startswith("zh"):
            return CHINESE
        if code.startswith("en"):
            return ENGLISH
    return CHINESE


# Nothing of the device is asked for: refused to every page and frame. (Passkeys are left on: staff signs in by them.)
SWITCHED_OFF = (
    "accelerometer", "autoplay", "browsing-topics", "camera", "compute-pressure", "display-capture",
    "encrypted-media", "fullscreen", "gamepad", "geolocation", "gyroscope", "hid", "idle-detection", "local-fonts",
    "magnetometer", "microphone", "midi", "payment", "picture-in-picture", "screen-wake-lock", "serial",
    "storage-access", "usb", "window-management", "xr-spatial-tracking",
)  # fmt: skip
HEADERS = {
    "Permissions-Policy": ", ".join(f"{feature}=()" for feature in SWITCHED_OFF),
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Permitted-Cross-Domain-Policies": "none",
}


TEXTS = (
    "text/", "application/json", "application/problem+json", "application/ld+json", "application/xml", "image/svg+xml",
)  # fmt: skip


class HeadersMiddleware:
    """What every answer says to browsers and caches besides what Django and django-csp say.

    No answer may be kept, unless its view says that it is the same for everybody (`Cache-Control: public`): a page
    that greets its reader by name is theirs alone, whatever it is about.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        for name, value in HEADERS.items():
            response.headers.setdefault(name, value)
        if "public" not in response.headers.get("Cache-Control", ""):
            response.headers["Cache-Control"] = "private, no-store"
        return response


class CompressionMiddleware(GZipMiddleware):
    """Texts go compressed over the wire; what is packed already (packages, PDF) goes as it is.

    Compression and secrets in one page would let a listener guess at them (BREACH): Django masks its CSRF token anew in
    each answer, and its compressor adds bytes at random.
    """

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        if not response.headers.get("Content-Type", "").startswith(TEXTS):
            return response
        compressed: HttpResponseBase = super().process_response(request, response)
        return compressed


class LogMiddleware(RequestMiddleware):
    """Logs the start and end of each request, without its query."""

    @staticmethod
    def format_request(request: HttpRequest) -> str:
        return f"{request.method} {request.path}"


class LanguageMiddleware:
    """What its reader chose, then what their browser prefers, then Chinese.

    The choice stands in a cookie (set by portal.pages.views.set_language, and at sign-in by the user's own).
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        chosen = request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME, "")
        language = chosen if chosen in dict(settings.LANGUAGES) else preferred(request)
        with translation.override(language):
            request.LANGUAGE_CODE = language
            response = self.get_response(request)
            response.headers.setdefault("Content-Language", language)
        patch_vary_headers(response, ("Accept-Language", "Cookie"))
        return response
