"""What a log line holds of people, and what it tells of an error."""

import json
import logging
from typing import Any

import httpx
import psycopg
import pytest
import requests
import structlog
from django.core.exceptions import ValidationError
from django.db import IntegrityError, OperationalError, connection, transaction

from portal.celery import app
from portal.trail import redaction
from tests.logs import Finding, Watch
from tests.people import number

log = structlog.get_logger("tests.redaction")
NAME, NUMBER, MAIL, PHONE = "张三", number(31), "zhang@example.org", "13800138000"


@pytest.mark.parametrize("datum", [NUMBER, MAIL, PHONE, f"{NUMBER[:-1]}x", "zhang%40example.org"])
def test_numbers_phones_and_mail_addresses_are_struck_out_of_a_line(datum: str) -> None:
    for text in (datum, f'{{"event": "{datum}"}}', f"/path/{datum}/", f"({datum})", f"a={datum}&b"):
        assert datum not in redaction.struck_out(text)


def test_of_a_task_that_fails_neither_words_nor_arguments_are_told(
    caplog: pytest.LogCaptureFixture, watched_logs: Watch
) -> None:
    @app.task(name="tests.fails")
    def fails(name: str) -> None:
        raise ValueError(name)

    try:
        fails.apply(args=(NAME,))
    finally:
        app.tasks.pop("tests.fails")
    lines = [line for line in written(caplog, watched_logs) if line["logger"] == "celery.app.trace"]
    assert "ValueError" in lines[0]["event"]
    assert lines[0]["exception"].endswith("builtins.ValueError")
    assert NAME not in json.dumps(lines, ensure_ascii=False)


@pytest.mark.parametrize(
    "text", ["0189f0c2-1380-7138-8001-380000000000", "a" * 64, "1.13800138000", "12345678901234567"]
)
def test_what_names_nobody_stays(text: str) -> None:
    assert redaction.struck_out(text) == text


def written(caplog: pytest.LogCaptureFixture, watch: Watch) -> list[dict[str, Any]]:
    """The lines as production writes them."""
    return [json.loads(watch.format(record)) for record in caplog.records]


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (ValueError(f"no such person: {NAME}"), "builtins.ValueError"),
        (KeyError(NAME), "builtins.KeyError"),
        (ValidationError(NAME), "django.core.exceptions.ValidationError"),
        (psycopg.DataError(f"invalid input: {NAME}"), "psycopg.DataError"),
        (requests.ConnectionError(f"/userinfo?name={NAME}"), "requests.exceptions.ConnectionError"),
        (httpx.ConnectError(f"/userinfo?name={NAME}"), "httpx.ConnectError"),
        (OperationalError("the server closed the connection"), "OperationalError: the server closed the connection"),
        (FileNotFoundError(2, "No such file", "/data/1"), "FileNotFoundError: [Errno 2] No such file: '/data/1'"),
    ],
)
def test_of_an_error_its_kind_and_place_are_told_and_its_words_only_where_they_are_the_machines(
    error: Exception, told: str, caplog: pytest.LogCaptureFixture, watched_logs: Watch
) -> None:
    try:
        raise error
    except Exception:
        log.exception("tests.failed")
        logging.getLogger("tests.redaction").exception("failed")
    for line in written(caplog, watched_logs):
        assert line["exception"].endswith(told)
        assert (
            f"in {test_of_an_error_its_kind_and_place_are_told_and_its_words_only_where_they_are_the_machines.__name__}"
            in line["exception"]
        )
        assert NAME not in json.dumps(line, ensure_ascii=False)


@pytest.mark.django_db
def test_an_error_of_the_database_leaves_the_row_out(caplog: pytest.LogCaptureFixture, watched_logs: Watch) -> None:
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("CREATE TEMPORARY TABLE names (name text UNIQUE) ON COMMIT DROP")
            cursor.execute("INSERT INTO names VALUES (%s), (%s)", [NAME, NAME])
    except IntegrityError:
        log.exception("tests.failed")
    (line,) = written(caplog, watched_logs)
    assert "psycopg.errors.UniqueViolation: SQLSTATE 23505" in line["exception"]
    assert "django.db.utils.IntegrityError" in line["exception"]
    assert NAME not in json.dumps(line, ensure_ascii=False)


def test_the_watch_finds_what_the_formatter_lets_through_and_does_not_repeat_it() -> None:
    watch = Watch(logging.Formatter("%(message)s"))
    leaky = logging.Logger("leaky")
    leaky.addHandler(watch)
    for datum in (NAME, NUMBER, MAIL, "Zhang San"):
        leaky.warning("about %s", datum)
        found = watch.taken()
        assert found
        assert {finding.logger for finding in found} == {"leaky"}
        assert datum not in str(found)
    leaky.warning("about nobody")
    assert watch.taken() == []
    assert Finding.__match_args__ == ("kind", "logger", "level", "place")
