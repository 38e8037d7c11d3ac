"""What every answer says to browsers: nothing is kept, nothing is embedded, no form works from elsewhere."""

import re
from typing import Any

import pytest
from django.test import Client

from portal.accounts.models import User, UserKind
from tests import people
from tests.test_walls import ADDRESSES, BACKEND, OBJECTS, ROUTES, _asked, _line, _path, somebody

pytestmark = pytest.mark.django_db
PUBLIC = {".well-known/jwks.json", "catalogue.ttl", "catalogue.jsonld"}  # the same for everybody, and may be kept
# no cookie opens these, so no form of another site can use one; the last is what mail programs press (RFC 8058)
BY_TOKEN = ("api/", "^api/", "datatracker/", "oauth/token", "mail/stop/", "accounts/oidc/<slug:provider_id>/logout/")
FORM = re.compile(r"<form\b[^>]*method=\"?post\"?[^>]*>(.*?)</form>", re.IGNORECASE | re.DOTALL)


def answers(browser: Client, route: str) -> Any:
    """The whole answer to what the table of walls asks of a route."""
    rule, kept = ADDRESSES[_line(route) or ""], list[Any]()
    ask = getattr(browser, rule.method)

    def asked(*args: Any, **kwargs: Any) -> Any:
        kept.append(ask(*args, **kwargs))
        return kept[0]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(browser, rule.method, asked)
        _asked(browser, _path(route), rule.method)
    return kept[0]


@pytest.mark.parametrize("kind", ["visitor", *UserKind.values])
def test_every_answer_carries_the_headers_none_may_be_kept_and_each_form_has_its_token(kind: str) -> None:
    browser, wrong, seen = somebody(kind), [], 0
    for route in ROUTES:
        answer = answers(browser, route)
        headers = answer.headers
        said = {
            "no-store": "no-store" in headers.get("Cache-Control", "") or route in PUBLIC,
            "private": "public" not in headers.get("Cache-Control", "") or route in PUBLIC,
            "referrer": headers.get("Referrer-Policy") == "same-origin",
            "nosniff": headers.get("X-Content-Type-Options") == "nosniff",
            "frames": headers.get("X-Frame-Options") == "DENY",
            "opener": headers.get("Cross-Origin-Opener-Policy") == "same-origin",
            "resources": headers.get("Cross-Origin-Resource-Policy") == "same-origin",
            "features": "camera=()" in headers.get("Permissions-Policy", ""),
            "policy": _is_strict(headers.get("Content-Security-Policy", "")),
        }
        wrong += [(route, name) for name, holds in said.items() if not holds]
        forms = _forms(answer) if ADDRESSES[_line(route) or ""].method == "get" else []
        wrong += [(route, "token") for form in forms if 'name="csrfmiddlewaretoken"' not in form]
        seen += len(forms)
    assert not wrong, "\n".join(map(str, wrong))
    assert seen


def _forms(answer: Any) -> list[str]:
    """What stands in each form of a page that changes something."""
    if not answer.headers.get("Content-Type", "").startswith("text/html"):
        return []
    page = b"".join(answer.streaming_content) if answer.streaming else answer.content
    return FORM.findall(page.decode())


def _is_strict(policy: str) -> bool:
    """Scripts and styles come from the site's own files (or under this answer's nonce), and from nowhere else."""
    rules = dict(rule.strip().partition(" ")[::2] for rule in policy.split(";"))
    wanted = {"default-src": "'self'", "object-src": "'none'", "frame-ancestors": "'none'", "base-uri": "'self'"}
    sources = " ".join((rules.get("script-src", "*"), rules.get("style-src", "*")))
    return (
        wanted.items() <= rules.items()
        and "unsafe" not in policy
        and "*" not in policy
        and all(part == "'self'" or part.startswith("'nonce-") for part in sources.split())
    )


@pytest.mark.parametrize("route", sorted(route for route in OBJECTS if ADDRESSES[route].method == "get"))
def test_what_is_somebodys_own_may_not_be_kept_either(route: str) -> None:
    owner, identifier = OBJECTS[route]()
    answer = _owners(owner).get(_path(route, identifier))
    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "private, no-store"


def _owners(owner: Any) -> Client:
    reader = User.objects.filter(subject_key=owner.subject_key).first() or User.objects.create(
        username="owner", kind=UserKind.CITIZEN, subject_key=owner.subject_key
    )
    browser = Client()
    browser.force_login(reader, BACKEND)
    return browser


def test_over_https_browsers_are_told_to_stay_there(settings: Any) -> None:
    settings.SECURE_HSTS_SECONDS, settings.SECURE_HSTS_INCLUDE_SUBDOMAINS = 31536000, True
    for path in ("/", "/api/v1/openapi.json", "/admin/login/", "/nothing/"):
        said = Client().get(path, secure=True).headers["Strict-Transport-Security"]
        assert said.startswith("max-age=31536000; includeSubDomains")


# ------------------------------------------------------------------ forms
@pytest.mark.parametrize("kind", ["visitor", UserKind.CITIZEN, UserKind.CLERK])
def test_nothing_is_done_for_a_form_that_comes_from_elsewhere(kind: str) -> None:
    browser = Client(enforce_csrf_checks=True, headers={"Accept-Language": "en"})
    browser.cookies = somebody(kind).cookies
    for route in ROUTES:
        answer = browser.post(_path(route), {"document": "x"})
        if route.startswith(BY_TOKEN):
            assert answer.status_code in (400, 401, 403, 404, 405), route  # whoever the cookie says it is
        else:
            assert answer.status_code == 403, route
            assert "This form was open too long" in answer.content.decode(), route


# ------------------------------------------------------------------ files
DOWNLOADS = (
    "sharing/export.csv",
    "sharing/export.json",
    "sharing/export.pdf",
    "sharing/<uuid:identifier>/proof.json",
    "consents/<uuid:identifier>/receipt/",
    "consents/receipts/<uuid:identifier>/receipt.jws",
    "consents/receipts/<uuid:identifier>/receipt.json",
    "consents/receipts/<uuid:identifier>/receipt.jsonld",
    "consents/receipts/<uuid:identifier>/receipt.pdf",
    "requests/files/<uuid:identifier>/",
    "requests/evidence/<uuid:identifier>/",
)


@pytest.mark.parametrize("route", DOWNLOADS)
def test_a_download_is_saved_and_never_shown(route: str) -> None:
    owner, identifier = OBJECTS.get(route, lambda: (people.as_citizen(people.citizen()), ""))()
    answer = _owners(owner).get(_path(route, identifier))
    assert answer.status_code == 200
    assert answer.headers["Content-Disposition"].startswith("attachment;")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Cache-Control"] == "private, no-store"
    assert not answer.headers["Content-Type"].startswith("text/html")
