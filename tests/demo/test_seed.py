"""The seed fills the portal by its own actions, and once."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from portal.demo import seed
from portal.demo.city import city
from portal.representation.models import Representation

pytestmark = pytest.mark.django_db
AT = datetime(2026, 11, 24, 6, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, settings: Any, monkeypatch: pytest.MonkeyPatch) -> Path:
    settings.PORTAL_DATA_FOLDER = tmp_path
    settings.PORTAL_OUTBOUND_NETWORKS = ["127.0.0.0/8"]
    settings.PORTAL_HOUSEHOLD_REGISTER = "portal.demo.household.register"
    monkeypatch.setenv("PORTAL_DEMO_WEBHOOKS", "http://127.0.0.1:9/")
    return tmp_path


def counts(as_owner: Any) -> dict[str, int]:
    """The rows of every table."""
    with as_owner(), connection.cursor() as cursor:
        cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")  # not temporary ones
        tables = [name for (name,) in cursor.fetchall()]
        found = {}
        for table in tables:
            cursor.execute(f'SELECT count(*) FROM "{table}"')  # names from the database itself
            found[table] = cursor.fetchone()[0]
    return found


def test_the_city_is_seeded_whole_and_a_second_run_adds_nothing(as_owner: Any, folder: Path) -> None:
    said: list[str] = []
    seed.seed(AT, said.append)
    first = counts(as_owner)
    sample = city()
    assert first["catalogue_agency"] == len(sample.agencies)
    assert first["catalogue_dataset"] == len(sample.datasets)
    assert first["catalogue_agreement"] == len(sample.agreements)
    assert first["ledger_sharingevent"] > 600
    assert first["ledger_publicflow"] > 0
    assert first["accounts_person"] == len(sample.citizens)
    assert set(json.loads((folder / "departments.json").read_text())) == {"tax", "housing-fund"}
    assert (folder / "departments.json").stat().st_mode & 0o077 == 0
    assert len(said) >= 4

    with as_owner():
        standing = Representation.objects.filter(state="proven").order_by("asked_at")
        assert [row.kind for row in standing] == ["child", "child", "adult", "proxy"]

    again: list[str] = []
    seed.seed(AT, again.append)
    assert counts(as_owner) == first
    assert again == []


def test_after_a_restart_the_webhooks_go_to_the_new_address(as_owner: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    seed.seed(AT, lambda _: None)
    monkeypatch.setenv("PORTAL_DEMO_WEBHOOKS", "http://127.0.0.1:10/")
    seed.seed(AT, lambda _: None)
    with as_owner(), connection.cursor() as cursor:
        cursor.execute("SELECT url, active FROM outbox_endpoint ORDER BY url")
        assert cursor.fetchall() == [("http://127.0.0.1:10/", True), ("http://127.0.0.1:9/", False)]
