"""The identity provider of the demo: OpenID Connect as a city's unified sign-in speaks it, with the sample people."""

import os
from datetime import timedelta
from pathlib import Path

import flask
import jinja2
import oidc_provider_mock
from werkzeug.serving import BaseWSGIServer, make_server

from portal.demo.city import City

PAGES = Path(__file__).parent / "sign_in"


def application(sample: City, *, number_claim: str) -> flask.Flask:
    """A provider that knows the sample's people. The identity number comes in the claim named `number_claim`.

    The package's own page is replaced: it takes its style from another host, and knows no names.
    """
    os.environ["AUTHLIB_INSECURE_TRANSPORT"] = "1"  # plain http, on loopback alone
    users = [
        oidc_provider_mock.User(
            sub=person.code,
            claims={"name": person.name.zh, "email": person.mail, "email_verified": True, number_claim: person.number},
        )
        for person in sample.citizens.values()
    ]
    provider: flask.Flask = oidc_provider_mock.app(user_claims=users, access_token_max_age=timedelta(minutes=10))
    provider.debug = False
    provider.jinja_loader = jinja2.FileSystemLoader(PAGES)
    provider.jinja_env.globals["people"] = list(sample.citizens.values())
    return provider


def server(port: int, sample: City, *, number_claim: str) -> BaseWSGIServer:
    """The provider, listening on loopback at `port` (0: any free one). Call `serve_forever()`."""
    return make_server("127.0.0.1", port, application(sample, number_claim=number_claim), threaded=True)
