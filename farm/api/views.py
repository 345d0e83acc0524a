"""/api/v1/farm/: machines and bookings for programs and for the browsable API. Parse, call one verb, answer."""

from datetime import UTC, datetime
from typing import Any

from django.core.validators import MaxValueValidator, MinValueValidator
from django.utils import timezone
from django.utils.translation import gettext as _
from django_filters import rest_framework as filters
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.models import User
from farm import booking, machines
from farm.api.serializers import ChangeSerializer, ReservationSerializer, ResourceSerializer
from farm.models import Project, Reservation, Resource
from farm.permissions import Sight, may_manage
from farm.rules import Line
from farm.states import State
from kernel.errors import NotAllowed, Unknown

# At the ends of the calendar a moment may not exist in the database's zone.
SANE = [MinValueValidator(datetime(2, 1, 1, tzinfo=UTC)), MaxValueValidator(datetime(9999, 1, 1, tzinfo=UTC))]


class ResourceFilter(filters.FilterSet):
    min_gpus = filters.NumberFilter(field_name="gpu_count", lookup_expr="gte")
    min_memory_gb = filters.NumberFilter(field_name="memory_gb", lookup_expr="gte")

    class Meta:
        model = Resource
        fields = ["state", "gpu_model", "location"]


class Resources(mixins.CreateModelMixin, viewsets.ReadOnlyModelViewSet):  # type: ignore[type-arg]
    """The machines of the farm. Staff and machines add them."""

    queryset = Resource.objects.order_by("pk")
    serializer_class = ResourceSerializer
    filterset_class = ResourceFilter

    def perform_create(self, serializer: Any) -> None:
        serializer.instance = machines.add_resource(actor=self.request.user, **serializer.validated_data)


class ReservationFilter(filters.FilterSet):
    """`from` and `to` keep what has a part between them; `mine=true` the caller's own."""

    mine = filters.BooleanFilter(method="of_caller")
    resource = filters.NumberFilter(field_name="lines__resource", min_value=0, max_value=2**63 - 1)
    state = filters.ChoiceFilter(choices=State.choices)

    class Meta:
        model = Reservation
        fields: list[str] = []

    def of_caller(self, rows: Any, name: str, value: bool) -> Any:
        return rows.filter(owner=self.request.user.pk) if value else rows


ReservationFilter.base_filters["from"] = filters.IsoDateTimeFilter(field_name="end", lookup_expr="gt", validators=SANE)
ReservationFilter.base_filters["to"] = filters.IsoDateTimeFilter(field_name="start", lookup_expr="lt", validators=SANE)


class Reservations(
    mixins.CreateModelMixin,
    mixins.RetrieveModelMixin,
    mixins.ListModelMixin,
    viewsets.GenericViewSet,  # type: ignore[type-arg]
):
    """Bookings, each of one or more machines, as a whole or not at all. A want of room is 409 with what would fit."""

    queryset = Reservation.objects.select_related("owner").prefetch_related("lines").order_by("pk")
    serializer_class = ReservationSerializer
    filterset_class = ReservationFilter

    def get_serializer_context(self) -> dict[str, Any]:
        return {**super().get_serializer_context(), "now": timezone.now(), "sight": Sight(self.request.user)}

    def perform_create(self, serializer: Any) -> None:
        data = serializer.validated_data
        serializer.instance = booking.book(
            actor=self.request.user,
            owner=self._owner(data.get("owner", {}).get("username", "")),
            project=self._project(data.get("project_id")),
            start=data["start"],
            end=data["end"],
            purpose=data.get("purpose", ""),
            lines=lines_of(data["lines"]),
        )

    @extend_schema(request=ChangeSerializer, responses=ReservationSerializer)
    def partial_update(self, request: Request, pk: str) -> Response:
        """Move, extend, shorten; of a running booking only the end, to no earlier than now."""
        asked = ChangeSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        data = dict(asked.validated_data)
        if "lines" in data:
            data["lines"] = lines_of(data["lines"])
        changed = booking.change(actor=request.user, reservation_id=self.get_object().pk, **data)
        return Response(self.get_serializer(changed).data)

    @extend_schema(request=None, responses=ReservationSerializer)
    @action(detail=True, methods=["post"])
    def cancel(self, request: Request, pk: str) -> Response:
        """Give up a booking that has not begun."""
        row = booking.cancel(actor=request.user, reservation_id=self.get_object().pk)
        return Response(self.get_serializer(row).data)

    @extend_schema(request=None, responses=ReservationSerializer)
    @action(detail=True, methods=["post"], url_path="give-back")
    def give_back(self, request: Request, pk: str) -> Response:
        """End a running booking now; the rest is free at once."""
        row = booking.give_back(actor=request.user, reservation_id=self.get_object().pk)
        return Response(self.get_serializer(row).data)

    def _owner(self, username: str) -> User:
        caller: Any = self.request.user
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

    def _project(self, project_id: int | None) -> Project | None:
        if project_id is None:
            return None
        project = Project.objects.filter(pk=project_id).first()
        if project is None:
            raise Unknown("unknown_project", _("There is no such project."), field="project")
        return project


def lines_of(data: list[dict[str, int]]) -> list[Line]:
    return [Line(item["resource_id"], item["gpus"], item["memory_gb"]) for item in data]
