"""/api/v1/courses/events/: the events received from the Git module, for staff and programs."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import generics
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.permissions import IsStaffOrProgram
from courses.api.query_params import EventQuery
from courses.api.serializers.events import EventOut
from courses.models import ReceivedEvent
from kernel.api.error_schema import error_responses
from kernel.api.paging import CappedCountPagination


class EventList(generics.GenericAPIView[Any]):
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
        """List the events received, latest first. `problem` selects the events that had no effect, by the reason."""
        rows = self.paginate_queryset(self.get_queryset().filter(**EventQuery.of(request)))
        return self.get_paginated_response(EventOut(rows, many=True).data)
