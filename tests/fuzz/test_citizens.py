"""The site under whatever two citizens type into it: no page breaks, and neither ever reads the other's.

Forms and addresses are those of the site: every page that a citizen may open is asked with drawn queries, every form
on it is sent with drawn values; identifiers in addresses are drawn from both citizens' things.
"""

from html.parser import HTMLParser
from http.cookies import SimpleCookie
from typing import Any, Final
from urllib.parse import urlencode

import pytest
from django.core.cache import cache
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from portal.accounts.models import User
from portal.trail.actor import Actor, acting_as
from tests.consent import factories as consents
from tests.fuzz.conftest import tries, undone
from tests.ledger import factories as ledger
from tests.rights import factories as rights
from tests.test_walls import ADDRESSES, BACKEND, CITIZENS, CITIZENS_POST, EVERYBODY, ROUTES

pytestmark = pytest.mark.django_db
PAGES: Final = sorted(
    route
    for route in ROUTES
    if ADDRESSES.get(route) in (CITIZENS, CITIZENS_POST, EVERYBODY)
    and not route.startswith(("api/", "^api/", "admin/"))
)
WORDS: Final = (
    "year",
    "income",
    "everything",
    "chosen",
    "access",
    "correction",
    "zh-hans",
    "en",
    "on",
    "2025-01-01",
    "",
)
TEXTS = st.one_of(st.sampled_from(WORDS), st.text(max_size=30), st.integers().map(str), st.uuids().map(str))


class _Forms(HTMLParser):
    """The names of the fields of a page's forms, and where each form goes."""

    def __init__(self) -> None:
        super().__init__()
        self.forms: list[tuple[str, str, set[str]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.forms.append((given.get("method", "get").lower(), given.get("action", ""), set()))
        elif self.forms and given.get("name") and tag in ("input", "select", "textarea", "button"):
            self.forms[-1][2].add(given["name"])


def _citizen(seed: int) -> tuple[User, list[str], list[str]]:
    """Somebody with a request, a consent and an event: who it is, its identifiers, and words that are theirs alone."""
    word = f"only-{seed}-may-read-this"
    user = rights.person()
    request = rights.routed(user, words=word)
    part = rights.part(request)
    rights.act("ask", part, text=f"{word}?")
    rights.replied(rights.part(request, "housing"))
    consent = consents.asked(user, consents.approved(f"study-{seed}"))
    number = consents.identity(consent)
    ledger.report(rights.tax(), ledger.event_row(f"r-{seed}", subject=number, recipient="housing", purpose_en=word))
    with acting_as(Actor.portal()):
        things = [str(row.pk) for row in (request, part, *part.request.parts.all())] + [str(consent.id)]
        things += [str(event.id) for event in ledger.events_of(number)]
    return user, things, [word, number, request.number, *things]


def _path(route: str, draw: Any, things: list[str]) -> str:
    for kind in ("uuid:identifier", "str:code", "slug:code"):
        if f"<{kind}>" in route:
            found = draw(st.sampled_from(things if kind.startswith("uuid") else ["tax", "tax.income", "x", "研究"]))
            route = route.replace(f"<{kind}>", found)
    return f"/{route}"


def _leaks(answer: Any, asked: str, secrets: list[str]) -> list[str]:
    """What of the other citizen's stands in an answer, but for what the question itself said."""
    body = b"".join(answer.streaming_content) if answer.streaming else answer.content
    text = body.decode("utf-8", "replace") + str(answer.headers)
    return [secret for secret in secrets if secret in text and secret not in asked]


@pytest.fixture
def town() -> list[tuple[User, list[str], list[str]]]:
    return [_citizen(seed) for seed in (1, 2)]


def test_no_page_breaks_and_none_tells_anothers(town: list[tuple[User, list[str], list[str]]]) -> None:
    things = [*town[0][1], *town[1][1]]
    browsers = []
    for user, _, _ in town:
        browser = Client(raise_request_exception=False, headers={"Accept-Language": "en"})
        browser.force_login(user, BACKEND)
        browsers.append(browser)
    wrong: list[str] = []

    def hold(caller: int, method: str, path: str, sent: dict[str, list[str]]) -> Any:
        cache.clear()
        browser, secrets = browsers[caller], town[1 - caller][2]
        kept = browser.cookies.output(header="", sep=";")
        answer = browser.get(f"{path}?{urlencode(sent, True)}") if method == "get" else browser.post(path, sent)
        browser.cookies = SimpleCookie(kept)  # what a sign-out or another language did is undone with the rest
        asked = path + str(sent)
        found = ["a server error"] if answer.status_code >= 500 else _leaks(answer, asked, secrets)
        wrong.extend(f"{caller}: {method} {asked} answers {answer.status_code}: {fault}" for fault in found)
        return answer

    @tries(150, 4000)
    @given(data=st.data(), caller=st.integers(0, 1), route=st.sampled_from(PAGES))
    def walk(data: Any, caller: int, route: str) -> None:
        path = _path(route, data.draw, things)
        queries = st.dictionaries(
            st.sampled_from("kind after page provider dataset from to q next filter month".split()),
            st.lists(TEXTS, min_size=1, max_size=2),
            max_size=3,
        )
        with undone():
            method = "get" if ADDRESSES[route].method == "get" else "post"
            page = hold(caller, method, path, data.draw(queries))
            if page.status_code != 200 or page.streaming or "html" not in page.headers["Content-Type"]:
                return
            parser = _Forms()
            parser.feed(page.content.decode())
            if parser.forms:
                verb, action, names = data.draw(st.sampled_from(parser.forms))
                values = st.lists(st.one_of(TEXTS, st.sampled_from(things)), min_size=1, max_size=3)
                sent = {name: data.draw(values) for name in sorted(names) if data.draw(st.integers(0, 5))}
                hold(caller, verb, (action or path).split("?")[0].split("#")[0], sent)

    walk()
    assert not wrong, "\n".join(dict.fromkeys(wrong))
