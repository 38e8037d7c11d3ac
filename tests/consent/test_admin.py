"""Purposes in the staff's admin: who sees which, and who approves."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

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


FORM = {
    "code": "new-study", "name_zh": "新研究", "name_en": "A new study", "manner_zh": "汇总", "manner_en": "Totals.",
    "legal_basis": "consent", "kind": "separate", "risk": "ordinary", "impact_assessment": "PIA-9",
    "longest_days": "365", "retention_days": "90", "if_refused_zh": "没有影响。", "if_refused_en": "Nothing changes.",
    "items-TOTAL_FORMS": "6", "items-INITIAL_FORMS": "0",
}  # fmt: skip


def row(code: str, place: int = 0, **changes: str) -> dict[str, str]:
    """One item in the form."""
    whole = {
        "item": str(town.item(code).pk),
        "why_zh": "为何",
        "why_en": "why",
        "narrower_zh": "无",
        "narrower_en": "no",
    }
    return {f"items-{place}-{name}": value for name, value in {**whole, **changes}.items()}


def test_a_clerk_registers_a_purpose_writes_its_notice_and_hears_how_it_reads() -> None:
    town.approved()  # so that there are items to choose from
    client = signed_in(people.clerk(town.asker()))
    where = "/admin/consent/purpose/register/"
    assert "/register/" in page_of(client, "/admin/consent/purpose/")
    assert "Why" in page_of(client, where) or "why" in page_of(client, where)
    wrong = client.post(where, {**FORM, **row("year", why_en="")})
    assert (wrong.status_code, "Say this in both languages." in wrong.content.decode()) == (422, True)
    assert client.post(where, FORM).status_code == 422  # no item at all
    taken = client.post(where, {**FORM, "code": "study", **row("year")})
    assert (taken.status_code, "registered already" in taken.content.decode()) == (422, True)
    done = client.post(where, {**FORM, **row("year", needed="on"), **row("income", 1)}, follow=True)
    assert "Write its notice next" in done.content.decode()
    with acting_as(Actor.portal()):
        purpose = Purpose.objects.get(code="new-study")
        wishes = [(wish.item.code, wish.need, wish.narrower_en) for wish in purpose.items.select_related("item")]
    assert wishes == [("year", "needed", "no"), ("income", "optional", "no")]
    assert (purpose.state, purpose.scenarios, purpose.agency_id) == ("draft", ["provide"], town.asker().pk)
    text = {**town.TEXTS, "full_en": "Pursuant to " + "the very long sentence " * 10 + "."}
    said = client.post(address(purpose, "propose-notice"), text, follow=True).content.decode()
    assert "A second person approves it." in said
    assert "in one sentence" in said


def test_others_register_nothing() -> None:
    town.approved()
    for kind in (UserKind.AUTHORITY, UserKind.REGULATOR):
        assert signed_in(people.staff(kind)).get("/admin/consent/purpose/register/").status_code == 404


def test_who_decides_sees_what_changed_and_what_people_said() -> None:
    purpose = town.registered(risk="high")
    authority = signed_in(people.staff(UserKind.AUTHORITY))
    today = timezone.localdate()
    early = authority.post(address(purpose, "open-for-comment"), {"until": (today + timedelta(days=2)).isoformat()})
    assert (early.status_code, "15 days at least" in early.content.decode()) == (422, True)
    authority.post(address(purpose, "open-for-comment"), {"until": (today + timedelta(days=20)).isoformat()})
    assert now(purpose).state == "open"
    with acting_as(people.as_citizen(town.adult())) as citizen:
        actions.comment(purpose, text="Why <i>so</i> much?", actor=citizen, at=timezone.now())
    asked = page_of(authority, address(purpose, "approve"))
    assert "Why &lt;i&gt;so&lt;/i&gt; much?" in asked
    refused = authority.post(address(purpose, "approve"), {"answer_en": "x"})
    assert (refused.status_code, "open for public comment first" in refused.content.decode()) == (422, True)


def test_two_versions_of_a_notice_stand_side_by_side() -> None:
    purpose = town.approved()
    with acting_as(catalogue.clerk_of(town.asker())) as clerk:
        text = {**town.TEXTS, "short_en": "We would like to use your tax record for a study."}
        actions.publish_notice(purpose, **text, asks_anew=False, actor=clerk, at=town.AT)
    client = signed_in(people.staff(UserKind.AUTHORITY))
    page = page_of(client, address(purpose, "compare"))
    assert "<del>income</del>" in page
    assert "<ins>tax</ins>" in page
    assert "as before" in page
    assert "Only the wording changes" in page_of(client, address(purpose, "approve-notice"))
    assert client.get(address(purpose, "compare") + "?old=9&new=x").status_code == 200  # the newest two


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
