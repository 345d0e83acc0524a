"""/api/v1/courses/events/: what the Git module told, for staff and machines."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import generics
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.permissions import IsStaffOrProgram
from courses.api.progress_serializers import EventOut
from courses.api.query_params import EventQuery
from courses.models import ReceivedEvent
from kernel.api.error_schema import error_responses
from kernel.api.paging import CappedCountPagination


class Events(generics.GenericAPIView):  # type: ignore[type-arg]
    queryset = ReceivedEvent.objects.order_by("-pk")
    serializer_class = EventOut
    pagination_class = CappedCountPagination
    permission_classes = [IsStaffOrProgram]
    filter_backends: list[Any] = []

    @extend_schema(
        operation_id="courses_events_list",
        parameters=[EventQuery],
        responses={200: EventOut(many=True), **error_responses(400, 401, 403)},
    )
    def get(self, request: Request) -> Response:
        """The events received, latest first; `problem` finds what nothing came of."""
        rows = self.paginate_queryset(self.get_queryset().filter(**EventQuery.of(request)))
        return self.get_paginated_response(EventOut(rows, many=True).data)
