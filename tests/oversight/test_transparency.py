"""The public pages about the record itself, and the regulator's list."""

import json
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from portal.accounts.models import UserKind
from portal.ledger import counting, counts
from portal.pages import verifying
from portal.trail import tree
from portal.trail.actor import Actor, acting_as
from portal.trail.models import Head
from tests import people
from tests.catalogue import factories as catalogue
from tests.ledger import factories as ledger
from tests.ledger.test_flags import consume
from tests.trail.sealed import note, seal_all

EN = {"Accept-Language": "en"}


def page(client: Client, path: str) -> str:
    answer = client.get(path, headers=EN)
    assert answer.status_code == 200
    return answer.content.decode()


@pytest.mark.django_db
def test_everybody_sees_who_reports_who_never_did_and_whose_books_differ(client: Client) -> None:
    catalogue.published("school.pupils", of=catalogue.agency("school"))
    dataset, _ = ledger.town()
    now = timezone.now()
    first = (now.replace(day=1) - timedelta(days=1)).date().replace(day=1)
    outcome = ledger.report(dataset.agency, ledger.event_row(), at=now)
    with acting_as(Actor.portal()):
        counting.count_batch(outcome.batch)
    with acting_as(ledger.client(dataset.agency)) as actor:
        counts.state(first, sent=40, denied=2, actor=actor, at=now)
    text = page(client, "/transparency/coverage/")
    assert "1 agency holds data and has never reported" in text
    assert catalogue.agency("school").name in text.partition("Agencies that report")[0]
    assert catalogue.agency("tax").name in text.partition("Agencies that report")[2]
    assert "1 month does not agree." in text
    assert "42" in text


@pytest.mark.django_db
def test_a_count_so_small_that_it_could_point_at_a_person_is_not_shown(client: Client) -> None:
    dataset, _ = ledger.town()
    first = (timezone.now().replace(day=1) - timedelta(days=1)).date().replace(day=1)
    with acting_as(ledger.client(dataset.agency)) as actor:
        counts.state(first, sent=3, denied=0, actor=actor, at=timezone.now())
    assert "No agency has told us its count yet" in page(client, "/transparency/coverage/")


@pytest.mark.django_db
def test_the_regulator_lists_what_is_flagged_and_whose_it_is_not() -> None:
    dataset, _ = ledger.town()
    ledger.report(dataset.agency, ledger.event_row())
    consume()
    browser = Client()
    browser.force_login(people.staff(UserKind.REGULATOR), "django.contrib.auth.backends.ModelBackend")
    text = page(browser, "/oversight/flagged/")
    assert "No agreement covers it." in text
    assert ledger.PERSON not in text
    assert browser.get("/oversight/flagged/?after=x").status_code == 404


@pytest.mark.django_db(transaction=True)
def test_heads_are_published_and_any_two_are_shown_to_be_of_one_record(client: Client) -> None:
    heads: list[Head] = []
    for size in (1, 2, 5):
        for place in range(size):
            note(place)
        heads += seal_all(at=timezone.now())
    told = client.get("/transparency/heads.json").json()
    assert [row["size"] for row in told["results"]] == [8, 3, 1]
    assert client.get("/transparency/heads.json?below=3").json()["results"] == told["results"][2:]
    assert heads[-1].root.hex() in page(client, "/transparency/heads")
    assert "Nothing is signed yet" in page(client, "/transparency/heads?below=1")
    for first, second in ((1, 3), (3, 8), (1, 8), (8, 1), (8, 8)):
        proof = client.get(f"/transparency/heads/consistency.json?first={first}&second={second}").json()
        assert verifying.checked(json.dumps(proof)).holds, proof
        old, new = (bytes.fromhex(proof[name]["root"]) for name in ("from", "to"))
        path = [bytes.fromhex(step) for step in proof["path"]]
        assert tree.consistent(min(first, second), max(first, second), old, new, path)
    for broken in (
        {**proof, "path": ["00" * 32]},
        {**proof, "from": told["results"][1]},
        {**proof, "to": {**proof["to"], "root": "11" * 32}},
        {**proof, "to": {**proof["to"], "signature": "x"}},
        {"schema": proof["schema"]},
    ):
        assert not verifying.checked(json.dumps(broken)).holds
    assert verifying.checked(told["results"][0]["signature"]).holds
    assert verifying.checked(json.dumps(told["results"][0])).holds


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("", 422),
        ("first=x&second=1", 422),
        ("first=0&second=1", 422),
        ("first=7&second=9", 404),
        (f"first=1&second={10**15}", 404),
    ],
)
def test_a_proof_between_states_that_are_not_there_is_refused(client: Client, query: str, status: int) -> None:
    assert client.get(f"/transparency/heads/consistency.json?{query}", headers=EN).status_code == status


@pytest.mark.django_db
@pytest.mark.parametrize("below", ["x", "-1", "9" * 40, "٣"])
def test_a_cursor_that_is_none_shows_the_newest(client: Client, below: str) -> None:
    assert client.get("/transparency/heads.json", {"below": below}).json() == {"results": [], "next": None}


@pytest.mark.django_db
def test_the_regulator_sets_and_lifts_a_hold_and_is_told_what_is_wrong() -> None:
    ledger.town()
    browser = Client(headers=EN)
    browser.force_login(people.staff(UserKind.REGULATOR), "django.contrib.auth.backends.ModelBackend")
    for given, said in (
        ({"reason": "a suit"}, "Name an agency, a dataset or a case."),
        ({"agency": "nobody", "reason": "a suit"}, "There is none of this name."),
        ({"case": "R-404", "reason": "a suit"}, "There is none of this name."),
        ({"agency": "tax"}, "This field is required."),
    ):
        answer = browser.post("/oversight/holds/", given)
        assert (answer.status_code, said in answer.content.decode()) == (422, True), said
    assert browser.post("/oversight/holds/", {"dataset": "tax.income", "reason": "a suit"}).status_code == 302
    text = page(browser, "/oversight/holds/")
    assert "a suit" in text
    lifting = text.partition('action="/oversight/holds/')[2].partition('"')[0]
    assert browser.post(f"/oversight/holds/{lifting}").status_code == 302
    assert 'action="/oversight/holds/' not in page(browser, "/oversight/holds/")
    assert browser.post(f"/oversight/holds/{lifting}").status_code == 409
