"""`/api/v1/gitsync/`: what became of a message, and how the repositories are."""

from typing import Any

from django.db.models import Prefetch, QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request as ApiRequest
from rest_framework.response import Response

from accounts.permissions import IsStaffOrMachine
from gitsync import operations
from gitsync.api.serializers import RepositorySerializer, RequestSerializer
from gitsync.models import Clone, Registration, Request
from gitsync.permissions import visible_requests


class RequestViewSet(mixins.RetrieveModelMixin, viewsets.GenericViewSet[Request]):
    """The number that a message was answered with: `pending`, `done` or `failed`, and why."""

    serializer_class = RequestSerializer
    queryset = Request.objects.none()
    lookup_value_regex = r"\d{1,18}"

    def get_queryset(self) -> QuerySet[Request]:
        return visible_requests(self.request.user)


class RepositoryViewSet(viewsets.ReadOnlyModelViewSet[Clone]):
    """Every repository, for staff and machines."""

    serializer_class = RepositorySerializer
    permission_classes = [IsStaffOrMachine]
    queryset = (
        Clone.objects.select_related("address")
        .prefetch_related(
            Prefetch("address__registrations", Registration.objects.select_related("course", "student").order_by("pk"))
        )
        .order_by("address_id")
    )
    filterset_fields = ["status"]
    lookup_field = "address_id"
    lookup_url_kwarg = "id"
    lookup_value_regex = r"\d{1,18}"

    @extend_schema(request=None, responses={202: RepositorySerializer})
    @action(detail=True, methods=["post"])
    def sync(self, request: ApiRequest, **kwargs: Any) -> Response:
        """Look at the repository now, also when it is paused."""
        operations.sync_now(self.get_object(), request.user)
        return Response(self.get_serializer(self.get_object()).data, status=202)
