"""The staff's admin: who sees what, and buttons that decide."""

from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest
from django.test import Client

from portal.accounts.models import User, UserKind
from portal.catalogue.models import Agreement, Dataset
from tests import people
from tests.catalogue import factories

pytestmark = pytest.mark.django_db
PLAIN = [{"code": "year", "name_zh": "年度", "name_en": "Year"}]
AsOwner = Callable[[], AbstractContextManager[None]]


def signed_in(user: User) -> Client:
    client = Client(headers={"accept-language": "en"})
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


@pytest.fixture
def authority() -> Client:
    return signed_in(people.staff(UserKind.AUTHORITY))


def address(row: Dataset | Agreement, act: str) -> str:
    return f"/admin/catalogue/{row._meta.model_name}/{row.pk}/{act}/"


def page_of(client: Client, path: str) -> str:
    response = client.get(path, follow=True)
    assert response.status_code == 200
    return response.content.decode()


def now(row: Dataset | Agreement, as_owner: AsOwner) -> str:
    with as_owner():
        row.refresh_from_db()
    return row.status


def test_the_authority_sees_what_is_proposed_beside_what_stands(authority: Client) -> None:
    dataset = factories.published()
    factories.proposed(name_en="Tax returns <b>")
    page = page_of(authority, address(dataset, "change"))
    assert "Income tax returns" in page
    assert "Tax returns &lt;b&gt;" in page
    assert address(dataset, "approve") in page


def test_the_authority_approves_by_a_button(authority: Client, as_owner: AsOwner) -> None:
    dataset = factories.proposed()
    assert "Approve what is proposed?" in page_of(authority, address(dataset, "approve"))
    assert now(dataset, as_owner) == "proposed"
    response = authority.post(address(dataset, "approve"), follow=True)
    assert "Published." in response.content.decode()
    assert now(dataset, as_owner) == "published"


def test_a_return_needs_reasons_at_the_field(authority: Client, as_owner: AsOwner) -> None:
    dataset = factories.proposed()
    response = authority.post(address(dataset, "return"), {"reasons": " "})
    assert response.status_code == 400
    assert "This field is required." in response.content.decode()
    assert now(dataset, as_owner) == "proposed"
    authority.post(address(dataset, "return"), {"reasons": "Name the article."})
    assert now(dataset, as_owner) == "draft"


def test_the_authority_withdraws(authority: Client, as_owner: AsOwner) -> None:
    dataset = factories.published()
    authority.post(address(dataset, "withdraw"), {"reasons": "Merged into another."})
    assert now(dataset, as_owner) == "withdrawn"


def test_a_clerk_reads_but_does_not_decide(as_owner: AsOwner) -> None:
    dataset = factories.proposed()
    client = signed_in(people.clerk(dataset.agency))
    assert address(dataset, "approve") not in page_of(client, address(dataset, "change"))
    response = client.post(address(dataset, "approve"), follow=True)
    assert "This step is not possible now." in response.content.decode()
    assert now(dataset, as_owner) == "proposed"


def test_a_foreign_clerk_finds_no_proposal() -> None:
    dataset = factories.proposed()
    client = signed_in(people.clerk(factories.agency("health")))
    assert client.post(address(dataset, "approve")).status_code == 404
    assert "tax.income" not in page_of(client, "/admin/catalogue/dataset/")


def test_the_providing_agencys_clerk_grants_and_ends(as_owner: AsOwner) -> None:
    agreement = factories.applied(factories.published(items=PLAIN), factories.agency("fund"))
    client = signed_in(people.clerk(factories.agency()))
    assert "To check who may have a loan" in page_of(client, address(agreement, "grant"))
    client.post(address(agreement, "grant"))
    assert now(agreement, as_owner) == "granted"
    assert address(agreement, "end") in page_of(client, address(agreement, "change"))
    client.post(address(agreement, "end"), {"reasons": "The law has changed."})
    assert now(agreement, as_owner) == "ended"


def test_the_recipients_clerk_finds_no_button(as_owner: AsOwner) -> None:
    agreement = factories.applied(factories.published(), factories.agency("fund"))
    client = signed_in(people.clerk(factories.agency("fund")))
    assert address(agreement, "grant") not in page_of(client, address(agreement, "change"))
    client.post(address(agreement, "grant"))
    assert now(agreement, as_owner) == "applied"


@pytest.mark.parametrize("model", ["agency", "system", "dataset", "agreement"])
def test_nothing_is_added_or_deleted_in_the_admin(model: str, authority: Client) -> None:
    page_of(authority, f"/admin/catalogue/{model}/")
    assert authority.get(f"/admin/catalogue/{model}/add/").status_code == 403


def test_citizens_and_visitors_do_not_come_in() -> None:
    dataset = factories.proposed()
    for client in (Client(), signed_in(people.citizen())):
        assert client.post(address(dataset, "approve")).status_code == 302


def test_lists_ask_the_database_as_often_for_many_rows_as_for_few(
    authority: Client, django_assert_max_num_queries: Callable[[int], AbstractContextManager[None]]
) -> None:
    for number in range(15):
        factories.published(f"tax.{number}")
    authority.get("/admin/catalogue/dataset/")
    with django_assert_max_num_queries(20):
        assert authority.get("/admin/catalogue/dataset/").status_code == 200
