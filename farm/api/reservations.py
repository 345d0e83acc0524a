"""/api/v1/farm/reservations/: bookings, and the lines of one. Parse, call one verb, answer."""

from typing import Any

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import mixins, viewsets
from rest_framework.decorators import action
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse
from rest_framework.serializers import Serializer

from accounts.models import User
from farm.api.errors import KEY, NO_ROOM, refusals
from farm.api.query_params import ReservationQuery
from farm.api.serializers import (
    BOOKING,
    ChangeSerializer,
    LineSerializer,
    ReservationSerializer,
    ShareSerializer,
)
from farm.domain import booking
from farm.domain.idempotency import once
from farm.models import Project, Reservation
from farm.rules import limits
from farm.rules.limits import Line
from farm.rules.permissions import Sight, may_manage, seen_projects
from kernel.api.input_fields import MAX_ID
from kernel.api.paging import CappedCountPagination
from kernel.api.raw_forms import SampleBodyRenderer
from kernel.errors import Malformed, NotAllowed, Unknown

SHORT = "No room (`missing`, `alternatives`), or a step that the state does not allow."
CHANGED = {200: ReservationSerializer, **refusals(400, 401, 403, 404, 503, conflict=SHORT, example=NO_ROOM)}
STEPPED = {200: ReservationSerializer, **refusals(401, 403, 404, 503, conflict="Its state does not allow that.")}
MACHINE = OpenApiParameter("resource_id", int, OpenApiParameter.PATH, description="The machine's number.")


class Reservations(mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet):  # type: ignore[type-arg]
    """Bookings, each of one or more machines, as a whole or not at all. A want of room is 409 with what would fit."""

    queryset = Reservation.objects.with_owner_name().prefetch_related("lines")
    serializer_class = ReservationSerializer
    pagination_class = CappedCountPagination
    filter_backends: list[Any] = []
    lookup_value_regex = "[^/]+"
    renderer_classes = [JSONRenderer, SampleBodyRenderer]

    def sample(self, method: str, shown: dict[str, Any]) -> dict[str, Any] | None:
        """Of a change, what the page shows: DRF's own form would also hold what the reader may not know."""
        if method == "PATCH" and self.action_map.get("patch") == "partial_update":
            return {name: shown[name] for name in ChangeSerializer().get_fields() if name in shown}
        return BOOKING if method == "POST" and self.action_map.get("post") == "create" else None

    def get_serializer_class(self) -> Any:
        chosen: dict[str, Any] = {
            "partial_update": ChangeSerializer,
            "lines": LineSerializer,
            "add_line": LineSerializer,
            "line": ShareSerializer,
            "cancel": Serializer,
            "give_back": Serializer,
        }
        return chosen.get(self.action, ReservationSerializer)

    @extend_schema(
        parameters=[ReservationQuery], responses={200: ReservationSerializer(many=True), **refusals(400, 401)}
    )
    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """By start. `from` and `to` keep what has a part between them, at a cost that history does not raise."""
        rows = _asked(self.get_queryset(), ReservationQuery.of(request), request.user)
        return self.get_paginated_response(self._shown(self.paginate_queryset(rows), many=True))

    @extend_schema(responses={200: ReservationSerializer, **refusals(401, 404)})
    def retrieve(self, request: Request, pk: str) -> Response:
        return Response(self._shown(self.get_object()))

    @extend_schema(
        parameters=[KEY],
        responses={
            201: ReservationSerializer,
            **refusals(400, 401, 403, 404, 422, 503, conflict=SHORT, example=NO_ROOM),
        },
    )
    def create(self, request: Request) -> Response:
        """Book; without lines, a draft that holds nothing and is over after an hour."""
        shape = ReservationSerializer(data=request.data)
        shape.is_valid(raise_exception=True)
        data = shape.validated_data
        return once(
            request,
            self._made,
            lambda also: booking.book(
                actor=request.user,
                owner=_owner(request, data.get("owner", {}).get("username", "")),
                project=_project(request, data.get("project_id")),
                start=data["start"],
                end=data["end"],
                purpose=data.get("purpose", ""),
                lines=_lines(data.get("lines", [])),
                also=also,
            ),
        )

    @extend_schema(request=ChangeSerializer, responses=CHANGED)
    def partial_update(self, request: Request, pk: str) -> Response:
        """Move, extend, shorten, ask for other shares; of a running booking only the end, to no earlier than now."""
        shape = ChangeSerializer(data=request.data)
        shape.is_valid(raise_exception=True)
        data = dict(shape.validated_data)
        if "lines" in data:
            data["lines"] = _lines(data["lines"])
        return self._changed(booking.change(actor=request.user, reservation_id=self.get_object().pk, **data))

    @extend_schema(request=None, responses=STEPPED)
    @action(detail=True, methods=["post"])
    def cancel(self, request: Request, pk: str) -> Response:
        """Give up a booking that has not begun."""
        return self._changed(booking.cancel(actor=request.user, reservation_id=self.get_object().pk))

    @extend_schema(request=None, responses=STEPPED)
    @action(detail=True, methods=["post"], url_path="give-back")
    def give_back(self, request: Request, pk: str) -> Response:
        """End a running booking now; the rest is free at once."""
        return self._changed(booking.give_back(actor=request.user, reservation_id=self.get_object().pk))

    @extend_schema(responses={200: LineSerializer(many=True), **refusals(401, 404)}, filters=False)
    @action(detail=True, pagination_class=None)
    def lines(self, request: Request, pk: str) -> Response:
        """The machines of a booking, and how much of each."""
        return Response(LineSerializer(self.get_object().lines.all(), many=True).data)

    @extend_schema(
        request=LineSerializer, responses={201: CHANGED[200]} | {k: v for k, v in CHANGED.items() if k != 200}
    )
    @lines.mapping.post
    def add_line(self, request: Request, pk: str) -> Response:
        """One more machine, before the booking begins; the first makes a draft a booking."""
        shape = LineSerializer(data=request.data)
        shape.is_valid(raise_exception=True)
        line = _line(shape.validated_data)
        row = booking.add_line(actor=request.user, reservation_id=self.get_object().pk, line=line)
        return Response(self._shown(row), status=201)

    @extend_schema(
        request=ShareSerializer, responses=CHANGED, parameters=[MACHINE], operation_id="farm_reservations_lines_change"
    )
    @action(detail=True, methods=["patch"], url_path=r"lines/(?P<resource_id>[^/]+)")
    def line(self, request: Request, pk: str, resource_id: str) -> Response:
        """Another share of a machine that the booking has, before it begins."""
        shape = ShareSerializer(data=request.data)
        shape.is_valid(raise_exception=True)
        line = Line(_number(resource_id), **shape.validated_data)
        return self._changed(booking.change_line(actor=request.user, reservation_id=self.get_object().pk, line=line))

    @extend_schema(responses=CHANGED, parameters=[MACHINE], operation_id="farm_reservations_lines_remove")
    @line.mapping.delete
    def remove_line(self, request: Request, pk: str, resource_id: str) -> Response:
        """One machine less; without any left the booking is cancelled."""
        machine = _number(resource_id)
        row = booking.remove_line(actor=request.user, reservation_id=self.get_object().pk, machine_id=machine)
        return self._changed(row)

    def _shown(self, rows: Any, *, many: bool = False) -> Any:
        context = {**self.get_serializer_context(), "now": timezone.now(), "sight": Sight(self.request.user)}
        return ReservationSerializer(rows, many=many, context=context).data

    def _changed(self, row: Reservation) -> Response:
        return Response(self._shown(row))

    def _made(self, row: Reservation) -> Response:
        where = reverse("farm-reservation-api-detail", [row.pk], request=self.request)
        return Response(self._shown(row), status=201, headers={"Location": where})


def _asked(rows: QuerySet[Reservation], query: dict[str, Any], caller: Any) -> Any:
    span = query.get("from"), query.get("to")
    rows = rows.overlapping(*span)  # type: ignore[attr-defined]
    if "resource" in query:
        rows = rows.on(query["resource"], *span)  # type: ignore[attr-defined]
    if "state" in query:
        rows = rows.in_state(query["state"], timezone.now())  # type: ignore[attr-defined]
    if query["mine"]:
        rows = rows.filter(owner=caller.pk)
    if "owner" in query or "project" in query:
        rows = Sight(caller).named(rows)
    if "owner" in query:
        rows = rows.filter(owner__username=query["owner"])
    if "project" in query:
        rows = rows.filter(project=query["project"])
    return rows.order_by(query["ordering"], "-pk" if query["ordering"].startswith("-") else "pk")


def _owner(request: Request, username: str) -> User:
    """The caller, or who is named."""
    caller: Any = request.user
    if not username or username == caller.username:
        if caller.pk is None:
            raise Unknown("missing", _("%(field)s is missing.") % {"field": "owner"}, field="owner", status=400)
        return caller  # type: ignore[no-any-return]
    if not may_manage(caller):
        raise NotAllowed("not_allowed", _("Only staff may book for somebody else."), field="owner")
    owner = User.objects.filter(username=username, is_active=True).first()
    if owner is None:
        raise Unknown("unknown_person", _("There is nobody named %(name)s.") % {"name": username}, field="owner")
    return owner


def _project(request: Request, project_id: int | None) -> Project | None:
    if project_id is None:
        return None
    project = seen_projects(request.user).filter(pk=project_id).first()
    if project is None:
        raise Unknown("unknown_project", _("There is no such project."), field="project")
    return project


def _line(item: dict[str, int]) -> Line:
    return Line(item["machine_id"], item["gpus"], item["memory_gb"])


def _lines(data: list[dict[str, int]]) -> list[Line]:
    """Judged here one by one, so that a refusal names the line."""
    lines = [_line(item) for item in data]
    for number, line in enumerate(lines):
        try:
            limits.check_line(line)
        except Malformed as refusal:
            raise Malformed(refusal.code, refusal.message, field=f"lines.{number}.{refusal.field}") from refusal
    return lines


def _number(text: str) -> int:
    """A machine's number out of an address; what cannot be one is Unknown."""
    if not (text.isascii() and text.isdigit() and len(text) < 19 and int(text) <= MAX_ID):
        raise Unknown("unknown_line", _("This booking does not have that machine."), field="resource")
    return int(text)
