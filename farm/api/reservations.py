"""/api/v1/farm/reservations/: bookings, and the machines of one (`lines`)."""

from typing import Any

from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import mixins, viewsets
from rest_framework.decorators import action
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse
from rest_framework.serializers import Serializer

from accounts.principals import caller_of
from farm.api.errors import KEY, NO_ROOM, refusals
from farm.api.input_serializers import BOOKING, LineInput, ReservationChange, ReservationInput, ShareInput
from farm.api.query_params import ReservationQuery
from farm.api.reservation_input import (
    filtered,
    machines_without_memory,
    read_allocation,
    read_allocations,
    read_machine_id,
    read_owner,
    read_project,
)
from farm.api.serializers import LineSerializer, ReservationSerializer
from farm.domain import booking
from farm.domain.idempotency import run_once
from farm.models import Reservation
from farm.rules.permissions import ViewerPermissions
from kernel.api.if_match import IF_MATCH, etag, matching_version
from kernel.api.input_fields import take_no_fields, validated
from kernel.api.paging import CappedCountPagination
from kernel.api.raw_forms import SampleBodyRenderer

SHORT = "Capacity is missing (`missing`, `alternatives`), or the state does not allow this step."
CHANGED = {200: ReservationSerializer, **refusals(400, 401, 403, 404, 412, 503, conflict=SHORT, example=NO_ROOM)}
STEPPED = {
    200: ReservationSerializer,
    **refusals(400, 401, 403, 404, 412, 503, conflict="Its state does not allow that."),
}
MACHINE = OpenApiParameter("resource_id", int, OpenApiParameter.PATH, description="The machine's id.")


class ReservationViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet):  # type: ignore[type-arg]
    """Bookings of one or more machines, booked as a whole or not at all.

    Missing capacity is 409, with alternatives.
    """

    queryset = Reservation.objects.with_owner_name().prefetch_related("lines")
    serializer_class = ReservationSerializer
    pagination_class = CappedCountPagination
    filter_backends: list[Any] = []
    lookup_value_regex = "[^/]+"
    renderer_classes = [JSONRenderer, SampleBodyRenderer]

    def sample(self, method: str, shown: dict[str, Any]) -> dict[str, Any] | None:
        """Return the body that the browsable API starts with.

        For a change it is what the page shows: DRF's own form would also hold what the reader may not know.
        """
        if method == "PATCH" and self.action_map.get("patch") == "partial_update":
            return {name: shown[name] for name in ReservationChange().get_fields() if name in shown}
        return BOOKING if method == "POST" and self.action_map.get("post") == "create" else None

    def get_serializer_class(self) -> Any:
        by_action: dict[str, Any] = {
            "create": ReservationInput,
            "partial_update": ReservationChange,
            "lines": LineSerializer,
            "add_line": LineInput,
            "line": ShareInput,
            "cancel": Serializer,
            "give_back": Serializer,
        }
        return by_action.get(self.action, ReservationSerializer)

    @extend_schema(
        parameters=[ReservationQuery], responses={200: ReservationSerializer(many=True), **refusals(400, 401)}
    )
    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """List bookings, ordered by start.

        `from` and `to` keep the bookings that overlap them; the cost does not grow with history.
        """
        rows = filtered(self.get_queryset(), ReservationQuery.of(request), caller_of(request))
        return self.get_paginated_response(self._data(self.paginate_queryset(rows), many=True))

    @extend_schema(responses={200: ReservationSerializer, **refusals(401, 404)})
    def retrieve(self, request: Request, pk: str) -> Response:
        return self._answer(self.get_object())

    @extend_schema(
        request=ReservationInput,
        parameters=[KEY],
        responses={
            201: ReservationSerializer,
            **refusals(400, 401, 403, 404, 422, 503, conflict=SHORT, example=NO_ROOM),
        },
    )
    def create(self, request: Request) -> Response:
        """Book. Without lines it is a draft, which holds nothing and expires after an hour."""
        data = validated(ReservationInput, request.data)
        return run_once(
            request,
            self._created,
            lambda also: booking.book(
                actor=caller_of(request),
                owner=read_owner(request, data.get("owner", "")),
                project=read_project(request, data.get("project")),
                start=data["start"],
                end=data["end"],
                purpose=data.get("purpose", ""),
                allocations=read_allocations(data.get("lines", [])),
                memory_with_gpus=machines_without_memory(data.get("lines", [])),
                over_api=True,
                also=also,
            ),
        )

    @extend_schema(request=ReservationChange, responses=CHANGED, parameters=[IF_MATCH])
    def partial_update(self, request: Request, pk: str) -> Response:
        """Move, extend or shorten, or take other shares.

        Of a running booking only the end can move, and not before now.
        """
        serializer = ReservationChange(data=request.data)
        serializer.is_valid(raise_exception=True)
        data = dict(serializer.validated_data)
        if "lines" in data:
            data["allocations"] = read_allocations(data.pop("lines"))
        booked = self.get_object().pk
        with matching_version(request, data.pop("version", None)) as version:
            return self._changed(
                booking.change(actor=caller_of(request), reservation_id=booked, version=version, **data)
            )

    @extend_schema(request=None, responses=STEPPED, parameters=[IF_MATCH])
    @action(detail=True, methods=["post"])
    def cancel(self, request: Request, pk: str) -> Response:
        """Cancel a booking that has not begun."""
        take_no_fields(request)
        booked = self.get_object().pk
        with matching_version(request) as version:
            return self._changed(booking.cancel(actor=caller_of(request), reservation_id=booked, version=version))

    @extend_schema(request=None, responses=STEPPED, parameters=[IF_MATCH])
    @action(detail=True, methods=["post"], url_path="give-back")
    def give_back(self, request: Request, pk: str) -> Response:
        """End a running booking now; the rest is free at once."""
        take_no_fields(request)
        booked = self.get_object().pk
        with matching_version(request) as version:
            return self._changed(booking.give_back(actor=caller_of(request), reservation_id=booked, version=version))

    @extend_schema(responses={200: LineSerializer(many=True), **refusals(401, 404)}, filters=False)
    @action(detail=True, pagination_class=None)
    def lines(self, request: Request, pk: str) -> Response:
        """The machines of a booking, and how much of each."""
        return Response(LineSerializer(self.get_object().lines.all(), many=True).data)

    @extend_schema(
        request=LineInput,
        responses={201: CHANGED[200]} | {k: v for k, v in CHANGED.items() if k != 200},
        parameters=[IF_MATCH],
        operation_id="farm_reservations_lines_add",
    )
    @lines.mapping.post
    def add_line(self, request: Request, pk: str) -> Response:
        """Add a machine before the booking begins. The first one makes a draft a booking."""
        serializer = LineInput(data=request.data)
        serializer.is_valid(raise_exception=True)
        allocation = read_allocation(serializer.validated_data)
        booked = self.get_object().pk
        with matching_version(request) as version:
            reservation = booking.add_allocation(
                actor=caller_of(request),
                reservation_id=booked,
                allocation=allocation,
                version=version,
                over_api=True,
            )
        return self._answer(reservation, status=201)

    @extend_schema(
        request=ShareInput,
        responses=CHANGED,
        parameters=[MACHINE, IF_MATCH],
        operation_id="farm_reservations_lines_change",
    )
    @action(detail=True, methods=["patch"], url_path=r"lines/(?P<resource_id>[^/]+)")
    def line(self, request: Request, pk: str, resource_id: str) -> Response:
        """Change the share of a machine of the booking, before it begins."""
        serializer = ShareInput(data=request.data)
        serializer.is_valid(raise_exception=True)
        allocation = read_allocation({"machine_id": read_machine_id(resource_id), **serializer.validated_data})
        booked = self.get_object().pk
        with matching_version(request) as version:
            return self._changed(
                booking.change_allocation(
                    actor=caller_of(request), reservation_id=booked, allocation=allocation, version=version
                )
            )

    @extend_schema(responses=CHANGED, parameters=[MACHINE, IF_MATCH], operation_id="farm_reservations_lines_remove")
    @line.mapping.delete
    def remove_line(self, request: Request, pk: str, resource_id: str) -> Response:
        """Remove a machine. A booking without any machine left is cancelled."""
        booked, machine_id = self.get_object().pk, read_machine_id(resource_id)
        with matching_version(request) as version:
            return self._changed(
                booking.remove_allocation(
                    actor=caller_of(request), reservation_id=booked, machine_id=machine_id, version=version
                )
            )

    def _data(self, rows: Any, *, many: bool = False) -> Any:
        """Return JSON values of one reservation or several, without hidden names."""
        context = {
            **self.get_serializer_context(),
            "now": timezone.now(),
            "sight": ViewerPermissions(self.request.user),
        }
        return ReservationSerializer(rows, many=many, context=context).data

    def _changed(self, reservation: Reservation) -> Response:
        return self._answer(reservation)

    def _answer(self, reservation: Reservation, status: int = 200, **headers: str) -> Response:
        headers["ETag"] = etag(reservation.version)
        return Response(self._data(reservation), status=status, headers=headers)

    def _created(self, reservation: Reservation) -> Response:
        location = reverse("farm-reservation-api-detail", [reservation.pk], request=self.request)
        return self._answer(reservation, status=201, Location=location)
