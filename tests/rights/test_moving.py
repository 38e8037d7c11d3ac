"""Data that is moved: to a controller that takes it over, whole, with a receipt, and to nobody else."""

from hashlib import sha256
from typing import Any

import pytest
from django.test import Client

from portal.pages import verifying
from portal.trail.actor import Actor, acting_as
from portal.trail.errors import NotPermitted
from rights import actions, transfers
from rights.errors import HashWrong, NotThisKind, ReceiverUnknown, UnknownTransfer
from rights.models import Kind, Transfer
from tests.catalogue import factories as catalogue
from tests.people import agency, api_client, as_citizen
from tests.rights import factories as town
from tests.rights.factories import AT, DAY

pytestmark = pytest.mark.django_db


def clinic() -> Actor:
    return catalogue.client_of(catalogue.agency("clinic"))


def test_a_package_is_offered_to_the_controllers_system() -> None:
    transfer = town.moved()
    assert ("rights.transfer.offered", str(transfer.pk)) in town.webhooks()
    with acting_as(clinic()) as system:
        assert [row.pk for row in transfers.offered_to(system.agency_id)] == [transfer.pk]  # type: ignore[arg-type]  # it has one


def test_it_is_fetched_whole_and_acknowledged_and_the_receipt_can_be_checked() -> None:
    transfer = town.moved()
    with acting_as(clinic()) as system:
        _, content = actions.fetch(transfer.pk, actor=system, at=AT + DAY)
        came = sha256(b"".join(content)).hexdigest()
        done = actions.acknowledge_transfer(transfer.pk, sha256=came, actor=system, at=AT + 2 * DAY)
        again = actions.acknowledge_transfer(transfer.pk, sha256=came, actor=system, at=AT + 3 * DAY)
        with pytest.raises(UnknownTransfer):  # it has it
            actions.fetch(transfer.pk, actor=system, at=AT + 3 * DAY)
    assert (done.received_at, again.receipt) == (AT + 2 * DAY, done.receipt)
    finding = verifying.checked(done.receipt)
    assert finding.holds
    assert (finding.content["receiver"], finding.content["sha256"]) == ("clinic", came)
    with acting_as(Actor.portal()):
        request = Transfer.objects.select_related("request").get().request
    assert [event for event in town.events(request) if "transfer" in event] == [
        "rights.transfer.offered",
        "rights.transfer.fetched",
        "rights.transfer.received",
    ]


def test_what_came_broken_is_not_acknowledged() -> None:
    transfer = town.moved()
    with acting_as(clinic()) as system, pytest.raises(HashWrong):
        actions.acknowledge_transfer(transfer.pk, sha256="0" * 64, actor=system, at=AT)
    assert town.now(transfer).received_at is None


def test_another_controller_and_a_clerk_get_nothing() -> None:
    transfer = town.moved()
    for actor in (catalogue.client_of(town.tax()), town.clerk(catalogue.agency("clinic"))):
        with acting_as(actor), pytest.raises(UnknownTransfer):
            actions.fetch(transfer.pk, actor=actor, at=AT)
    clerk = town.clerk(town.tax())
    with acting_as(clerk), pytest.raises(NotPermitted):
        actions.take_over(active=True, actor=clerk, at=AT)


@pytest.mark.parametrize(("kind", "error"), [(Kind.PORTABILITY, ReceiverUnknown), (Kind.ACCESS, NotThisKind)])
def test_only_what_is_moved_goes_and_only_to_who_takes_it(kind: Kind, error: type[Exception]) -> None:
    with pytest.raises(error):
        town.filed(kind=kind, receiver=town.tax().pk)


def test_after_the_package_was_erased_nothing_is_offered_any_more() -> None:
    transfer = town.moved()
    actions.tidy(at=AT + 40 * DAY)
    with acting_as(clinic()) as system:
        assert transfers.offered_to(system.agency_id) == []  # type: ignore[arg-type]  # it has one
        with pytest.raises(UnknownTransfer):
            actions.fetch(transfer.pk, actor=system, at=AT + 40 * DAY)


def test_a_system_does_all_of_it_by_the_api_and_the_person_sees_it(client: Client) -> None:
    system, secret = api_client(agency("clinic"), "rights")
    form = {"grant_type": "client_credentials", "client_id": system.client_id, "client_secret": secret}
    headers = {"Authorization": f"Bearer {client.post('/oauth/token', form).json()['access_token']}"}
    transfer = town.moved()
    (told,) = client.get("/api/v1/rights/transfers", headers=headers).json()["results"]
    got: Any = client.get(told["package"], headers=headers)
    assert got.status_code == 200, got.content
    content = b"".join(got.streaming_content)
    assert sha256(content).hexdigest() == told["sha256"]
    body = {"sha256": told["sha256"]}
    path = f"/api/v1/rights/transfers/{transfer.pk}/receipt"
    done = client.post(path, body, content_type="application/json", headers=headers)
    assert done.json()["received_at"]
    wrong = client.post(path, {"sha256": "x"}, content_type="application/json", headers=headers)
    assert wrong.status_code in (400, 422)
    with acting_as(town.owner_of(_request(transfer))):
        (seen,) = transfers.of(_request(transfer))
        assert seen.receipt
    off = client.put("/api/v1/rights/receiver", {"active": False}, content_type="application/json", headers=headers)
    assert off.json() == {"active": False}
    with acting_as(as_citizen(town.person())):
        assert list(transfers.receivers()) == []


def _request(transfer: Transfer) -> Any:
    with acting_as(Actor.portal()):
        return Transfer.objects.select_related("request").get(pk=transfer.pk).request
