"""A person's copy: everything the portal holds of them and nothing of anybody else, to read and for machines."""

import io
import json
import zipfile
from secrets import token_hex
from typing import Any, cast

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from portal.accounts import actions as accounts
from portal.accounts.models import User
from portal.pages import copying
from portal.pages.labels import LABELS, TITLES
from portal.representation import actions as representing
from portal.trail.actor import Actor, acting_as
from portal.trail.copies import Word, shares
from portal.trail.errors import NotPermitted
from portal.trail.models import Entry
from tests.consent import factories as consents
from tests.ledger import factories as ledger
from tests.people import agency, as_citizen, as_clerk, citizen, clerk, number, with_mail
from tests.representation import factories as representations
from tests.rights import factories as rights

pytestmark = pytest.mark.django_db
BACKEND = "django.contrib.auth.backends.ModelBackend"


def key_of(user: User) -> bytes:
    assert user.subject_key
    return bytes(user.subject_key)


@pytest.fixture
def zhang(client: Client) -> User:
    """Somebody with a bit of everything."""
    identity = number()
    user = with_mail(citizen(identity))
    dataset, _ = ledger.town()
    ledger.report(dataset.agency, ledger.event_row(subject=identity))
    ledger.report_held(dataset.agency, ledger.holding_row(subject=identity))
    given = consents.given(user)
    consents.decided(consents.question(given))
    consents.unreported(given)
    other = consents.approved("other-study")
    consents.linked(user, purposes=["other-study"], at=consents.AT)
    consents.withdraw(consents.give(consents.open_question(user, other)))
    consents.commented(user)
    ledger.alert_chosen(user)
    request = rights.routed(user)
    rights.replied(rights.part(request), text="<b>Here</b> it is.")
    with acting_as(as_clerk(clerk(agency("tax"), "looker"))) as actor:
        accounts.disclose(key_of(user), reason="a case", about="case:1", actor=actor, at=timezone.now())
    representations.granted(user, citizen(name="李四"))
    with acting_as(as_citizen(user)) as actor:
        representing.arrange(relatives_may=False, actor=actor, at=timezone.now())
    client.force_login(user, backend=BACKEND)
    accounts.begin_session(user, client.session.session_key or "", agent="Firefox Linux", at=timezone.now())
    client.cookies["django_language"] = "en"
    return user


def copy_of(client: Client) -> zipfile.ZipFile:
    answer = client.post("/settings/copy/")
    assert answer.status_code == 200
    assert answer.headers["Content-Disposition"].startswith('attachment; filename="my-data-rights-')
    content = b"".join(cast("Any", answer).streaming_content)
    found = zipfile.ZipFile(io.BytesIO(content))
    assert found.testzip() is None
    return found


def rows(copy: zipfile.ZipFile, name: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(copy.read(f"{name}.json"))
    return found


def test_a_copy_has_a_page_and_a_file_for_machines_of_every_share(client: Client, zhang: User) -> None:
    copy = copy_of(client)
    wanted = {f"{name}.{ending}" for name in settings.PORTAL_EXPORTS for ending in ("html", "json")}
    assert set(copy.namelist()) == {"index.html", *wanted}
    for name in settings.PORTAL_EXPORTS:
        assert rows(copy, name), f"{name} is empty"
        page = copy.read(f"{name}.html").decode()
        assert page.startswith("<!doctype html>")
        assert page.rstrip().endswith("</html>")
        assert f'href="{name}.html"' in copy.read("index.html").decode()


def test_a_copy_says_who_one_is_and_what_became_of_everything(client: Client, zhang: User) -> None:
    copy = copy_of(client)
    (profile,) = rows(copy, "profile")
    assert (profile["name"], profile["mail"], len(profile["number"])) == ("张三", "zhang@example.org", 18)
    (consent,) = (row for row in rows(copy, "consents") if row["purpose"] == "study")
    assert consent["state"] == "given"
    assert [step["step"] for step in consent["history"]] == ["requested", "given"]
    assert consent["history"][1]["receipt"]
    (request,) = rows(copy, "requests")
    assert [file["name"] for part in request["parts"] for file in part["files"]] == ["rows.csv"]
    assert {"rights.request.submitted", "consent.consent.given", "accounts.person.disclosed"} <= {
        row["event"] for row in rows(copy, "trail")
    }
    assert rows(copy, "disclosures")[0]["reason"] == "a case"
    assert rows(copy, "decisions")[0]["answer"] == "permit"


def test_pages_are_in_words_and_escape_what_others_wrote(client: Client, zhang: User) -> None:
    copy = copy_of(client)
    page = copy.read("requests.html").decode()
    assert "&lt;b&gt;Here&lt;/b&gt; it is." in page
    assert "<dt>What you asked</dt><dd>See and copy what is held</dd>" in page
    assert '<html lang="en">' in page
    client.cookies["django_language"] = "zh-hans"
    assert '<html lang="zh-hans">' in copy_of(client).read("requests.html").decode()


def test_every_key_and_every_share_has_words(client: Client, zhang: User) -> None:
    def keys(value: Any) -> set[str]:
        if isinstance(value, dict):
            return set(value) | {key for name, item in value.items() if name != "facts" for key in keys(item)}
        return {key for item in value for key in keys(item)} if isinstance(value, list) else set()

    copy = copy_of(client)
    assert set(settings.PORTAL_EXPORTS) == set(TITLES)
    used = {key for name in settings.PORTAL_EXPORTS for key in keys(rows(copy, name))}
    assert used - set(LABELS) == set()


def test_nothing_of_anybody_else_is_in_it(client: Client, zhang: User) -> None:
    li = with_mail(citizen(name="李四"), "li@example.org")
    rights.routed(li)
    consents.asked(li, consents.approved("another-study"))
    copy = copy_of(client)
    everything = b"".join(copy.read(name) for name in copy.namelist()).decode()
    for secret in ("李四", "li@example.org", key_of(li).hex()):
        assert secret not in everything


def test_another_reader_gets_nothing_out_of_a_share_even_with_the_key(zhang: User) -> None:
    li = citizen(name="李四")
    for actor in (as_citizen(li), Actor.visitor(), as_clerk(clerk(agency("police"), "curious"))):
        for name, share in shares().items():
            if name == "mail_times":
                continue  # says what holds without a choice
            with acting_as(actor):
                found = list(share(key_of(zhang)))
            assert found == [], (actor.kind, name)


def test_the_copy_is_noted_in_the_trail(client: Client, zhang: User) -> None:
    client.get("/settings/copy/")
    with acting_as(as_citizen(zhang)):
        assert not Entry.objects.filter(event="accounts.copy.taken").exists()
    copy_of(client)
    with acting_as(as_citizen(zhang)):
        assert Entry.objects.filter(event="accounts.copy.taken", actor_user=zhang.pk).count() == 1


def test_nobody_takes_the_copy_of_another(zhang: User) -> None:
    with acting_as(as_citizen(citizen(name="李四"))) as actor, pytest.raises(NotPermitted):
        accounts.note_copy(key_of(zhang), actor=actor, at=timezone.now())


def test_it_is_written_in_pieces(zhang: User, settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    drawn: list[int] = []

    def many(subject_key: bytes) -> Any:
        for place in range(2_000):
            drawn.append(place)
            yield {"id": place, "text": token_hex(500), "kind": Word("a", "b")}

    monkeypatch.setattr(copying, "shares", lambda: {"letters": many})
    monkeypatch.setattr(copying, "A_PIECE", 1_000)
    pieces = copying.archive(key_of(zhang), at=timezone.now())
    first = next(pieces)
    assert len(drawn) < 1_000
    whole = zipfile.ZipFile(io.BytesIO(b"".join([first, *pieces])))
    assert len(json.loads(whole.read("letters.json"))) == 2_000


def test_a_share_without_rows_is_an_empty_list_and_says_so(client: Client) -> None:
    client.force_login(citizen(), backend=BACKEND)
    client.cookies["django_language"] = "en"
    copy = copy_of(client)
    assert rows(copy, "requests") == []
    assert "Nothing is held here." in copy.read("requests.html").decode()


def test_more_rows_cost_no_more_queries(client: Client, zhang: User) -> None:
    def cost() -> int:
        with CaptureQueriesContext(connection) as captured:
            copy_of(client)
        return len(captured)

    few = cost()
    for place in range(3):
        consents.asked(zhang, consents.approved(f"study-{place}"))
        rights.routed(zhang)
    assert cost() == few
