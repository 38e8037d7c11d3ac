"""The Celery application. Messages carry an outbox row's id and are disposable: the rows are the truth."""

import os
from typing import Any

from celery import Celery
from celery.signals import setup_logging

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")

app = Celery("portal")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@setup_logging.connect
def leave_logging_alone(**_given: Any) -> None:
    """settings.LOGGING holds in workers too. Celery's own would print an error with its words, past the redaction."""
