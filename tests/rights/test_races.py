"""Two at the same part at once: the row lock lets one act and tells the other."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from threading import Barrier, BrokenBarrierError
from typing import Any

import pytest
from django.db import connection

from portal.outbox.models import Message
from portal.trail.actor import Actor, acting_as
from portal.trail.errors import Refusal
from rights import clock, holders, routing
from rights.models import Part
from tests.catalogue import factories as catalogue
from tests.rights import factories as town
from tests.rights.factories import AT

pytestmark = pytest.mark.django_db(transaction=True)


def both(act: Any, *given: Any) -> list[str]:
    """The same act in two threads; "done", or why not."""

    def alone(by: Any) -> str:
        try:
            act(by)
        except Refusal as refusal:
            return refusal.code
        finally:
            connection.close()
        return "done"

    with ThreadPoolExecutor(2) as pool:
        return sorted(running.result(30) for running in [pool.submit(alone, one) for one in given])


def test_two_clerks_extend_at_once_and_one_extension_is_given(monkeypatch: pytest.MonkeyPatch) -> None:
    part = town.part()
    clerks = [catalogue.clerk_of(part.agency, name) for name in ("one", "two")]
    barrier, rule_of = Barrier(2), clock.rule_of

    def rule_together(*args: Any) -> Any:
        with suppress(BrokenBarrierError):  # both have read the part as not extended, if nothing keeps them apart
            barrier.wait(0.4)
        return rule_of(*args)

    monkeypatch.setattr(clock, "rule_of", rule_together)

    def extend(clerk: Any) -> None:
        town.act("extend", part, by=clerk, reason="Many records.")

    assert both(extend, *clerks) == ["done", "extended-already"]
    assert town.events(part).count("rights.part.extended") == 1


def test_two_workers_route_at_once_and_each_department_gets_its_part_once(monkeypatch: pytest.MonkeyPatch) -> None:
    request = town.filed()
    message = Message(payload={"request_id": str(request.pk)})
    barrier, holders_of = Barrier(2), holders.of

    def holders_together(*args: Any) -> Any:
        with suppress(BrokenBarrierError):
            barrier.wait(0.4)
        return holders_of(*args)

    monkeypatch.setattr(holders, "of", holders_together)

    def route(_: Any) -> None:
        with acting_as(Actor.portal()):
            routing.route(message, AT)

    assert both(route, 1, 2) == ["done", "done"]
    with acting_as(Actor.portal()):
        assert Part.objects.filter(request=request).count() == 2
    assert len(town.webhooks()) == 2
