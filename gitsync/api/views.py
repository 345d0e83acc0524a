"""`/api/v1/gitsync/`: what became of a message, how the repositories are, what is owed to the dashboards."""

from typing import Any

from django.db.models import Prefetch, Q, QuerySet
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import mixins, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request as ApiRequest
from rest_framework.response import Response

from accounts.permissions import IsStaffOrProgram
from gitsync.api.serializers import (
    EventQuery,
    EventSerializer,
    RepositoryQuery,
    RepositorySerializer,
    RequestQuery,
    RequestSerializer,
)
from gitsync.domain import staff_actions
from gitsync.models import LocalCopy, OutboxEvent, Registration, Request
from gitsync.rules.permissions import visible_requests
from kernel.api.error_schema import error_responses
from kernel.api.paging import CappedCountPagination

STEPPED = error_responses(401, 403, 404, 503)
FATES = {
    "waiting": Q(delivered_at=None, dead_at=None),
    "delivered": Q(delivered_at__isnull=False),
    "dead": Q(dead_at__isnull=False),
}
OF_REGISTRATION = {
    "teacher_id": "course__teacher_id",
    "semester_id": "course__semester_id",
    "course_id": "course__course_id",
    "student_id": "student__student_id",
}


class Listed(mixins.RetrieveModelMixin, viewsets.GenericViewSet[Any]):
    pagination_class = CappedCountPagination
    filter_backends: list[Any] = []
    lookup_value_regex = r"\d{1,18}"

    def page(self, rows: QuerySet[Any]) -> Response:
        return self.get_paginated_response(self.get_serializer(self.paginate_queryset(rows), many=True).data)


@extend_schema_view(retrieve=extend_schema(responses={200: RequestSerializer, **error_responses(401, 404)}))
class RequestViewSet(Listed):
    """The number that a message was answered with: `pending`, `done` or `failed`, and why. For whom it concerns."""

    serializer_class = RequestSerializer
    queryset = Request.objects.none()

    def get_queryset(self) -> QuerySet[Request]:
        return visible_requests(self.request.user).order_by("-pk")

    @extend_schema(
        parameters=[RequestQuery], responses={200: RequestSerializer(many=True), **error_responses(400, 401)}
    )
    def list(self, request: ApiRequest) -> Response:
        """Latest first."""
        names = {"state": "state", "kind": "kind", "repository": "repository"}
        asked = {names[name]: value for name, value in RequestQuery.of(request).items()}
        return self.page(self.get_queryset().filter(**asked))


@extend_schema_view(retrieve=extend_schema(responses={200: RepositorySerializer, **error_responses(401, 403, 404)}))
class RepositoryViewSet(Listed):
    """Every repository and the state of its clone, for staff and machines."""

    serializer_class = RepositorySerializer
    permission_classes = [IsStaffOrProgram]
    queryset = (
        LocalCopy.objects.select_related("repository")
        .prefetch_related(
            Prefetch(
                "repository__registrations", Registration.objects.select_related("course", "student").order_by("pk")
            )
        )
        .order_by("repository_id")
    )
    lookup_field = "repository_id"
    lookup_url_kwarg = "id"

    @extend_schema(
        parameters=[RepositoryQuery], responses={200: RepositorySerializer(many=True), **error_responses(400, 401, 403)}
    )
    def list(self, request: ApiRequest) -> Response:
        """By number. The ids of the wire find the repositories that somebody gave there."""
        asked = RepositoryQuery.of(request)
        rows = self.get_queryset().filter(**{name: asked[name] for name in ("status", "reason") if name in asked})
        if "host" in asked:
            rows = rows.filter(repository__host=asked["host"])
        if ids := {OF_REGISTRATION[name]: asked[name] for name in OF_REGISTRATION if name in asked}:
            rows = rows.filter(repository__in=Registration.objects.filter(**ids).values("repository"))
        return self.page(rows)

    @extend_schema(request=None, responses={202: RepositorySerializer, **STEPPED})
    @action(detail=True, methods=["post"])
    def sync(self, request: ApiRequest, **kwargs: Any) -> Response:
        """Look at the repository now, also when it is paused."""
        staff_actions.sync_now(self.get_object(), request.user)
        return Response(self.get_serializer(self.get_object()).data, status=202)

    @extend_schema(request=None, responses={200: RepositorySerializer, **STEPPED})
    @action(detail=True, methods=["post"])
    def pause(self, request: ApiRequest, **kwargs: Any) -> Response:
        """Look at the repository no more until somebody says so."""
        staff_actions.pause(self.get_object(), request.user)
        return Response(self.get_serializer(self.get_object()).data)

    @extend_schema(request=None, responses={200: RepositorySerializer, **STEPPED})
    @action(detail=True, methods=["post"])
    def resume(self, request: ApiRequest, **kwargs: Any) -> Response:
        """Look at a paused repository again, beginning now."""
        staff_actions.resume(self.get_object(), request.user)
        return Response(self.get_serializer(self.get_object()).data)


@extend_schema_view(retrieve=extend_schema(responses={200: EventSerializer, **error_responses(401, 403, 404)}))
class EventViewSet(Listed):
    """The events told to the dashboards, for staff and machines."""

    serializer_class = EventSerializer
    permission_classes = [IsStaffOrProgram]
    queryset = OutboxEvent.objects.order_by("-pk")

    @extend_schema(
        parameters=[EventQuery], responses={200: EventSerializer(many=True), **error_responses(400, 401, 403)}
    )
    def list(self, request: ApiRequest) -> Response:
        """Latest first; `fate=dead` finds what was given up."""
        asked = EventQuery.of(request)
        fate = FATES.get(asked.pop("fate", ""), Q())
        return self.page(self.get_queryset().filter(fate, **asked))

    @extend_schema(request=None, responses={202: EventSerializer, **STEPPED})
    @action(detail=True, methods=["post"], url_path="send-again")
    def send_again(self, request: ApiRequest, **kwargs: Any) -> Response:
        """Deliver the event once more, whatever became of it; the receiver knows it by its id."""
        staff_actions.send_again(self.get_object(), request.user)
        return Response(self.get_serializer(self.get_object()).data, status=202)
