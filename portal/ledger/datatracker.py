"""Estonia's Data Tracker protocol 2.1 as we serve it: a department's own sharing about one person, out of the ledger.

The query carries the person's number, which is why these addresses alone may (portal.accounts.middleware) and why no
log holds a query. The answer is for the person's own eyes: what is withheld from them is not in it.
"""

from datetime import UTC, datetime
from typing import Any, ClassVar, Final

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.exceptions import ParseError
from rest_framework.request import Request
from rest_framework.response import Response

from portal.accounts import queries as accounts
from portal.accounts.api import DepartmentView
from portal.ledger import policy, queries, schemas
from portal.ledger.models import Outcome, SharingEvent
from portal.ledger.rows import OLDEST
from portal.trail import actions as trail
from portal.trail.actor import Actor, ActorKind, acting_as

MOST: Final = 1000
FOREVER: Final = datetime(9999, 1, 1, tzinfo=UTC)


class _Tracked(DepartmentView):
    required_scope: ClassVar[str] = "sharing"


class FindUsage(_Tracked):
    """What the calling department shared or received of one person's data, newest first."""

    names_a_person_in_its_query = True  # read by portal.accounts.middleware

    @extend_schema(
        parameters=[
            OpenApiParameter("X-Road-UserId", str, OpenApiParameter.HEADER, required=True),
            OpenApiParameter("userCode", str, required=True),
            OpenApiParameter("periodStart", datetime),
            OpenApiParameter("periodEnd", datetime),
            OpenApiParameter("offset", int),
            OpenApiParameter("limit", int),
        ],
        responses={200: schemas.USAGES},
    )
    def get(self, request: Request) -> Response:
        asked, agency = request.query_params, policy.reporting_agency(self.actor)
        if not request.headers.get("X-Road-UserId", "").strip():
            raise ParseError(_("Name who asks in the header X-Road-UserId."))
        code = asked.get("userCode", "")
        if not accounts.valid_numbers([code]):
            raise ParseError(_("userCode is the national number of the person."))
        since = _instant(asked.get("periodStart"), OLDEST)
        until = _instant(asked.get("periodEnd"), FOREVER)
        offset, limit = _number(asked.get("offset"), 0, 10**9), _number(asked.get("limit"), MOST, MOST)
        key = accounts.known_subjects([code], agency_id=agency).get(code)
        if key is None:
            return Response({"totalUsages": 0, "usages": []})
        with acting_as(Actor(ActorKind.CITIZEN, subject_key=key)):  # sees what the person may see, and no more
            rows = queries.events_of(key, since=since, until=until).filter(
                Q(provider_id=agency) | Q(recipient_id=agency), outcome=Outcome.SENT
            )
            total, found = rows.count(), [_usage(event) for event in rows[offset : offset + limit]]
        trail.record(
            "ledger.usage.asked", actor=self.actor, at=timezone.now(), subject=key, agency=agency, uses=len(found)
        )
        return Response({"totalUsages": total, "usages": found})


class UsagePeriod(_Tracked):
    """Since when there are records."""

    @extend_schema(responses={200: schemas.PERIOD})
    def get(self, request: Request) -> Response:
        return Response({"periodStart": OLDEST.isoformat().replace("+00:00", "Z")})


class Heartbeat(_Tracked):
    """Whether this answers."""

    @extend_schema(responses={200: schemas.HEARTBEAT})
    def get(self, request: Request) -> Response:
        return Response({"status": "OK", "message": "API is ready"})


def _usage(event: SharingEvent) -> dict[str, Any]:
    recipient = event.recipient
    return {
        "logtime": event.occurred_at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "action": event.purpose,
        "receiverCode": recipient.code if recipient else event.recipient_name,
        "receiverName": event.to_whom,
        "receiverSystem": event.recipient_system or event.to_whom,
    }


def _instant(given: str | None, default: datetime) -> datetime:
    if not given:
        return default
    try:
        found = datetime.fromisoformat(given.replace(" ", "+"))  # a plus sign that nobody escaped
        found = found if found.tzinfo else found.replace(tzinfo=UTC)
        return max(OLDEST, min(found, FOREVER))
    except (ValueError, OverflowError) as error:
        raise ParseError(_("Write the time as 2026-11-24T10:02:00Z.")) from error


def _number(given: str | None, default: int, most: int) -> int:
    if not given:
        return default
    if not (given.isascii() and given.isdigit() and len(given) <= 10):
        raise ParseError(_("offset and limit are whole numbers, not below nought."))
    return min(int(given), most)
