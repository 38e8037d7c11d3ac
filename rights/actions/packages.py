"""A package: asked for before the last answer or after it was erased, taken once a link, erased when it is old."""

from datetime import datetime, timedelta
from functools import partial
from typing import Final

from django.core import signing
from django.db import transaction
from django.db.models import F

from portal.outbox import actions as outbox
from portal.trail import actions as trail
from portal.trail.actor import Actor, acting_as
from rights import files, queries
from rights.actions.drafts import erase
from rights.actions.filing import locked_request
from rights.errors import LinkUsed, NoPackage, NothingAnswered
from rights.models import Package, Part, RightsRequest, Transfer
from rights.states import PartState, RequestState

SALT: Final = "rights.package"
FORGOTTEN: Final = timedelta(days=180)  # a draft that nobody went on with


@transaction.atomic
def ask_package(request: RightsRequest, *, actor: Actor, at: datetime) -> None:
    """Have a package put together of what was answered so far. Raises NothingAnswered."""
    request = locked_request(request, "rights.ask_package", actor)
    is_closed = request.closed_at is not None and request.state != RequestState.WITHDRAWN
    if not is_closed and not Part.objects.filter(request=request, state=PartState.ANSWERED).exists():
        raise NothingAnswered
    trail.record("rights.package.asked", actor=actor, at=at, about=request, subject=bytes(request.subject_key))
    outbox.put("rights.package.asked", request_id=request.pk)


def ticket_of(package: Package) -> str:
    """What the link of this moment carries; the next download makes it worthless."""
    return signing.dumps([str(package.pk), package.downloads], salt=SALT)


@transaction.atomic
def take_package(request: RightsRequest, *, ticket: str, actor: Actor, at: datetime) -> Package:
    """Use up a link; the caller may send the package now, this once.

    The count is compared and raised in one statement, so that one link opens once however often it is pressed.
    Raises NoPackage, or LinkUsed where the link was used or is not ours.
    """
    request = locked_request(request, "rights.download", actor)
    package = queries.package_of(request)
    if package is None or not package.is_ready or (package.expires_at and package.expires_at <= at):
        raise NoPackage
    try:
        named, count = signing.loads(ticket, salt=SALT, max_age=24 * 3600)
    except (signing.BadSignature, ValueError) as error:
        raise LinkUsed from error
    unused = Package.objects.filter(pk=package.pk, downloads=count, erased_at=None)
    if named != str(package.pk) or not unused.update(downloads=F("downloads") + 1, downloaded_at=at):
        raise LinkUsed
    trail.record(
        "rights.package.downloaded",
        actor=actor,
        at=at,
        about=request,
        subject=bytes(request.subject_key),
        count=count + 1,
    )
    return package


def tidy(*, at: datetime) -> tuple[int, int]:
    """Erase packages whose time is over and drafts that were forgotten; how many of each. Harmless when run twice."""
    with acting_as(Actor.portal()) as portal:
        old = list(
            Package.objects.select_for_update(of=("self",), skip_locked=True)
            .select_related("request")
            .filter(expires_at__lte=at, erased_at=None, built_at__isnull=False)
        )
        for package in old:
            _erase(package, actor=portal, at=at)
        drafts = RightsRequest.objects.select_for_update(skip_locked=True)
        forgotten = list(drafts.filter(state=RequestState.DRAFT, saved_at__lt=at - FORGOTTEN))
        for draft in forgotten:
            key = bytes(draft.subject_key)
            trail.record("rights.draft.discarded", actor=portal, at=at, about=draft, subject=key)
            erase(draft)
    return len(old), len(forgotten)


def _erase(package: Package, *, actor: Actor, at: datetime) -> None:
    transaction.on_commit(partial(files.remove, package.stored_as))
    Transfer.objects.filter(request=package.request).update(stored_as="")
    package.erased_at, package.stored_as = at, ""
    package.save(update_fields=["erased_at", "stored_as"])
    key = bytes(package.subject_key)
    trail.record("rights.package.erased", actor=actor, at=at, about=package.request, subject=key)
