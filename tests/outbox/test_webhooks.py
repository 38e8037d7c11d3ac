"""Webhooks to a real receiver: signed, in their order, tried again, and seen by their own agency alone."""

import json
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from email.utils import format_datetime
from zoneinfo import ZoneInfo

import httpx
import pytest
from django.db import connection
from django.utils import timezone
from pytest_django import Settings
from standardwebhooks import Webhook as Signer
from standardwebhooks.webhooks import WebhookVerificationError

from portal.catalogue.models import Agency
from portal.outbox import actions, endpoints, tasks, webhooks
from portal.outbox.errors import AddressRefused, EndpointOff, NothingToResend, SecretRefused
from portal.outbox.models import Attempt, Endpoint, Message, MessageState, Webhook
from portal.trail.actor import ADMINISTRATOR, Actor, acting_as
from portal.trail.errors import NotFound, NotPermitted
from portal.trail.ids import new_id
from portal.trail.models import Entry
from tests.outbox.receiver import Receiver, messages, receiving, work_off

pytestmark = pytest.mark.django_db(transaction=True)
AT = datetime(2026, 11, 24, 9, tzinfo=ZoneInfo("Asia/Shanghai"))
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
PART, OTHER = "part-1", "part-2"
EVENT = "rights.part.assigned"


@pytest.fixture(autouse=True)
def _world(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.PORTAL_OUTBOUND_NETWORKS = ["127.0.0.0/8"]
    settings.PORTAL_OUTBOX_ROUTES = {
        "outbox.webhook.due": ("outbox.fan_out",),
        "outbox.webhook.created": ("outbox.deliver_webhook",),
        "outbox.webhook.delivered": (),
    }
    monkeypatch.setattr(actions, "hand_over", lambda task, message_id: None)


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as receiver:
        yield receiver


@pytest.fixture
def tax() -> Agency:
    return agency("tax")


def agency(code: str) -> Agency:
    with acting_as(Actor.portal()):
        return Agency.objects.create(code=code, name_zh=f"{code} 局", name_en=f"Bureau {code}")


@pytest.fixture
def endpoint(tax: Agency, receiver: Receiver) -> Endpoint:
    return register(tax, receiver.url)


def register(of: Agency, url: str) -> Endpoint:
    with acting_as(Actor.clerk(new_id(), of.pk)):
        return webhooks.register(of.pk, url, SECRET, at=AT)


def notify(of: Agency, object_id: str = PART, event: str = EVENT) -> None:
    with acting_as(Actor.citizen(new_id(), bytes(16))):
        actions.notify(of.pk, event, object_id, {"part": object_id}, at=AT)


def sent() -> list[Webhook]:
    with acting_as(Actor.portal()):
        return list(Webhook.objects.order_by("created_at", "sequence"))


def statuses() -> list[int | None]:
    with acting_as(Actor.portal()):
        return list(Attempt.objects.order_by("id").values_list("status", flat=True))


def bodies(receiver: Receiver) -> list[tuple[str, int]]:
    read = [json.loads(body) for _, body in receiver.received]
    return [(body["data"]["part"], body["sequence"]) for body in read]


# ---------------------------------------------------------------- what arrives


@pytest.mark.usefixtures("endpoint")
def test_the_department_gets_a_signed_event_with_identifiers_only(tax: Agency, receiver: Receiver) -> None:
    notify(tax)
    work_off()
    ((headers, body),) = receiver.received
    said = json.loads(body)
    (webhook,) = sent()
    assert said == {
        "type": EVENT,
        "timestamp": webhook.created_at.isoformat(),
        "sequence": 1,
        "data": {"part": PART, "occurred_at": "2026-11-24T01:00:00.000000Z"},
    }
    assert headers["webhook-id"] == f"msg_{webhook.pk}"
    assert headers["content-type"] == "application/json"
    assert headers["host"] == receiver.url.split("/")[2]
    assert Signer(SECRET).verify(body.decode(), headers) == said
    with pytest.raises(WebhookVerificationError):
        Signer(SECRET).verify(body.decode().replace(PART, OTHER), headers)
    assert webhook.delivered_at is not None
    assert {message.state for message in messages()} == {MessageState.DONE}


def test_every_endpoint_of_the_agency_gets_it_and_no_other_agencys(tax: Agency, endpoint: Endpoint) -> None:
    with receiving() as second, receiving() as foreign:
        register(tax, second.url)
        register(agency("health"), foreign.url)
        notify(tax)
        work_off()
        assert (len(second.received), len(foreign.received), len(statuses())) == (1, 0, 2)


def test_an_agency_without_an_endpoint_is_not_waited_for(tax: Agency) -> None:
    notify(tax)
    work_off()
    assert [message.state for message in messages()] == [MessageState.DONE]


@pytest.mark.usefixtures("endpoint")
def test_a_message_that_celery_doubles_is_sent_once(tax: Agency, receiver: Receiver) -> None:
    notify(tax)
    work_off()
    for message in messages():
        {"outbox.fan_out": tasks.fan_out, "outbox.deliver_webhook": tasks.deliver_webhook}[message.task](message.pk)
    assert len(receiver.received) == 1


@pytest.mark.usefixtures("endpoint")
def test_two_workers_with_one_message_send_it_once(tax: Agency, receiver: Receiver) -> None:
    notify(tax)
    (due,) = messages()
    tasks.fan_out(str(due.pk))
    (created,) = messages(task="outbox.deliver_webhook")
    barrier = threading.Barrier(2)

    def deliver() -> None:
        try:
            barrier.wait(10)
            tasks.deliver_webhook(str(created.pk))
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        for running in [pool.submit(deliver), pool.submit(deliver)]:
            running.result(20)
    assert len(receiver.received) == 1


# ---------------------------------------------------------------- order


@pytest.mark.usefixtures("endpoint")
def test_events_of_one_object_arrive_in_their_order(tax: Agency, receiver: Receiver) -> None:
    notify(tax)
    notify(tax)
    notify(tax, OTHER)
    receiver.answer_next(500)
    work_off()
    assert bodies(receiver) == [(PART, 1), (OTHER, 1)]  # the second waits for the first, another object does not
    work_off()
    assert bodies(receiver)[2:] == [(PART, 1), (PART, 2)]


@pytest.mark.usefixtures("endpoint")
def test_numbers_follow_the_acts_even_if_their_messages_are_handled_backwards(tax: Agency) -> None:
    notify(tax, event="rights.part.assigned")
    notify(tax, event="rights.part.cancelled")
    first, second = messages()
    tasks.fan_out(str(second.pk))
    assert sent() == []
    tasks.fan_out(str(first.pk))
    tasks.fan_out(str(second.pk))
    assert [(webhook.event, webhook.sequence) for webhook in sent()] == [
        ("rights.part.assigned", 1),
        ("rights.part.cancelled", 2),
    ]
    (waited,) = [message for message in messages(task="outbox.fan_out") if message.pk == second.pk]
    assert (waited.state, waited.attempts) == (MessageState.DONE, 1)


@pytest.mark.usefixtures("endpoint")
def test_what_was_not_taken_for_75_hours_is_given_up_and_the_next_has_its_turn(tax: Agency, receiver: Receiver) -> None:
    notify(tax)
    notify(tax)
    for _ in range(2):
        receiver.answer_next(500)
        work_off()
    with acting_as(Actor.portal()):
        Webhook.objects.filter(sequence=1).update(created_at=timezone.now() - webhooks.GIVE_UP_AFTER)
    receiver.answer_next(500)
    work_off()
    first, second = sorted(sent(), key=lambda webhook: webhook.sequence)
    assert first.given_up_at is not None
    assert first.delivered_at is None
    assert second.delivered_at is not None
    assert bodies(receiver)[-1] == (PART, 2)


# ---------------------------------------------------------------- receivers that do not take it


@pytest.mark.usefixtures("endpoint")
@pytest.mark.parametrize("status", [301, 302, 400, 401, 404, 500, 503])
def test_whatever_is_no_success_is_tried_again(tax: Agency, receiver: Receiver, status: int) -> None:
    receiver.answer_next(status, location=receiver.url)
    notify(tax)
    work_off()
    (message,) = messages(task="outbox.deliver_webhook")
    assert (message.state, message.attempts, statuses()) == (MessageState.WAITING, 1, [status])
    assert str(status) in message.last_error
    assert len(receiver.received) == 1  # a redirect is not followed
    work_off()
    assert statuses() == [status, 204]


@pytest.mark.usefixtures("endpoint")
def test_a_receiver_may_ask_for_patience(tax: Agency, receiver: Receiver) -> None:
    receiver.answer_next(429, retry_after="120")
    notify(tax)
    work_off()
    (message,) = messages(task="outbox.deliver_webhook")
    assert message.attempts == 0
    assert timedelta(seconds=110) < message.next_attempt_at - timezone.now() < timedelta(seconds=121)


@pytest.mark.usefixtures("endpoint")
@pytest.mark.parametrize("asked", ["-5", "soon", "²", "99999999999"])
def test_a_receiver_asks_for_no_more_patience_than_six_hours(tax: Agency, receiver: Receiver, asked: str) -> None:
    answer = httpx.Response(503, headers={b"retry-after": asked.encode()})
    assert (webhooks._retry_after(answer) or 0) <= 6 * 3600


def test_a_receiver_that_is_gone_is_switched_off(tax: Agency, receiver: Receiver, endpoint: Endpoint) -> None:
    receiver.answer_next(410)
    notify(tax)
    notify(tax)
    work_off()
    work_off()
    with acting_as(Actor.portal()):
        endpoint.refresh_from_db()
    assert not endpoint.active
    assert endpoint.switched_off_at is not None
    assert len(receiver.received) == 1
    assert {message.state for message in messages()} == {MessageState.DONE}
    with acting_as(Actor.clerk(new_id(), tax.pk)):
        (told,) = Entry.objects.filter(event="outbox.endpoint.gone")
    assert told.about_id == str(endpoint.pk)


@pytest.mark.usefixtures("endpoint")
def test_a_receiver_may_ask_for_patience_by_a_date(tax: Agency, receiver: Receiver) -> None:
    receiver.answer_next(503, retry_after=format_datetime(timezone.now() + timedelta(minutes=5)))
    notify(tax)
    work_off()
    (message,) = messages(task="outbox.deliver_webhook")
    assert timedelta(seconds=280) < message.next_attempt_at - timezone.now() < timedelta(seconds=301)


def test_what_was_given_up_is_sent_again_by_hand_under_its_own_id(
    tax: Agency, receiver: Receiver, endpoint: Endpoint
) -> None:
    keeper = Actor.clerk(new_id(), tax.pk, "administrator")
    with acting_as(keeper), pytest.raises(NothingToResend):
        endpoints.resend(endpoint, actor=keeper, at=timezone.now())
    receiver.answer_next(500)
    notify(tax)
    work_off()
    with acting_as(Actor.portal()):
        Webhook.objects.update(created_at=timezone.now() - webhooks.GIVE_UP_AFTER)
    receiver.answer_next(500)
    work_off()
    with acting_as(Actor.clerk(new_id(), tax.pk)) as clerk, pytest.raises(NotPermitted):
        endpoints.resend(endpoint, actor=clerk, at=timezone.now())
    with acting_as(keeper):
        assert endpoints.resend(endpoint, actor=keeper, at=timezone.now()) == 1
    work_off()
    (webhook,) = sent()
    assert webhook.delivered_at is not None
    assert {headers["webhook-id"] for headers, _ in receiver.received} == {f"msg_{webhook.pk}"}
    assert statuses() == [500, 500, 204]


def test_a_webhook_is_tried_for_75_hours_before_the_outbox_loses_its_own_patience() -> None:
    shortest = sum(min(2.0**attempts, 6 * 3600) * 0.8 for attempts in range(1, actions.MAX_ATTEMPTS))
    assert webhooks.GIVE_UP_AFTER == timedelta(hours=75) < timedelta(seconds=shortest)


def test_nobody_listening_is_noted_and_tried_again(tax: Agency) -> None:
    with receiving() as closed:
        register(tax, closed.url)
    notify(tax)
    work_off()
    (message,) = messages(task="outbox.deliver_webhook")
    with acting_as(Actor.portal()):
        attempt = Attempt.objects.get()
    assert (attempt.status, message.state, message.attempts) == (None, MessageState.WAITING, 1)
    assert "ConnectError" in attempt.error


def test_an_endpoint_whose_name_moved_inside_is_not_called(
    tax: Agency, receiver: Receiver, endpoint: Endpoint, settings: Settings
) -> None:
    settings.PORTAL_OUTBOUND_NETWORKS = []
    notify(tax)
    work_off()
    with acting_as(Actor.portal()):
        attempt = Attempt.objects.get()
    assert receiver.received == []
    assert "AddressRefused" in attempt.error


# ---------------------------------------------------------------- registering, and who sees it


def test_an_inner_address_is_not_registered(tax: Agency, settings: Settings) -> None:
    settings.PORTAL_OUTBOUND_NETWORKS = []
    with pytest.raises(AddressRefused):
        register(tax, "http://127.0.0.1:5432/")
    with acting_as(Actor.portal()):
        assert not Endpoint.objects.exists()


@pytest.mark.parametrize("secret", ["", "whsec_", "whsec_abc", "whsec_a", "no prefix", f"x{SECRET}", f"{SECRET}!"])
def test_a_secret_that_signs_nothing_is_not_registered(tax: Agency, receiver: Receiver, secret: str) -> None:
    with pytest.raises(SecretRefused) as refused, acting_as(Actor.clerk(new_id(), tax.pk)):
        webhooks.register(tax.pk, receiver.url, secret, at=AT)
    assert refused.value.field == "secret"


def test_the_secret_is_sealed_to_its_endpoint(endpoint: Endpoint) -> None:
    assert SECRET.encode() not in endpoint.secret_sealed
    assert b"MfKQ9r8G" not in endpoint.secret_sealed


@pytest.mark.usefixtures("endpoint")
@pytest.mark.parametrize("as_whom", ["own clerk", "foreign clerk", "citizen", "authority", "nobody"])
def test_an_agency_sees_its_own_deliveries_and_nobody_else_does(tax: Agency, as_whom: str) -> None:
    notify(tax)
    work_off()
    actor = {
        "own clerk": Actor.clerk(new_id(), tax.pk),
        "foreign clerk": Actor.clerk(new_id(), new_id()),
        "citizen": Actor.citizen(new_id(), bytes(16)),
        "authority": Actor.authority(new_id()),
        "nobody": Actor.visitor(),
    }[as_whom]
    with acting_as(actor):
        seen = [model.objects.count() for model in (Endpoint, Webhook, Attempt)]
    assert seen == ([1, 1, 1] if as_whom == "own clerk" else [0, 0, 0])


def test_an_agency_registers_no_endpoint_for_another(tax: Agency, receiver: Receiver) -> None:
    with pytest.raises(Exception, match="row-level security"), acting_as(Actor.clerk(new_id(), new_id())):
        webhooks.register(tax.pk, receiver.url, SECRET, at=AT)


def test_a_webhook_that_is_gone_from_the_payload_is_a_counted_failure() -> None:
    with acting_as(Actor.portal()):
        actions.put("outbox.webhook.created", webhook_id=new_id())
    work_off()
    (message,) = messages()
    assert (message.state, message.attempts) == (MessageState.WAITING, 1)
    assert isinstance(message, Message)


# ---------------------------------------------------------------- kept by the agency's administrator


def test_while_a_secret_is_changed_webhooks_carry_both_signatures(tax: Agency, receiver: Receiver) -> None:
    keeper = Actor.clerk(new_id(), tax.pk, ADMINISTRATOR)
    with acting_as(keeper):
        endpoint, first = endpoints.register(tax.pk, url=receiver.url, actor=keeper, at=AT)
        second = endpoints.rotate_secret(endpoint, actor=keeper, at=timezone.now())
    notify(tax)
    work_off()
    ((headers, body),) = receiver.received
    assert len(headers["webhook-signature"].split()) == 2
    for secret in (first, second):
        assert Signer(secret).verify(body.decode(), headers)
    with pytest.raises(WebhookVerificationError):
        Signer(SECRET).verify(body.decode(), headers)


def test_after_the_overlap_the_new_secret_signs_alone(tax: Agency, receiver: Receiver) -> None:
    keeper = Actor.clerk(new_id(), tax.pk, ADMINISTRATOR)
    with acting_as(keeper):
        endpoint, first = endpoints.register(tax.pk, url=receiver.url, actor=keeper, at=AT)
        second = endpoints.rotate_secret(endpoint, actor=keeper, at=timezone.now(), overlap=timedelta())
    notify(tax)
    work_off()
    ((headers, body),) = receiver.received
    assert Signer(second).verify(body.decode(), headers)
    with pytest.raises(WebhookVerificationError):
        Signer(first).verify(body.decode(), headers)


def test_a_test_message_arrives_though_an_earlier_event_does_not(tax: Agency, receiver: Receiver) -> None:
    keeper = Actor.clerk(new_id(), tax.pk, ADMINISTRATOR)
    with acting_as(keeper):
        endpoint, secret = endpoints.register(tax.pk, url=receiver.url, actor=keeper, at=AT)
        endpoints.send_test(endpoint, actor=keeper, at=timezone.now())
    work_off()
    ((headers, body),) = receiver.received
    assert Signer(secret).verify(body.decode(), headers)["type"] == "portal.test"
    assert statuses() == [204]
    with acting_as(keeper):
        endpoints.switch_off(endpoint, actor=keeper, at=timezone.now())
        for step in (endpoints.send_test, endpoints.rotate_secret, endpoints.switch_off, endpoints.drop_former_secret):
            with pytest.raises(EndpointOff):
                step(endpoint, actor=keeper, at=timezone.now())
    notify(tax)
    work_off()
    assert len(receiver.received) == 1


def test_only_the_own_administrator_keeps_endpoints(tax: Agency, receiver: Receiver) -> None:
    keeper = Actor.clerk(new_id(), tax.pk, ADMINISTRATOR)
    with acting_as(keeper):
        endpoint, _secret = endpoints.register(tax.pk, url=receiver.url, actor=keeper, at=AT)
    others = [
        (Actor.clerk(new_id(), tax.pk), NotPermitted),
        (Actor.client("c", tax.pk), NotPermitted),
        (Actor.clerk(new_id(), agency("health").pk, ADMINISTRATOR), NotFound),
        (Actor.operator(new_id()), NotFound),
    ]
    for other, refusal in others:
        with acting_as(other):
            for step in (endpoints.send_test, endpoints.rotate_secret, endpoints.switch_off):
                with pytest.raises(refusal):
                    step(endpoint, actor=other, at=AT)
            with pytest.raises(NotPermitted):
                endpoints.register(tax.pk, url=receiver.url, actor=other, at=AT)
