"""What every call of the departments' API shares: who calls, with which scope, how pages, repeats and errors look."""

from hashlib import sha256
from typing import Any, ClassVar
from urllib.parse import urlencode

from django.db import connection
from django.http import HttpRequest
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.throttling import BaseThrottle
from rest_framework.views import APIView

from portal.accounts import limits, problems, queries
from portal.accounts.errors import KeyReused, MalformedKey
from portal.accounts.models import IdempotencyKey
from portal.accounts.tokens import HasScope
from portal.trail.actor import Actor, current
from portal.trail.errors import NotPermitted
from portal.trail.ids import new_id

MOST_KEYS = 1000  # a call
OF_PEOPLE = ("holdings", "sharing", "consent.request", "consent.decide", "rights")


class ClientThrottle(BaseThrottle):
    """So many calls a minute for each system. When Redis is away nobody is let in uncounted: 503."""

    def allow_request(self, request: Request, view: APIView) -> bool:
        if client := current().client_id:
            limits.take("client", client)
        return True


class _OfPeople(HasScope):
    """Any of the scopes whose calls name people: who has one has pairwise keys."""

    def has_permission(self, request: Request, view: APIView) -> bool:
        token: Any = request.auth
        return token is not None and any(token.is_valid([scope]) for scope in OF_PEOPLE)


class _Replay(Exception):  # not an error: the answer that was given before
    def __init__(self, response: Response) -> None:
        self.response = response


class DepartmentView(APIView):
    """The base of every call: `required_scope` is the scope in brackets in the contract.

    A POST with an Idempotency-Key is done once: the same request again gets the same answer (for a day), another
    request under the same key is refused. `takes_idempotency_key = False` where a repeat must be decided afresh.
    """

    required_scope: ClassVar[str] = ""
    takes_idempotency_key: ClassVar[bool] = True
    throttle_classes = [ClientThrottle]  # noqa: RUF012  # as DRF declares it

    @property
    def actor(self) -> Actor:
        """The calling system."""
        return current()

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        self.kept: IdempotencyKey | None = None
        name = request.headers.get("Idempotency-Key")
        if request.method == "POST" and self.takes_idempotency_key and name is not None:
            self.kept = self._first_or_replay(request, name)

    def _first_or_replay(self, request: Request, name: str) -> IdempotencyKey:
        """A row for this key, ours; the insert waits for whoever holds the same key."""
        if not 0 < len(name) <= 200 or not name.isprintable():  # the column's length
            raise MalformedKey
        plain: HttpRequest = request._request
        digest = sha256(f"{request.method} {request.path}\n".encode() + plain.body).digest()
        agency, client = self.actor.agency_id, self.actor.client_id
        with connection.cursor() as cursor:
            cursor.execute(
                "INSERT INTO accounts_idempotencykey (id, agency_id, client, key, request_hash, location, created_at)"
                " VALUES (%s, %s, %s, %s, %s, '', %s) ON CONFLICT (client, key) DO NOTHING",
                [new_id(), agency, client, name, digest, timezone.now()],
            )
            is_first = cursor.rowcount == 1
        row = IdempotencyKey.objects.get(client=client, key=name)
        if is_first:
            return row
        if row.request_hash != digest:
            raise KeyReused
        headers = {"Location": row.location} if row.location else {}
        raise _Replay(Response(row.body, status=row.status, headers=headers))

    def handle_exception(self, exc: Exception) -> Response:
        if isinstance(exc, _Replay):
            return exc.response
        return super().handle_exception(exc)

    def finalize_response(self, request: Request, response: Response, *args: Any, **kwargs: Any) -> Response:
        kept = getattr(self, "kept", None)
        if response.status_code >= 400:  # a view may answer so without raising; it changes nothing either
            response.changes_nothing = True  # type: ignore[attr-defined]  # read by ActorMiddleware
        elif kept is not None and isinstance(response, Response):
            kept.status, kept.body = response.status_code, response.data
            kept.location = response.headers.get("Location", "")
            kept.save(update_fields=["status", "body", "location"])
        return super().finalize_response(request, response, *args, **kwargs)

    # ------------------------------------------------------------------ answers
    def page(self, results: list[Any], after: str | None) -> Response:
        """A cursor page: the rows, and the address of the next page or null."""
        following = None
        if after is not None:
            asked = self.request.query_params.dict()
            following = self.request.build_absolute_uri(f"{self.request.path}?{urlencode({**asked, 'after': after})}")
        return Response({"results": results, "next": following})

    def created(self, body: Any, location: str) -> Response:
        """201 with the address of what was made."""
        return Response(body, status=201, headers={"Location": self.request.build_absolute_uri(location)})


class KeysBody(serializers.Serializer[Any]):
    """What `PairwiseKeys` is asked."""

    subjects = serializers.ListField(child=serializers.CharField(max_length=200), max_length=MOST_KEYS)


class PairwiseKeys(DepartmentView):
    """Your pairwise keys as we write them now. After we changed our key, each person has a new one with you.

    Old keys are read as before. One that was never yours is answered with null.
    """

    required_scope = "holdings"
    permission_classes = (_OfPeople,)

    @extend_schema(request=KeysBody, responses={200: OpenApiTypes.OBJECT})
    def post(self, request: Request) -> Response:
        body = KeysBody(data=request.data)
        body.is_valid(raise_exception=True)
        agency_id = self.actor.agency_id
        if agency_id is None:  # never by ClientAuthentication
            raise NotPermitted
        given = body.validated_data["subjects"]
        known = queries.opened_keys(filter(queries.looks_pairwise, given), agency_id=agency_id)
        fresh = {key: queries.pairwise_key(found, agency_id=agency_id) for key, found in known.items()}
        return Response({"subjects": {key: fresh.get(key) for key in given}})


problem = problems.problem
