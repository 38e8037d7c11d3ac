"""A department's side of the API: token, retries, idempotency keys. Nothing here knows the portal's code."""

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import NAMESPACE_URL, uuid5

import httpx
import structlog

log = structlog.get_logger(__name__)

AWAY: Final = frozenset({429, 502, 503, 504})
EARLY: Final = 30.0  # seconds before its end at which a token is no longer used
LONGEST_WAIT: Final = 30.0


class Refused(Exception):
    """The portal will not have it: its problem details, and nothing to be gained by trying again."""

    def __init__(self, answer: httpx.Response) -> None:
        self.status = answer.status_code
        try:
            self.problem: dict[str, Any] = answer.json()
        except ValueError:
            self.problem = {"detail": answer.text[:200]}
        super().__init__(f"{self.status} {self.problem.get('type', '')} {self.problem.get('detail', '')}")


class GaveUp(Exception):
    """The portal was away for longer than this client is patient."""


@dataclass
class PortalClient:
    """Calls the portal in the name of one departmental system. `patience` is in seconds; None: for ever."""

    site: str
    client_id: str
    client_secret: str
    patience: float | None = None
    sleep: Callable[[float], Any] = time.sleep
    http: httpx.Client = field(default_factory=lambda: httpx.Client(timeout=20, trust_env=False))
    _token: str = ""
    _good_until: float = 0.0

    def call(self, method: str, path: str, *, key: str = "", **how: Any) -> httpx.Response:
        """One call, repeated while the portal is away; a POST with `key` is done once however often it is sent.

        Raises Refused for an answer that says no, GaveUp when patience ends.
        """
        extra: Mapping[str, str] = how.pop("headers", {})
        renewed = False
        while True:
            headers = {**extra, "authorization": f"Bearer {self.token()}", "accept": "application/json"}
            if key:
                headers["idempotency-key"] = str(uuid5(NAMESPACE_URL, f"{self.client_id}/{key}"))
            answer = self._send(method, f"{self.site}/api/v1{path}", headers=headers, **how)
            if answer.status_code == httpx.codes.UNAUTHORIZED and not renewed:
                self._token, renewed = "", True  # the token ended early, or the portal was restored
                continue
            if answer.is_success:
                return answer
            raise Refused(answer)

    def pages(self, path: str, **query: str) -> Iterator[dict[str, Any]]:
        """The results of a list, page after page."""
        answer = self.call("GET", path, params=query).json()
        while True:
            yield from answer["results"]
            if not answer["next"]:
                return
            answer = self.call("GET", path, params=dict(httpx.URL(answer["next"]).params)).json()

    def token(self) -> str:
        """A token that is good for a while yet (OAuth 2 client credentials, client_secret_basic)."""
        if not self._token or time.monotonic() > self._good_until:
            answer = self._send(
                "POST",
                f"{self.site}/oauth/token",
                data={"grant_type": "client_credentials"},
                auth=(self.client_id, self.client_secret),
            )
            if not answer.is_success:
                raise Refused(answer)
            self._token = answer.json()["access_token"]
            self._good_until = time.monotonic() + answer.json()["expires_in"] - EARLY
        return self._token

    def _send(self, method: str, url: str, **how: Any) -> httpx.Response:
        started, wait = time.monotonic(), 0.2
        while True:
            try:
                answer = self.http.request(method, url, **how)
            except httpx.TransportError as error:
                reason, asked = type(error).__name__, ""
            else:
                if answer.status_code not in AWAY:
                    return answer
                reason, asked = str(answer.status_code), answer.headers.get("retry-after", "")
            if self.patience is not None and time.monotonic() - started > self.patience:
                raise GaveUp(f"{method} {url}: {reason}")
            log.warning("department.portal_away", reason=reason)
            self.sleep(min(float(asked) if asked.isdigit() else wait, LONGEST_WAIT))
            wait = min(wait * 2, LONGEST_WAIT)
