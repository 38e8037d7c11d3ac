"""What a department is given of a request: its changes, its items and its evidence, of its own parts alone."""

from typing import Any

import pytest
from django.test import Client

from portal.trail.actor import Actor, acting_as
from portal.trail.errors import IllegalMove, NotPermitted
from rights import actions, queries
from rights.actions import Change
from rights.errors import ApprovalNeeded, ItemUnknown, NoDifference, NotThisKind, UnknownPart, UnknownRequest
from rights.models import Kind, RightsRequest, WantedChange
from tests.catalogue import factories as catalogue
from tests.people import api_client, as_citizen
from tests.rights import factories as town
from tests.rights.factories import AT

pytestmark = pytest.mark.django_db


def item(code: str = "tax.income") -> Any:
    with acting_as(Actor.portal()):
        return town.dataset(code).items.all()[0]


def corrected() -> RightsRequest:
    """A correction of one item at each of two agencies, with evidence, routed."""
    user = town.person()
    datasets = tuple(town.dataset(code).pk for code in ("tax.income", "housing.account"))
    changes = (Change(item().pk, "old", "new"), Change(item("housing.account").pk, "", "added"))
    draft = town.begun(user, kind=Kind.CORRECTION, datasets=datasets, changes=changes)
    town.shown_by(draft)
    actor = as_citizen(user)
    with acting_as(actor):
        actions.send(draft, actor=actor, at=AT)
    town.run()
    return draft


def test_each_agency_sees_the_changes_to_its_own_data_and_no_others() -> None:
    request = corrected()
    for of, expected in (("tax", ("old", "new")), ("housing", ("", "added"))):
        part = town.part(request, of)
        with acting_as(town.clerk(part.agency)):
            assert [(one.held, one.wanted) for one in queries.wanted_changes(part)] == [expected]
            assert WantedChange.objects.count() == 1  # by the wall, not by the filter
            assert [file.name for file in queries.evidence_of(request)] == ["proof.txt"]


def test_an_agency_without_a_part_sees_nothing_of_it() -> None:
    corrected()
    with acting_as(town.clerk(catalogue.agency("elsewhere"))):
        assert not WantedChange.objects.exists()


def test_a_system_gets_them_with_its_part_and_fetches_the_evidence(client: Client) -> None:
    request = corrected()
    part = town.part(request)
    system, secret = api_client(town.tax(), "rights")
    form = {"grant_type": "client_credentials", "client_id": system.client_id, "client_secret": secret}
    headers = {"Authorization": f"Bearer {client.post('/oauth/token', form).json()['access_token']}"}
    told = client.get(f"/api/v1/rights/parts/{part.pk}", headers=headers).json()
    assert told["changes"] == [{"item": item().code, "held": "old", "wanted": "new"}]
    (file,) = told["evidence"]
    got = client.get(file["url"], headers=headers)
    assert b"".join(got.streaming_content) == b"See?"  # type: ignore[attr-defined]  # it streams
    assert got.headers["Content-Disposition"].startswith("attachment;")
    assert "rights.evidence.read" in town.events(part)


def test_evidence_is_read_by_the_agency_of_an_open_part_alone() -> None:
    request = corrected()
    part = town.part(request)
    with acting_as(Actor.portal()):
        evidence = request.evidence.get().pk
    with pytest.raises(UnknownPart):
        town.act("read_evidence", part, identifier=evidence, by=town.clerk(town.housing()))
    with pytest.raises(NotPermitted):
        town.act("read_evidence", part, identifier=evidence, by=town.owner_of(request))
    with pytest.raises(UnknownRequest):
        town.act("read_evidence", part, identifier=part.pk)
    town.replied(part)
    with pytest.raises(IllegalMove):
        town.act("read_evidence", part, identifier=evidence)


def test_a_minors_evidence_waits_for_the_approval(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rights.minors.is_minor", lambda *_args, **_given: True)
    request = corrected()
    with acting_as(Actor.portal()):
        evidence = request.evidence.get().pk
    with pytest.raises(ApprovalNeeded):
        town.act("read_evidence", town.part(request), identifier=evidence)


@pytest.mark.parametrize(
    ("kind", "change", "error"),
    [
        (Kind.CORRECTION, lambda: Change(item().pk, " 张三", "张三 "), NoDifference),
        (Kind.CORRECTION, lambda: Change(item("housing.account").pk, "a", "b"), ItemUnknown),
        (Kind.ACCESS, lambda: Change(item().pk, "a", "b"), NotThisKind),
    ],
)
def test_a_change_that_makes_no_sense_is_refused_and_nothing_is_filed(
    kind: Kind, change: Any, error: type[Exception]
) -> None:
    user = town.person()
    with pytest.raises(error):
        town.filed(user, kind=kind, datasets=(town.dataset().pk,), changes=(change(),))
    with acting_as(Actor.portal()):
        assert not RightsRequest.objects.filter(subject_key=user.subject_key).exists()
