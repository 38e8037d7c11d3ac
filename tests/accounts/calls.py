"""A few calls of a made-up department's API, to try what all calls share."""

from typing import Any

from django.urls import path
from django.utils import timezone
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from portal import urls
from portal.accounts.api import DepartmentView
from portal.trail import actions as trail
from portal.trail.errors import Conflict


class Line(serializers.Serializer[Any]):
    count = serializers.IntegerField(min_value=1)


class Body(serializers.Serializer[Any]):
    lines = Line(many=True)


class Notes(DepartmentView):
    """Writes an entry a call, and then does what the body says."""

    required_scope = "rights"

    def get(self, request: Request) -> Response:
        return self.page([{"id": 1}], request.query_params.get("next"))

    def post(self, request: Request) -> Response:
        entry = trail.record("accounts.test.noted", actor=self.actor, at=timezone.now(), agency=self.actor.agency_id)
        wish = request.data.get("then") if isinstance(request.data, dict) else None
        match wish:
            case "refuse":
                raise Conflict(field="then")
            case "break":
                raise RuntimeError("a secret of ours")
            case "answer 409":
                return Response({"code": "conflict"}, status=409)
            case "check":
                Body(data=request.data).is_valid(raise_exception=True)
        return self.created({"entry": str(entry.pk)}, f"/api/v1/notes/{entry.pk}")


class Afresh(Notes):
    takes_idempotency_key = False


urlpatterns = [path("api/v1/notes", Notes.as_view()), path("api/v1/afresh", Afresh.as_view()), *urls.urlpatterns]
handler400, handler403, handler404, handler500 = urls.handler400, urls.handler403, urls.handler404, urls.handler500
