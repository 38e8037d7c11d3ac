"""Fills an empty portal with the sample city, by the acts of its people. A second run adds nothing.

Runs as the worker's database role. Each step is one transaction, and is left out where its rows are there already.
"""

import json
import os
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from celery import current_app
from django.conf import settings
from django.db import transaction

from consent import queries as consents
from portal.catalogue import queries as catalogue
from portal.demo import reporting
from portal.demo.city import BadCity, city
from portal.demo.city.records import City
from portal.demo.departments import webhook_secret
from portal.demo.seeding import cast as casting
from portal.demo.seeding import consents as consenting
from portal.demo.seeding import register, representations
from portal.demo.seeding.cast import Cast
from portal.ledger import actions as ledger
from portal.ledger import queries as ledger_queries
from portal.outbox import webhooks
from portal.outbox.models import Endpoint, Message, MessageState
from portal.representation import queries as representation
from portal.trail.actor import Actor, acting_as

Progress = Callable[[str], None]


def seed(at: datetime, progress: Progress) -> None:
    """Bring the sample city in; `progress` is told of each step that has something to do."""
    sample = city()
    with acting_as(Actor.portal()):
        cast = _found(sample, at, progress)
        catalogued, agreed = _has_datasets(sample), _has_agreements(sample)
    if not catalogued:
        progress(f"{len(sample.datasets)} datasets, proposed and approved")
        with transaction.atomic():
            register.publish(cast, at=at)
    if not agreed:
        progress(f"{len(sample.agreements)} agreements to share")
        with transaction.atomic():
            register.agree(cast)
    with acting_as(Actor.portal()):
        people = casting.register_people(sample, at=at)
        reported = ledger_queries.holdings_of(people["zhang-san"])
    if not reported:
        progress(f"{len(sample.citizens)} people: what is held of them, and two years of sharing")
        with transaction.atomic():
            _report(cast, at)
        _count()
    with acting_as(Actor.portal()):
        asked = consents.consents_of(people["zhang-san"])
    if not asked:
        progress(f"{len(sample.purposes)} purposes, and consents asked, given, refused, withdrawn")
        with transaction.atomic():
            consenting.register(cast, at=at)
            consenting.answer(cast, people, at=at)
    with acting_as(Actor.portal()):
        represented = representation.sides(people["zhang-xiaoming"], at=at).acting_for_me
    if not represented:
        progress("parents, a guardian and a proxy")
        with transaction.atomic():
            representations.begin(sample, at=at)
    _listen(cast, at)


def _found(sample: City, at: datetime, progress: Progress) -> Cast:
    """Agencies, staff and departmental systems."""
    cast = Cast(sample, casting.hire(sample, at=at))
    if not catalogue.agencies(sample.agencies):
        progress(f"{len(sample.agencies)} agencies, {len(sample.systems)} systems, {len(sample.staff)} accounts")
        with acting_as(cast.authority()) as authority:
            register.register_agencies(sample, actor=authority, at=at)
    cast.agencies = casting.agencies_of(sample)
    cast.staff |= casting.hire_clerks(sample, cast.agencies, at=at)
    cast.clients, secrets = casting.connect(sample, cast.agencies, at=at)
    _keep(cast, secrets)
    return cast


def _has_datasets(sample: City) -> bool:
    return bool(catalogue.datasets([dataset.unified for dataset in sample.datasets.values()]))


def _has_agreements(sample: City) -> bool:
    first = next(iter(sample.agreements.values()))
    dataset = catalogue.datasets([sample.datasets[first.dataset].unified]).get(sample.datasets[first.dataset].unified)
    return bool(dataset and catalogue.agreements_for(dataset))


def _report(cast: Cast, at: datetime) -> None:
    """Each agency's system reports, in one batch a kind. A row that is refused is a mistake in the sample."""
    for code in cast.agencies:
        client = cast.client(code)
        for rows, report in (
            (reporting.holdings(cast.sample, code), ledger.report_holdings),
            (reporting.events(cast.sample, code, at), ledger.report_events),
        ):
            if rows:
                with acting_as(client):
                    outcome = report(rows, actor=client, at=at)
                if outcome.rejected:
                    raise BadCity(f"{code} reports rows that are refused: {outcome.rejected[0]}")


def _count() -> None:
    """Figures and flags stand before the first visitor comes; the worker, told too, finds them done."""
    with acting_as(Actor.portal()):
        waiting = list(Message.objects.filter(topic="ledger.events.stored", state=MessageState.WAITING))
    current_app.autodiscover_tasks(force=True)
    for message in waiting:
        current_app.tasks[message.task](str(message.id))
    current_app.tasks["oversight.count"]()


# ------------------------------------------------------------------ the sample departmental systems


def _file() -> Path:
    return Path(settings.PORTAL_DATA_FOLDER) / "departments.json"


def _keep(cast: Cast, secrets: dict[str, str]) -> None:
    """Write down the secrets of the sample systems, which run beside the site: they are told only once."""
    if not secrets:
        return
    known = {
        code: {"client_id": cast.clients[code], "client_secret": secret, "webhook_secret": webhook_secret(secret)}
        for code, secret in secrets.items()
    }
    _file().parent.mkdir(parents=True, exist_ok=True)
    with open(os.open(_file(), os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
        json.dump(known, file, indent=1)


def _listen(cast: Cast, at: datetime) -> None:
    """Tell the portal where the tax bureau's system hears webhooks: at another port after each start."""
    url = os.environ.get("PORTAL_DEMO_WEBHOOKS", "")
    if not url:
        return
    with acting_as(Actor.portal()):
        listening = Endpoint.objects.filter(agency_id=cast.agencies["tax"], active=True)
        listening.exclude(url=url).update(active=False, switched_off_at=at)
        if not listening.filter(url=url).exists():
            secret = json.loads(_file().read_text(encoding="utf-8"))["tax"]["webhook_secret"]
            webhooks.register(cast.agencies["tax"], url, secret, at=at)
