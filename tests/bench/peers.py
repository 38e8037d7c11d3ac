"""What the calls are measured beside: a WSGI app that does one read and one insert, and nothing else."""

import json
import os
import threading
from collections.abc import Callable, Iterable
from typing import Any

import psycopg

_local = threading.local()
READ = "SELECT id, state, valid_until, items FROM consent_consent WHERE subject_key = %b AND purpose_id = %b"
INSERT = "INSERT INTO bench_log (subject_key, answer) VALUES (%b, 'permit')"


def bare(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """The key and the purpose come as they are stored; no token, no rule, no signature."""
    if environ["PATH_INFO"] == "/healthz":
        start_response("200 OK", [("Content-Type", "text/plain")])
        return [b"ok"]
    asked = json.loads(environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"])))
    connection = _connection()
    with connection.transaction():
        key = bytes.fromhex(asked["key"])
        row = connection.execute(READ, (key, asked["purpose_id"]), prepare=True).fetchone()
        connection.execute(INSERT, (key,), prepare=True)
    start_response("200 OK", [("Content-Type", "application/json")])
    return [json.dumps({"decision": "permit" if row else "deny"}).encode()]


def _connection() -> psycopg.Connection[Any]:
    found: psycopg.Connection[Any] | None = getattr(_local, "connection", None)
    if found is None:
        found = _local.connection = psycopg.connect(os.environ["BENCH_DATABASE"], autocommit=True)
    return found
