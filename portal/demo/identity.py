"""The identity provider of the demo: OpenID Connect as a city's unified sign-in speaks it, with the sample people.

A sign-in is plain (`acr` base) unless the site asks for more (`acr_values`): then one more page has it confirmed with
the person's face, as such services do (`acr` substantial).
"""

import os
import time
from collections.abc import ItemsView
from datetime import timedelta
from pathlib import Path
from typing import Any, Final
from urllib.parse import parse_qs, urlsplit

import flask
import jinja2
import oidc_provider_mock
from werkzeug.serving import BaseWSGIServer, make_server

from portal.demo.city import City

PAGES = Path(__file__).parent / "sign_in"
BASE, SUBSTANTIAL = "base", "substantial"
AUTHORIZE: Final = "/oauth2/authorize"
WHO: Final = "sample_person"  # the cookie by which the provider knows its visitor


class Claims(dict[str, Any]):
    """What is known of a person, and, while a token is made, how surely they were confirmed."""

    def items(self) -> ItemsView[str, Any]:  # type: ignore[override]  # a view of one more
        return {**self, **flask.g.get("confirmed", {})}.items()


def application(sample: City, *, number_claim: str) -> flask.Flask:
    """A provider that knows the sample's people. The identity number comes in the claim named `number_claim`.

    The package's own page is replaced: it takes its style from another host, and knows no names.
    """
    os.environ["AUTHLIB_INSECURE_TRANSPORT"] = "1"  # plain http, on loopback alone
    users = [
        oidc_provider_mock.User(
            sub=person.code,
            claims=Claims(
                {"name": person.name.zh, "email": person.mail, "email_verified": True, number_claim: person.number}
            ),
        )
        for person in sample.citizens.values()
    ]
    provider: flask.Flask = oidc_provider_mock.app(user_claims=users, access_token_max_age=timedelta(minutes=10))
    provider.debug = False
    provider.jinja_loader = jinja2.FileSystemLoader(PAGES)
    provider.jinja_env.globals["people"] = list(sample.citizens.values())
    _add_levels(provider, sample)
    return provider


def _add_levels(provider: flask.Flask, sample: City) -> None:
    """What the package lacks: the page that confirms, and `acr` and `auth_time` in the ID token."""
    confirmed: dict[str, dict[str, Any]] = {}  # by authorization code

    def ask_for_the_face() -> flask.typing.ResponseReturnValue | None:
        request = flask.request
        if request.path == "/oauth2/token":
            flask.g.confirmed = confirmed.pop(request.form.get("code", ""), {})
        if request.path != AUTHORIZE or not _wants_more() or {"confirmed", "action"} & set(request.form):
            return None
        known = request.form.get("sub") if request.method == "POST" else request.cookies.get(WHO)
        person = sample.citizens.get(known or "")
        return flask.render_template("face.html", person=person) if person else None

    def remember(response: flask.Response) -> flask.Response:
        codes = parse_qs(urlsplit(response.headers.get("Location", "")).query).get("code", [])
        if flask.request.path == AUTHORIZE and codes:
            level = SUBSTANTIAL if _wants_more() and "confirmed" in flask.request.form else BASE
            confirmed[codes[0]] = {"acr": level, "auth_time": int(time.time())}
            response.set_cookie(WHO, flask.request.form["sub"], httponly=True, samesite="Lax")
        return response

    provider.before_request(ask_for_the_face)
    provider.after_request(remember)


def _wants_more() -> bool:
    return SUBSTANTIAL in flask.request.args.get("acr_values", "").split()[:1]


def server(port: int, sample: City, *, number_claim: str) -> BaseWSGIServer:
    """The provider, listening on loopback at `port` (0: any free one). Call `serve_forever()`."""
    return make_server("127.0.0.1", port, application(sample, number_claim=number_claim), threaded=True)
