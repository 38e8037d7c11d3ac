"""Days set by hand: who may, what it leaves behind, and that the deadlines follow."""

from datetime import date, datetime
from io import StringIO
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, IntegrityError, transaction
from django.test import Client
from pytest_django import DjangoAssertNumQueries, Settings

from portal.accounts.models import User, UserKind
from portal.catalogue.models import Agency
from portal.law import actions, queries
from portal.law.errors import DayOutOfRange, UnknownProvision
from portal.law.models import DayOverride
from portal.trail.actor import Actor, acting_as
from portal.trail.errors import Invalid, NotPermitted
from portal.trail.ids import new_id
from portal.trail.models import Entry

pytestmark = pytest.mark.django_db
AT = datetime(2026, 11, 24, 9, tzinfo=ZoneInfo("Asia/Shanghai"))
NOTICE = "国办发明电〔2026〕7号"


@pytest.fixture
def authority() -> Actor:
    return Actor.authority(new_id())


def test_the_operator_sets_days_too() -> None:
    assert set_day(date(2027, 2, 6), Actor.operator(new_id())).pk


def sign_in(client: Client, kind: UserKind, of: Agency | None = None) -> None:
    user = User.objects.create_user(username="somebody", kind=kind, agency=of, is_staff=True)
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")


def set_day(day: date, actor: Actor, **given: Any) -> DayOverride:
    given = {"jurisdiction": "cn", "working": False, "source": NOTICE, **given}
    with acting_as(actor):
        return actions.set_day(day=day, actor=actor, at=AT, **given)


def test_the_authority_sets_a_day_and_deadlines_follow(authority: Actor) -> None:
    deliver = queries.jurisdiction("cn").clocks["answer_unconditional"].rule
    before = datetime(2029, 2, 9, 9, tzinfo=AT.tzinfo)
    assert queries.due(deliver, before, code="cn").provisional
    set_day(date(2029, 2, 12), authority)
    due = queries.due(deliver, before, code="cn")
    assert (due.on, due.provisional) == (date(2029, 2, 13), False)


def test_a_day_set_for_one_jurisdiction_changes_no_other(authority: Actor) -> None:
    set_day(date(2026, 11, 25), authority)
    assert not queries.calendar("cn").is_working(date(2026, 11, 25))
    assert queries.calendar("gdpr").is_working(date(2026, 11, 25))


def test_setting_a_day_again_replaces_it_and_the_trail_keeps_both(authority: Actor) -> None:
    first = set_day(date(2027, 2, 6), authority)
    second = set_day(date(2027, 2, 6), authority, working=True, source="更正通知")
    assert first.pk == second.pk
    with acting_as(Actor.regulator(new_id())):
        said = [entry.facts["working"] for entry in Entry.objects.filter(event="law.day.set").order_by("id")]
    assert said == [False, True]


@pytest.mark.parametrize(
    "actor",
    [
        Actor.visitor(),
        Actor.citizen(new_id(), bytes(16)),
        Actor.clerk(new_id(), new_id()),
        Actor.client("system", new_id()),
        Actor.regulator(new_id()),
    ],
    ids=lambda actor: actor.kind.value,
)
def test_nobody_else_sets_a_day(actor: Actor) -> None:
    with pytest.raises(NotPermitted):
        set_day(date(2027, 2, 6), actor)
    with pytest.raises(DatabaseError), acting_as(actor):  # the database says it a second time
        DayOverride.objects.create(jurisdiction="cn", day=date(2027, 2, 6), working=True, source="x", set_at=AT)
    assert not DayOverride.objects.exists()


def test_a_day_once_set_is_never_deleted(authority: Actor) -> None:
    set_day(date(2027, 2, 6), authority)
    with pytest.raises(DatabaseError), acting_as(authority):
        DayOverride.objects.all().delete()


@pytest.mark.parametrize(
    ("given", "refusal"),
    [
        ({"source": "  "}, Invalid),
        ({"jurisdiction": "atlantis"}, UnknownProvision),
        ({"day": date(1999, 12, 31)}, DayOutOfRange),
        ({"day": date(2101, 1, 1)}, DayOutOfRange),
    ],
)
def test_a_day_without_source_jurisdiction_or_calendar_is_refused(
    authority: Actor, given: dict[str, Any], refusal: type[Exception]
) -> None:
    with pytest.raises(refusal):
        set_day(**{"day": date(2027, 2, 6), "actor": authority, **given})
    assert not DayOverride.objects.exists()


def test_the_database_keeps_one_row_a_day(authority: Actor) -> None:
    set_day(date(2027, 2, 6), authority)
    with pytest.raises(IntegrityError), acting_as(authority), transaction.atomic():
        DayOverride.objects.create(jurisdiction="cn", day=date(2027, 2, 6), working=True, source="x", set_at=AT)


def test_a_calendar_costs_one_query(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    queries.jurisdiction("cn")
    with django_assert_num_queries(1):
        calendar = queries.calendar("cn")
        for day in range(1, 29):
            calendar.is_working(date(2026, 2, day))


def test_a_page_with_many_deadlines_reads_the_calendar_once(
    authority: Actor, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    rule = queries.jurisdiction("cn").clocks["answer_unconditional"].rule
    with queries.remembering_calendars():
        with django_assert_num_queries(1):
            assert {queries.due(rule, AT, code="cn").on for _ in range(5)} == {date(2026, 11, 25)}
        set_day(date(2026, 11, 25), authority)
        assert queries.due(rule, AT, code="cn").on == date(2026, 11, 26)  # never staler than what we set ourselves
    assert queries.due(rule, AT, code="cn").on == date(2026, 11, 26)


# ---------------------------------------------------------------- the admin


def tax_bureau() -> Agency:
    with acting_as(Actor.portal()):
        return Agency.objects.create(code="tax", name_zh="税务局", name_en="Tax Bureau")


@pytest.fixture
def plain_assets(settings: Settings) -> None:
    """Pages without collected style sheets."""
    settings.STORAGES = {
        **settings.STORAGES,
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
    }


FORM = {"jurisdiction": "cn", "day": "2027-02-06", "source": NOTICE, "note": ""}
ADD = "/admin/law/dayoverride/add/"


@pytest.mark.usefixtures("plain_assets")
def test_the_authority_sets_a_day_in_the_admin(client: Client) -> None:
    sign_in(client, UserKind.AUTHORITY)
    answer = client.post(ADD, FORM)
    assert answer.status_code == 302
    override = DayOverride.objects.get()
    assert (override.day, override.working) == (date(2027, 2, 6), False)
    page = client.get("/admin/law/dayoverride/")
    assert NOTICE in page.content.decode()
    change = client.post(f"/admin/law/dayoverride/{override.pk}/change/", {**FORM, "working": "on"})
    assert change.status_code == 302
    assert DayOverride.objects.get().working


@pytest.mark.usefixtures("plain_assets")
def test_the_admin_refuses_at_the_field(client: Client) -> None:
    sign_in(client, UserKind.AUTHORITY)
    for wrong in ({"day": "1890-01-01"}, {"jurisdiction": "atlantis"}, {"source": ""}):
        answer = client.post(ADD, {**FORM, **wrong})
        assert answer.status_code == 200
        assert list(answer.context["adminform"].form.errors) == list(wrong)
    assert not DayOverride.objects.exists()


@pytest.mark.usefixtures("plain_assets")
def test_a_clerk_finds_no_calendar_in_the_admin(client: Client) -> None:
    sign_in(client, UserKind.CLERK, tax_bureau())
    assert client.get(ADD).status_code == 403
    assert client.post(ADD, FORM).status_code == 403
    assert not DayOverride.objects.exists()


# ---------------------------------------------------------------- the command


def test_the_command_prints_rules_and_articles() -> None:
    out = StringIO()
    call_command("law", "gdpr", stdout=out)
    assert "gdpr-12-3" in out.getvalue()
    assert "2 files sound: cn, gdpr" in out.getvalue()


def test_the_command_names_the_jurisdictions_there_are() -> None:
    with pytest.raises(CommandError, match="cn, gdpr"):
        call_command("law", "atlantis", stdout=StringIO())
