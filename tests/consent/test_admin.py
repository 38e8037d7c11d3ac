"""Purposes in the staff's admin: who sees which, and who approves."""

from typing import Any

import pytest
from django.test import Client

from consent import actions
from consent.models import Purpose
from portal.accounts.models import User, UserKind
from portal.trail.actor import Actor, acting_as
from tests import people
from tests.catalogue import factories as catalogue
from tests.consent import factories as town

pytestmark = pytest.mark.django_db


def signed_in(user: User) -> Client:
    client = Client(headers={"accept-language": "en"})
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


def page_of(client: Client, path: str) -> str:
    answer = client.get(path, follow=True)
    assert answer.status_code == 200, answer.content
    return answer.content.decode()


def address(purpose: Purpose, act: str = "change") -> str:
    return f"/admin/consent/purpose/{purpose.pk}/{act}/"


def now(purpose: Purpose) -> Any:
    with acting_as(Actor.portal()):
        return Purpose.objects.get(pk=purpose.pk)


def test_the_authority_reads_the_notice_and_approves_by_a_button() -> None:
    purpose, client = town.registered(), signed_in(people.staff(UserKind.AUTHORITY))
    assert address(purpose, "approve") in page_of(client, address(purpose))
    asked = page_of(client, address(purpose, "approve"))
    assert "The whole text." in asked
    assert now(purpose).state == "draft"
    assert "Approved." in client.post(address(purpose, "approve"), follow=True).content.decode()
    assert now(purpose).state == "approved"
    again = client.post(address(purpose, "approve"), follow=True).content.decode()
    assert "This step is not possible now" in again


def test_a_newer_notice_has_its_own_approval() -> None:
    purpose = town.approved()
    with acting_as(catalogue.clerk_of(town.asker())) as clerk:
        actions.publish_notice(purpose, **town.TEXTS, actor=clerk, at=town.AT)
    client = signed_in(people.staff(UserKind.AUTHORITY))
    client.post(address(purpose, "approve-notice"))
    with acting_as(Actor.portal()):
        assert purpose.notices.filter(approved_at__isnull=False).count() == 2


def test_a_clerk_sees_and_ends_their_agencys_purposes_and_no_others() -> None:
    purpose = town.approved()
    own, other = (signed_in(people.clerk(agency)) for agency in (town.asker(), town.holder()))
    assert "A study" in page_of(own, "/admin/consent/purpose/")
    assert "A study" not in page_of(other, "/admin/consent/purpose/")
    own.post(address(purpose, "approve"))
    other.post(address(purpose, "end"))
    assert now(purpose).state == "approved"
    own.post(address(purpose, "end"))
    assert now(purpose).state == "ended"
