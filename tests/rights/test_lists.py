"""A person's list: pages by cursor, each request once, at the same cost however many there are."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from portal.accounts.models import User
from portal.trail.actor import Actor, acting_as
from portal.trail.ids import new_id
from rights import lists
from rights.models import RightsRequest
from rights.states import RequestState
from tests.people import as_citizen
from tests.rights import factories as town
from tests.rights.factories import AT

pytestmark = pytest.mark.django_db


def closed(user: User, count: int) -> None:
    """So many requests that are over; three each were filed at the same moment."""
    with acting_as(Actor.portal()):
        RightsRequest.objects.bulk_create(
            RightsRequest(
                id=new_id(), number=f"{count}-{number}", subject_key=user.subject_key, kind="access", jurisdiction="cn",
                language="en", state=RequestState.REFUSED, submitted_at=AT - timedelta(days=number // 3), closed_at=AT,
            )
            for number in range(count)
        )  # fmt: skip


def test_the_pages_show_each_request_once_in_order_and_come_to_an_end() -> None:
    user = town.person()
    closed(user, 50)
    seen, cursor = [], ""
    with acting_as(as_citizen(user)):
        while True:
            page = lists.closed_of(bytes(user.subject_key or b""), cursor)
            seen += [row.request for row in page.rows]
            if page.next is None:
                break
            cursor = page.next
    assert len(seen) == len({row.pk for row in seen}) == 50
    assert seen == sorted(seen, key=lambda row: (row.submitted_at, row.pk), reverse=True)


@pytest.mark.parametrize("cursor", ["nothing", "~", "2026-01-01~x", "2026-01-01~00000000-0000-7000-8000-000000000000"])
def test_a_cursor_that_is_none_of_ours_begins_at_the_newest(cursor: str) -> None:
    user = town.person()
    closed(user, 3)
    with acting_as(as_citizen(user)):
        assert len(lists.closed_of(bytes(user.subject_key or b""), cursor).rows) == 3


def test_the_list_costs_the_same_however_long_it_is(client: Client) -> None:
    costs = list[int]()
    for count in (5, 200):
        user = town.person()
        closed(user, count)
        client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
        client.cookies["django_language"] = "en"
        with CaptureQueriesContext(connection) as asked:
            page: Any = client.get("/requests/")
        assert page.status_code == 200
        costs.append(len(asked))
    assert costs[0] == costs[1] <= 12, costs
    assert "Older" in page.content.decode()
