"""`/api/v1/gitsync/`: accepted messages, repositories and their state, events for the dashboards."""

from typing import Any

from django.db.models import Prefetch, Q, QuerySet
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import mixins, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request as ApiRequest
from rest_framework.response import Response

from accounts.api.permissions import IsStaffOrProgram
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
from gitsync.rules.permissions import sees_everything, visible_requests
from kernel.api.error_schema import error_responses
from kernel.api.input_fields import take_no_fields
from kernel.api.paging import CappedCountPagination
from kernel.errors import NotAllowed

ACTION_ERRORS = error_responses(400, 401, 403, 404, 503)
FATES = {
    "waiting": Q(delivered_at=None, dead_at=None),
    "delivered": Q(delivered_at__isnull=False),
    "dead": Q(dead_at__isnull=False),
}
REGISTRATION_FILTERS = {
    "teacher_id": "course__teacher_id",
    "semester_id": "course__semester_id",
    "course_id": "course__course_id",
    "student_id": "student__student_id",
}


class GitViewSet(mixins.RetrieveModelMixin, viewsets.GenericViewSet[Any]):
    pagination_class = CappedCountPagination
    filter_backends: list[Any] = []
    lookup_value_regex = r"\d{1,18}"

    def paginated(self, rows: QuerySet[Any]) -> Response:
        return self.get_paginated_response(self.get_serializer(self.paginate_queryset(rows), many=True).data)


@extend_schema_view(retrieve=extend_schema(responses={200: RequestSerializer, **error_responses(401, 404)}))
class RequestViewSet(GitViewSet):
    """Accepted messages by `request_id`: `pending`, `done` or `failed` with the reason. For those they concern."""

    serializer_class = RequestSerializer
    queryset = Request.objects.none()

    def get_queryset(self) -> QuerySet[Request]:
        return visible_requests(self.request.user).order_by("-pk")

    @extend_schema(
        parameters=[RequestQuery], responses={200: RequestSerializer(many=True), **error_responses(400, 401, 403)}
    )
    def list(self, request: ApiRequest) -> Response:
        """Latest first."""
        filters = RequestQuery.of(request)
        if "repository" in filters and not sees_everything(request.user):
            # Its number would tell whether somebody else had registered the repository before.
            raise NotAllowed(
                "not_allowed", _("Only staff and programs know repositories by number."), field="repository"
            )
        return self.paginated(self.get_queryset().filter(**filters))


@extend_schema_view(retrieve=extend_schema(responses={200: RepositorySerializer, **error_responses(401, 403, 404)}))
class RepositoryViewSet(GitViewSet):
    """Every repository and the state of its local copy, for staff and programs."""

    serializer_class = RepositorySerializer
    permission_classes = [IsStaffOrProgram]
    queryset = (
        LocalCopy.objects.select_related("repository")
        .prefetch_related(
            Prefetch(
                "repository__registrations",
                Registration.objects.select_related("course", "student", "repository").order_by("pk"),
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
        """By number. The ids of the wire find the repositories that are registered with them."""
        filters = RepositoryQuery.of(request)
        rows = self.get_queryset().filter(**{name: filters[name] for name in ("status", "reason") if name in filters})
        if "host" in filters:
            rows = rows.filter(repository__host=filters["host"])
        if ids := {REGISTRATION_FILTERS[name]: filters[name] for name in REGISTRATION_FILTERS if name in filters}:
            rows = rows.filter(repository__in=Registration.objects.filter(**ids).values("repository"))
        return self.paginated(rows)

    @extend_schema(request=None, responses={202: RepositorySerializer, **ACTION_ERRORS})
    @action(detail=True, methods=["post"])
    def sync(self, request: ApiRequest, **kwargs: Any) -> Response:
        """Read the repository now, also when it is paused."""
        take_no_fields(request)
        staff_actions.sync_now(self.get_object(), request.user)
        return Response(self.get_serializer(self.get_object()).data, status=202)

    @extend_schema(request=None, responses={200: RepositorySerializer, **ACTION_ERRORS})
    @action(detail=True, methods=["post"])
    def pause(self, request: ApiRequest, **kwargs: Any) -> Response:
        """Stop reading the repository until it is resumed."""
        take_no_fields(request)
        staff_actions.pause(self.get_object(), request.user)
        return Response(self.get_serializer(self.get_object()).data)

    @extend_schema(request=None, responses={200: RepositorySerializer, **ACTION_ERRORS})
    @action(detail=True, methods=["post"])
    def resume(self, request: ApiRequest, **kwargs: Any) -> Response:
        """Read a paused repository again from now on."""
        take_no_fields(request)
        staff_actions.resume(self.get_object(), request.user)
        return Response(self.get_serializer(self.get_object()).data)


@extend_schema_view(retrieve=extend_schema(responses={200: EventSerializer, **error_responses(401, 403, 404)}))
class EventViewSet(GitViewSet):
    """The events for the dashboards, for staff and programs."""

    serializer_class = EventSerializer
    permission_classes = [IsStaffOrProgram]
    queryset = OutboxEvent.objects.order_by("-pk")

    @extend_schema(
        parameters=[EventQuery], responses={200: EventSerializer(many=True), **error_responses(400, 401, 403)}
    )
    def list(self, request: ApiRequest) -> Response:
        """Latest first. `fate=dead` finds the events that are no longer retried."""
        filters = EventQuery.of(request)
        fate = FATES.get(filters.pop("fate", ""), Q())
        return self.paginated(self.get_queryset().filter(fate, **filters))

    @extend_schema(request=None, responses={202: EventSerializer, **ACTION_ERRORS})
    @action(detail=True, methods=["post"], url_path="send-again")
    def send_again(self, request: ApiRequest, **kwargs: Any) -> Response:
        """Deliver the event once more, in any state; the receiver recognises it by its id."""
        take_no_fields(request)
        staff_actions.send_again(self.get_object(), request.user)
        return Response(self.get_serializer(self.get_object()).data, status=202)
