"""`python -m tests.bench.one NAME`: one benchmark on a database of its own; prints each figure as a line of JSON."""

import json
import os
import sys
from importlib import import_module

import django

from portal.demo.embedded import services
from tests import databases
from tests.bench.harness import Bench, Figure

REDIS_NUMBER = 501  # beyond those of the tests


def main(name: str, *, full: bool) -> None:
    running = services.join(services.DATA / "bench")  # as careful with its files as a deployment's
    database = f"bench_{os.getpid()}"
    running.make_database(database, template=databases.template(running))
    environment = databases.environment(running, database, REDIS_NUMBER)
    os.environ.update({**environment, "PORTAL_LOG_LEVEL": "WARNING", "DJANGO_SETTINGS_MODULE": "portal.settings"})
    try:
        django.setup()
        measures = import_module(f"tests.bench.measures.{name}")  # stands on the settings, so not before
        measures.measure(Bench(running, database, environment, full, _print))
    finally:
        running.drop_database(database)
        running.leave()


def _print(figure: Figure) -> None:
    sys.stdout.write(json.dumps(figure.as_json(), ensure_ascii=False) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main(sys.argv[1], full="--full" in sys.argv[2:])
