"""What every call of the departments' API shares: who calls, with which scope, how pages, repeats and errors look."""

from hashlib import sha256
from typing import Any, ClassVar
from urllib.parse import urlencode

from django.db import connection
from django.http import HttpRequest
from django.utils import timezone
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.throttling import BaseThrottle
from rest_framework.views import APIView

from portal.accounts import limits, problems
from portal.accounts.errors import KeyReused, MalformedKey
from portal.accounts.models import IdempotencyKey
from portal.trail.actor import Actor, current
from portal.trail.ids import new_id


class ClientThrottle(BaseThrottle):
    """So many calls a minute for each system. When Redis is away nobody is let in uncounted: 503."""

    def allow_request(self, request: Request, view: APIView) -> bool:
        if client := current().client_id:
            limits.take("client", client)
        return True


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


problem = problems.problem
