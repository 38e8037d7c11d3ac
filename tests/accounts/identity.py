"""Identity providers for tests: a certified one (npm oidc-provider) in node, and one that says what a test wants."""

import json
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from queue import Queue
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx
from django.http import HttpResponse
from django.test import Client
from joserfc import jwt
from joserfc.jwk import ECKey, KeySet
from lxml import html

from portal.accounts.providers import Provider

HERE = Path(__file__).parent
CERTIFIED, LIAR, SITE = "certified", "liar", "http://testserver"
CLIENT, SECRET = "site", "a secret of forty characters, for tests.."
LEVELS = {"urn:test:password": "base", "urn:test:face": "substantial"}


def provider(issuer: str, identifier: str, **more: Any) -> Provider:
    """How the site knows a provider of the tests."""
    name = {"zh": identifier, "en": identifier.title()}
    return Provider(id=identifier, name=name, issuer=issuer, client_id=CLIENT, client_secret=SECRET, **more)


def left(browser: Client, identifier: str, *, after: str = "/help/", level: str = "") -> str:
    """Where the site sends somebody who presses a provider's button."""
    query = {"next": after, **({"level": level} if level else {})}
    answer = browser.post(f"/accounts/oidc/{identifier}/login/?{urlencode(query)}")
    assert answer.status_code == 302, answer.content.decode()
    return answer.headers["Location"]


def returned(browser: Client, address: str) -> HttpResponse:
    """Back at the site, at the address that the provider sent the browser to."""
    parts = urlsplit(address)
    assert address.startswith(SITE), address
    query = {name: values[0] for name, values in parse_qs(parts.query).items()}
    return browser.get(parts.path, query)  # type: ignore[return-value]  # django-stubs: the test client's own kind


# ------------------------------------------------------------------ certified
@dataclass
class Certified:
    """The certified provider; `logouts` gets the logout tokens that it sends."""

    issuer: str
    logouts: "Queue[str]"

    def visitor(self) -> httpx.Client:
        """A browser at the provider, with cookies of its own."""
        return httpx.Client(trust_env=False, timeout=20)

    def vouches(self, visitor: httpx.Client, address: str, sub: str, **said: Any) -> str:
        """Where the provider sends `visitor` back to; asked who they are, they say `sub`, `acr` and `ago`."""
        answer = visitor.get(address)
        while not (target := str(answer.headers.get("Location", ""))).startswith(SITE):
            assert answer.is_redirect, answer.text
            following = answer.url.join(target)
            is_question = following.path.startswith("/interaction/")
            answer = visitor.post(following, data={"sub": sub, **said}) if is_question else visitor.get(following)
        return target

    def ends(self, visitor: httpx.Client) -> str:
        """Sign `visitor` out at the provider; the logout token that it sends to the site."""
        page = visitor.get(f"{self.issuer}/session/end")
        (form,) = html.document_fromstring(page.text).forms
        answer = visitor.post(str(form.action), data={**dict(form.form_values()), "logout": "yes"})
        assert answer.status_code < 400, answer.text
        return self.logouts.get(timeout=30)

    def takes_a_new_key(self) -> None:
        httpx.post(f"{self.issuer}/rotate", trust_env=False).raise_for_status()


@contextmanager
def certified(people: dict[str, dict[str, Any]]) -> Iterator[Certified]:
    """The provider, running, with `people` and their claims."""
    tokens: Queue[str] = Queue()

    class Listener(Quiet):
        def do_POST(self) -> None:
            tokens.put(parse_qs(self.body())["logout_token"][0])
            self.say(200, {})

    with _serving(Listener) as listens:
        client = {
            "client_id": CLIENT,
            "client_secret": SECRET,
            "redirect_uris": [f"{SITE}/accounts/oidc/{CERTIFIED}/login/callback/"],
            "token_endpoint_auth_method": "client_secret_post",
            "grant_types": ["authorization_code"],
            "response_types": ["code"],
            "backchannel_logout_uri": listens,
            "backchannel_logout_session_required": True,
        }
        command = [str(Path(sys.executable).with_name("node")), str(HERE / "certified" / "server.mjs")]
        command.append(json.dumps({"clients": [client], "people": people}))
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
            try:
                assert process.stdout
                yield Certified(process.stdout.readline().strip(), tokens)
            finally:
                process.terminate()


# ------------------------------------------------------------------ liar
@dataclass
class Liar:
    """A provider whose every answer a test can bend: the claims, the key, the userinfo, its description."""

    issuer: str = ""
    key: ECKey = field(default_factory=lambda: ECKey.generate_key("P-256", auto_kid=True))
    signs_with: ECKey | None = None  # another key than it publishes
    claims: dict[str, Any] = field(default_factory=dict)  # None leaves a claim out
    userinfo: dict[str, Any] = field(default_factory=dict)
    described: dict[str, Any] = field(default_factory=dict)
    codes: set[str] = field(default_factory=set)
    nonce: str = ""
    asked: dict[str, str] = field(default_factory=dict)  # what the site asked last

    def sent_back(self, address: str, **more: str) -> str:
        """As if somebody signed in: where their browser would be sent."""
        self.asked = {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
        self.nonce = self.asked["nonce"]
        code = f"code-{len(self.codes)}-{time.monotonic_ns()}"
        self.codes.add(code)
        return f"{self.asked['redirect_uri']}?{urlencode({'code': code, 'state': self.asked['state'], **more})}"

    def token(self, **claims: Any) -> str:
        """A token that it signs, with these claims; None leaves one out."""
        now = int(time.time())
        whole = {"iss": self.issuer, "aud": CLIENT, "iat": now, "exp": now + 120, **claims}
        key = self.signs_with or self.key
        header = {"alg": "ES256", "kid": key.kid}
        return jwt.encode(header, {name: value for name, value in whole.items() if value is not None}, key)

    def id_token(self) -> str:
        own = {"sub": "zhang", "nonce": self.nonce, "auth_time": int(time.time()), "acr": "urn:test:password"}
        return self.token(**{**own, **self.claims})

    def description(self) -> dict[str, Any]:
        paths = {"authorization": "auth", "token": "token", "userinfo": "me"}
        addresses = {f"{name}_endpoint": f"{self.issuer}/{path}" for name, path in paths.items()}
        own = {"issuer": self.issuer, "jwks_uri": f"{self.issuer}/jwks", **addresses}
        return {**own, "token_endpoint_auth_methods_supported": ["client_secret_post"], **self.described}


@contextmanager
def liar(person: dict[str, Any]) -> Iterator[Liar]:
    """The bending provider, running, with one person called zhang."""
    bent = Liar(userinfo={"sub": "zhang", **person})

    class Answers(Quiet):
        def do_GET(self) -> None:
            answers = {
                "/.well-known/openid-configuration": bent.description,
                "/jwks": lambda: KeySet([bent.key]).as_dict(private=False),
                "/me": lambda: bent.userinfo,
            }
            self.say(200, answers[self.path]())

        def do_POST(self) -> None:
            code = parse_qs(self.body())["code"][0]
            if code not in bent.codes:
                self.say(400, {"error": "invalid_grant"})
                return
            bent.codes.remove(code)
            self.say(200, {"access_token": "any", "token_type": "Bearer", "id_token": bent.id_token()})

    with _serving(Answers) as address:
        bent.issuer = address
        yield bent


# ------------------------------------------------------------------ ground
class Quiet(BaseHTTPRequestHandler):
    """Answers in JSON and writes no log."""

    def body(self) -> str:
        return self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()

    def say(self, status: int, answer: Any) -> None:
        content = json.dumps(answer).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: Any) -> None:
        pass


@contextmanager
def _serving(handler: type[BaseHTTPRequestHandler]) -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
