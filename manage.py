#!/usr/bin/env python
"""Django's commands. One that is given no services by the environment joins or starts the embedded ones."""

import os
import sys
from collections.abc import Mapping

from django.core.management import execute_from_command_line

from portal.demo.embedded import services

# These read no row: they get an address that nobody answers at, and start nothing.
WITHOUT_SERVICES = {
    "bench", "check", "check_messages", "collectstatic", "compilemessages", "generate_secrets", "help", "law",
    "makemessages", "makemigrations", "sample_department", "sample_identity", "spectacular", "version",
}  # fmt: skip
NOWHERE = {
    "PORTAL_DATABASE_URL": "postgres://nobody@%2Fnowhere/portal",
    "PORTAL_REDIS_URL": "unix:///nowhere",
    "PORTAL_SECRETS_FILE": "/nowhere",
    "PORTAL_SECRET_KEY": "of a process that reads no row, signs nothing and answers nobody",
}


def embedded(command: str) -> Mapping[str, str]:
    """The environment of the embedded services for `command`, with its database made where there is none."""
    if command in WITHOUT_SERVICES:
        return NOWHERE
    running = services.join()
    running.make_database("portal")
    owner = {"PORTAL_OWNER_DATABASE_URL": running.url("portal_owner")}
    return {**services.environment(running, "portal_worker"), **owner}


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")
    if "PORTAL_DATABASE_URL" not in os.environ:
        command = sys.argv[1] if len(sys.argv) > 1 else "help"
        given = {} if "-h" in sys.argv or "--help" in sys.argv else embedded(command)
        os.environ.update({**NOWHERE, **given})
    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
