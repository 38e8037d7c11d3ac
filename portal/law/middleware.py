"""One reading of the calendar a request, however many deadlines its page shows."""

from collections.abc import Callable

from django.http import HttpRequest
from django.http.response import HttpResponseBase

from portal.law.queries import remembering_calendars


class CalendarMiddleware:
    """Remembers each jurisdiction's days until the answer is made."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        with remembering_calendars():
            return self.get_response(request)
