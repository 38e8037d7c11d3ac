"""The departments' calls to the catalogue."""

from collections.abc import Mapping
from typing import ClassVar

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from portal.accounts.api import DepartmentView
from portal.catalogue import actions, queries
from portal.catalogue.errors import Fault, InvalidDataset
from portal.catalogue.serializers import DatasetPayload, DatasetSerializer


class DatasetView(DepartmentView):
    """One dataset by its code."""

    required_scope: ClassVar[str] = "catalogue"

    @extend_schema(responses=DatasetSerializer)
    def get(self, request: Request, code: str) -> Response:
        """A dataset that is public or your own, as it stands."""
        return Response(DatasetSerializer(queries.dataset(code)).data)

    @extend_schema(
        request=DatasetPayload, responses={201: DatasetSerializer, 202: DatasetSerializer, 200: DatasetSerializer}
    )
    def put(self, request: Request, code: str) -> Response:
        """Register (201) or revise (202) a dataset of yours; either waits for approval. 200: nothing is new in it."""
        at = timezone.now()
        dataset, created = actions.put_dataset(_with_code(request.data, code), actor=self.actor, at=at)
        body = DatasetSerializer(dataset).data
        if created:
            return self.created(body, reverse("catalogue_api:dataset", args=[dataset.code]))
        waiting = queries.open_proposal(dataset)
        return Response(body, status=202 if waiting and waiting.proposed_at == at else 200)


def _with_code(body: object, code: str) -> object:
    """The body with the code of the address, which it may repeat and not contradict."""
    if not isinstance(body, Mapping):
        return body
    if body.get("code", code) != code:
        raise InvalidDataset(
            [Fault("/code", "other-code", _("The code in the body differs from the one in the address."))]
        )
    return {**body, "code": code}
