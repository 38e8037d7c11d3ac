"""A request is one transaction with one actor, which ends with it; a streamed answer has one of its own."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection
from django.http import HttpRequest, StreamingHttpResponse
from django.test import Client, RequestFactory

from portal.accounts.middleware import ActorMiddleware
from portal.accounts.models import User
from portal.inbox import actions as inbox
from portal.inbox.models import Letter
from portal.trail.actor import Actor, acting_as
from tests import people
from tests.ledger import factories as ledger

pytestmark = pytest.mark.django_db(transaction=True)


def told() -> tuple[str, int]:
    """Whom the database knows to act now, outside any transaction of ours, and how many letters it shows."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT coalesce(portal_actor(), '')")
        return cursor.fetchone()[0], Letter.objects.count()


def reader_with_a_letter() -> User:
    user = people.citizen()
    facts: dict[str, Any] = {
        "agency_zh": "卫健委",
        "agency_en": "Health",
        "purpose_zh": "研究",
        "purpose_en": "a study",
    }
    with acting_as(Actor.portal()):
        inbox.tell(bytes(user.subject_key or b""), "consent_asked", at=ledger.AT, **facts)
    return user


def streamed(user: User) -> StreamingHttpResponse:
    """What the middleware makes of a view that streams who acts while it is drawn."""

    def rows() -> Iterator[str]:
        for _ in range(3):
            yield "{} {}".format(*told())

    request = RequestFactory().get("/")
    request.user = user
    answer = ActorMiddleware(lambda _request: StreamingHttpResponse(rows()))(request)
    assert isinstance(answer, StreamingHttpResponse)
    return answer


def test_the_actor_is_gone_after_the_request() -> None:
    user, seen = reader_with_a_letter(), []

    def view(request: HttpRequest) -> StreamingHttpResponse:
        seen.append(told())
        return StreamingHttpResponse([])

    request = RequestFactory().get("/")
    request.user = user
    ActorMiddleware(view)(request)
    assert seen == [("citizen", 1)]
    assert told() == ("", 0)


def test_a_streamed_answer_is_drawn_as_its_reader_who_is_gone_afterwards() -> None:
    answer = streamed(reader_with_a_letter())
    assert told() == ("", 0)
    assert list(answer) == [b"citizen 1"] * 3
    assert told() == ("", 0)


def test_an_answer_that_nobody_reads_to_its_end_leaves_no_actor_either() -> None:
    answer = streamed(reader_with_a_letter())
    try:
        assert next(iter(answer)) == b"citizen 1"
    finally:
        answer.close()  # as the server does when the reader has gone
    assert told() == ("", 0)


def test_an_export_holds_the_readers_rows_alone_and_leaves_nothing_behind() -> None:
    dataset, _ = ledger.town()
    ledger.report(dataset.agency, ledger.event_row(), ledger.event_row("r-2", subject=ledger.OTHER, purpose_en="other"))
    user = User.objects.create(username="reader", subject_key=ledger.key_of())
    browser = Client()
    browser.force_login(user, "django.contrib.auth.backends.ModelBackend")
    answer: Any = browser.get("/sharing/export.csv", headers={"Accept-Language": "en"})
    text = b"".join(answer.streaming_content).decode()
    assert "to check your application for a loan" in text
    assert "other" not in text
    assert told() == ("", 0)
