"""The one way out: whatever the portal asks of another machine by HTTP goes through here, whoever chose the address.

An address is resolved and judged (portal.outbox.addresses), and what was judged is what is connected to. Redirects are
not followed, and proxies that the environment names are not used: both would lead past the judgement.
"""

import ssl
import time
from collections.abc import Mapping
from functools import cache
from typing import Any, Final, TypeAlias

import httpx
import requests
from requests.adapters import HTTPAdapter

from portal.outbox import addresses
from portal.outbox.errors import AddressRefused

TIMEOUT: Final = httpx.Timeout(10, connect=5)
Answer: TypeAlias = httpx.Response
SessionAnswer: TypeAlias = requests.Response
SessionFailure: TypeAlias = requests.RequestException
FAILURES: Final = (httpx.HTTPError, httpx.InvalidURL, AddressRefused)  # what `post` may raise


def post(url: str, content: bytes, headers: Mapping[str, str]) -> Answer:
    """POST `content`; redirects are answers like any other. Raises one of FAILURES."""
    where = addresses.target(url)
    with httpx.Client(timeout=TIMEOUT, follow_redirects=False, trust_env=False) as client:
        request = client.build_request(
            "POST",
            where.url,
            content=content,
            headers={**headers, "host": where.host},
            extensions={"sni_hostname": where.name},
        )
        return client.send(request)


class AnsweredBadly(httpx.HTTPError):
    """An answer that is no success, or larger than it may be."""


@cache
def _trusted() -> ssl.SSLContext:
    """The certificates that are trusted, read once: reading them costs more than a call may."""
    return httpx.create_ssl_context(trust_env=False)


def get(url: str, headers: Mapping[str, str], *, until: float, most: int) -> bytes:
    """The body of a successful GET, at most `most` bytes of it, all of it before the monotonic clock says `until`.

    Raises one of FAILURES, or TimeoutError. The query may carry a person's number: it is never logged here.
    """
    where = addresses.target(url)
    left = max(0.01, until - time.monotonic())
    body = bytearray()
    try:
        with httpx.Client(timeout=left, verify=_trusted(), follow_redirects=False, trust_env=False) as client:
            sent = {**headers, "host": where.host}
            with client.stream("GET", where.url, headers=sent, extensions={"sni_hostname": where.name}) as answer:
                if answer.status_code != httpx.codes.OK:
                    raise AnsweredBadly(f"status {answer.status_code}")
                for chunk in answer.iter_bytes():
                    body += chunk
                    if len(body) > most:
                        raise AnsweredBadly("too large")
                    if time.monotonic() > until:
                        raise TimeoutError
    except httpx.TimeoutException as error:
        raise TimeoutError from error
    return bytes(body)


class Session(requests.Session):
    """The same for libraries that speak `requests`; they meet its own errors, as they expect."""

    def __init__(self) -> None:
        super().__init__()
        self.trust_env = False
        self.max_redirects = 0
        for scheme in ("https://", "http://"):
            self.mount(scheme, _Judged())

    def request(self, *args: Any, **kwargs: Any) -> SessionAnswer:
        return super().request(*args, **{"timeout": (TIMEOUT.connect, TIMEOUT.read), **kwargs})


class _Judged(HTTPAdapter):
    """Connects to the address that was judged, under the name that was asked for."""

    def send(self, request: requests.PreparedRequest, *args: Any, **kwargs: Any) -> SessionAnswer:
        try:
            where = addresses.target(request.url or "")
        except AddressRefused as error:
            raise requests.exceptions.InvalidURL("not open to the portal", request=request) from error
        request.url, request.headers["Host"] = where.url, where.host
        request.name_of_host = where.name  # type: ignore[attr-defined]  # read below
        return super().send(request, *args, **kwargs)

    def build_connection_pool_key_attributes(
        self, request: requests.PreparedRequest, verify: Any, cert: Any = None
    ) -> tuple[Any, Any]:
        host, options = super().build_connection_pool_key_attributes(request, verify, cert)
        if host["scheme"] == "https":
            name = request.name_of_host  # type: ignore[attr-defined]  # set above
            options = {**options, "server_hostname": name, "assert_hostname": name}
        return host, options
