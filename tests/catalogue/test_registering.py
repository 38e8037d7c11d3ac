"""Registering in the admin: a clerk's form, a table that is looked at first, and a table to take home."""

import csv
import io
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from portal.accounts.models import UserKind
from portal.catalogue.models import Agreement, Dataset
from portal.trail.actor import acting_as
from tests import people
from tests.catalogue import factories
from tests.catalogue.factories import AUTHORITY
from tests.catalogue.test_admin import address, now, page_of, signed_in
from tests.catalogue.test_pages import AsOwner

pytestmark = pytest.mark.django_db
NEW, IMPORT, TABLE = (f"/admin/catalogue/dataset/{name}/" for name in ("register", "import", "table.csv"))
FORM = {
    "code": "tax.income", "name_zh": "个人所得税申报", "name_en": "Income tax returns", "kind": "government",
    "update_frequency": "yearly", "sharing": "unconditional", "sharing_method": "interface", "classification": "basic",
    "grade": "general-2", "collection_basis": "duty", "collection_force": "imposes-duty", "opening": "closed",
    "collection_citation_zh": "《个人所得税法》第十条", "secrecy": "none", "assessment": "PIA-7",
    "assessed_on": "2026-01-10", "head": "王处长", "head_approved_on": "2026-01-12", "manager_holder": "税务局",
    "manager_provision_zh": "《税收征收管理法》第五条",
    "items": "year | 年度 | Year\r\nincome | 所得额 | Income | finance | | GB/T 12406-2022\r\n",
}  # fmt: skip


@pytest.fixture
def clerk() -> Client:
    return signed_in(people.clerk(factories.agency()))


def test_a_clerk_registers_by_form_and_the_authority_approves(clerk: Client, as_owner: AsOwner) -> None:
    assert NEW in page_of(clerk, "/admin/catalogue/dataset/")
    assert "Send to approval" in page_of(clerk, NEW)
    response = clerk.post(NEW, FORM, follow=True)
    assert "Sent to the catalogue authority for approval." in response.content.decode()
    with acting_as(AUTHORITY):
        row = Dataset.objects.get(code="tax.income")
        year, income = row.items.order_by("position")
    assert (year.no_standard, income.special_category, income.code_list) == (True, "finance", "GB/T 12406-2022")
    assert [line["undetermined"] for line in row.ownership] == [True, False]
    signed_in(people.staff(UserKind.AUTHORITY)).post(address(row, "approve"))
    assert now(row, as_owner) == "published"


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"code": "two words"}, "Use letters, digits"),
        ({"head": ""}, "This field is required."),
        ({"sharing": "not-shared"}, "What is not shared names the provision"),
        ({"items": "year | 年度 | Year\nyear | 年度 | Year"}, "Line 2, code: Another item has this code."),
        ({"items": "year"}, "Line 1, name_zh: This is required."),
        ({"assessed_on": "soon"}, "Enter a valid date."),
        ({"manager_holder": ""}, "This is required."),
    ],
)
def test_a_mistake_is_said_at_its_field_and_nothing_is_changed(clerk: Client, changes: Any, said: str) -> None:
    response = clerk.post(NEW, {**FORM, **changes})
    assert response.status_code == 400
    assert said in response.content.decode()
    with acting_as(AUTHORITY):
        assert not Dataset.objects.exists()


def test_a_clerk_revises_by_form_what_stands_in_it(clerk: Client) -> None:
    dataset = factories.published()
    page = page_of(clerk, address(dataset, "revise"))
    assert "income | 所得额 | Income | finance" in page
    assert "PIA-2026-7" in page
    clerk.post(address(dataset, "revise"), {**FORM, "name_en": "Tax returns"})
    with acting_as(AUTHORITY):
        assert dataset.versions.order_by("-number")[0].content["name_en"] == "Tax returns"


def test_nobody_registers_for_others() -> None:
    dataset = factories.published()
    authority = signed_in(people.staff(UserKind.AUTHORITY))
    stranger = signed_in(people.clerk(factories.agency("health")))
    assert authority.post(NEW, FORM).status_code == 404
    assert NEW not in page_of(authority, "/admin/catalogue/dataset/")
    assert stranger.post(address(dataset, "revise"), FORM).status_code == 404


def table(clerk: Client) -> list[dict[str, str]]:
    response = clerk.get(TABLE)
    assert response.status_code == 200
    return list(csv.DictReader(io.StringIO(response.content.decode().removeprefix("\ufeff"))))


def sent(rows: list[dict[str, str]]) -> SimpleUploadedFile:
    text = io.StringIO()
    writer = csv.DictWriter(text, list(rows[0]))
    writer.writeheader()
    writer.writerows(rows)
    return SimpleUploadedFile("table.csv", text.getvalue().encode())


def test_an_exported_table_is_changed_looked_at_and_taken(clerk: Client) -> None:
    factories.published("tax.cars", name_en="=Cars")
    factories.published()
    rows = table(clerk)
    assert {row["name_en"] for row in rows} == {"'=Cars", "Income tax returns"}  # no formula for a spreadsheet
    for row in rows:
        if row["dataset_code"] == "tax.income":
            row["name_en"] = "Tax returns"
        else:
            row["collection_basis"] = "because"
    page = clerk.post(IMPORT, {"file": sent(rows)}).content.decode()
    assert "Nothing is changed yet." in page
    assert "/collection_basis" in page
    with acting_as(AUTHORITY):
        assert Dataset.objects.get(code="tax.income").versions.count() == 1
    content = sent(rows).read().decode()
    page = clerk.post(IMPORT, {"content": content, "confirm": "1"}).content.decode()
    assert "Taken. This became of each dataset:" in page
    with acting_as(AUTHORITY):
        assert Dataset.objects.get(code="tax.income").versions.count() == 2
        assert Dataset.objects.get(code="tax.cars").versions.count() == 1
    unchanged = clerk.post(IMPORT, {"content": content}).content.decode()
    assert "unchanged" in unchanged


@pytest.mark.parametrize("data", [b"", b"a,b\n1,2", b"\x00", b"\x81"])
def test_what_is_no_table_is_refused_in_words(clerk: Client, data: bytes) -> None:
    page_of(clerk, IMPORT)
    response = clerk.post(IMPORT, {"file": SimpleUploadedFile("t.csv", data)})
    assert response.status_code == 400
    assert "Nothing was changed." in response.content.decode()


def test_a_foreign_agencys_dataset_in_a_table_is_refused_in_its_line(clerk: Client) -> None:
    factories.published()
    rows = table(clerk)
    other = signed_in(people.clerk(factories.agency("health")))
    page = other.post(IMPORT, {"file": sent(rows)}).content.decode()
    assert "You register for your own agency only." in page


def test_the_steps_of_an_application_are_buttons(as_owner: AsOwner) -> None:
    agreement = factories.applied(factories.published(), factories.agency("fund"))
    provider = signed_in(people.clerk(factories.agency()))
    recipient = signed_in(people.clerk(factories.agency("fund")))
    authority = signed_in(people.staff(UserKind.AUTHORITY))
    page_of(provider, address(agreement, "missing"))
    provider.post(address(agreement, "missing"), {"missing": "The scenario\nThe term"})
    assert now(agreement, as_owner) == "incomplete"
    recipient.post(address(agreement, "supply"), {"supplement": "Loans; one year."})
    assert now(agreement, as_owner) == "applied"
    response = provider.post(address(agreement, "grant"))
    assert "This is sensitive data." in response.content.decode()
    authority.post(address(agreement, "except"), {"reasons": "Case by case.", "until": "2099-01-01"})
    provider.post(address(agreement, "grant"))
    assert now(agreement, as_owner) == "granted"
    provider.post(address(agreement, "deliver"))
    with as_owner():
        assert Agreement.objects.get().delivered_at
    assert "overdue" in page_of(authority, "/admin/catalogue/agreement/?overdue=answer")


def test_the_authority_lists_items_defined_differently_and_entries_that_are_due() -> None:
    authority = signed_in(people.staff(UserKind.AUTHORITY))
    for code, own in (("a", "GB/T 2261.1-2003"), ("b", "own list")):
        items = [{"code": "sex", "name_zh": "性别", "name_en": f"Sex of {code}", "code_list": own}]
        dataset = factories.published(f"{code}.people", of=factories.agency(code), items=items)
    factories.published("c.cars", of=factories.agency("c"))
    page = page_of(authority, "/admin/catalogue/dataitem/?apart=yes")
    assert "own list" in page
    assert "所得额" not in page
    authority.post(address(dataset, "law"), {"reasons": "A new act."})
    assert "b.people" in page_of(authority, address(dataset, "change"))
    assert dataset.name_zh in page_of(authority, "/admin/catalogue/updateduty/")
