"""/api/v1/farm/resources/: the machines, and what is free on one of them."""

from datetime import timedelta
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import mixins, viewsets
from rest_framework.decorators import action
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse

from accounts.principals import caller_of
from farm.api.availability_serializers import AvailabilitySerializer
from farm.api.errors import KEY, WOULD_DISPLACE, refusals
from farm.api.input_serializers import ConfirmInput, MachineChange, MachineInput
from farm.api.query_params import MachineQuery, WindowQuery
from farm.api.serializers import MachineSerializer
from farm.domain import machines
from farm.domain.idempotency import run_once
from farm.models import MAX_SPAN, Machine
from farm.queries import occupancy
from kernel.api.if_match import WithoutVersions
from kernel.api.paging import CappedCountPagination
from kernel.api.raw_forms import SampleBodyRenderer
from kernel.errors import Malformed

DISPLACES = "Bookings would be displaced (`reservations`), or the name is taken."


@extend_schema_view(retrieve=extend_schema(responses={200: MachineSerializer, **refusals(401, 404)}))
class MachineViewSet(WithoutVersions, mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet):  # type: ignore[type-arg]
    """The machines of the farm. Everybody who is signed in reads them; staff and client programs change them."""

    queryset = Machine.objects.order_by("pk")
    serializer_class = MachineSerializer
    pagination_class = CappedCountPagination
    filter_backends: list[Any] = []
    lookup_value_regex = "[^/]+"
    renderer_classes = [JSONRenderer, SampleBodyRenderer]

    def sample(self, method: str, shown: dict[str, Any]) -> dict[str, Any] | None:
        return {"confirm": False} if method == "DELETE" and "destroy" in self.action_map.values() else None

    def get_serializer_class(self) -> Any:
        by_action = {"create": MachineInput, "partial_update": MachineChange, "destroy": ConfirmInput}
        return by_action.get(self.action, MachineSerializer)

    @extend_schema(parameters=[MachineQuery], responses={200: MachineSerializer(many=True), **refusals(400, 401)})
    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """List all machines but the retired ones, ordered by id."""
        rows = self.paginate_queryset(_filtered(MachineQuery.of(request)))
        return self.get_paginated_response(MachineSerializer(rows, many=True).data)

    @extend_schema(
        request=MachineInput,
        parameters=[KEY],
        responses={201: MachineSerializer, **refusals(400, 401, 403, 422, 503, conflict="The name is taken.")},
    )
    def create(self, request: Request) -> Response:
        """Add a machine."""
        serializer = MachineInput(data=request.data)
        serializer.is_valid(raise_exception=True)
        return run_once(
            request,
            self._created,
            lambda also: machines.add_machine(actor=caller_of(request), also=also, **serializer.validated_data),
        )

    @extend_schema(
        request=MachineChange,
        responses={
            200: MachineSerializer,
            **refusals(400, 401, 403, 404, 503, conflict=DISPLACES, example=WOULD_DISPLACE),
        },
    )
    def partial_update(self, request: Request, pk: str) -> Response:
        """Change a machine. A change that would displace bookings is refused without `confirm`."""
        serializer = MachineChange(data=request.data, partial=True)
        serializer.is_valid(raise_exception=True)
        changed = machines.change_machine(
            actor=caller_of(request), machine_id=self.get_object().pk, **serializer.validated_data
        )
        return Response(MachineSerializer(changed).data)

    @extend_schema(
        parameters=[ConfirmInput],
        responses={
            204: None,
            **refusals(400, 401, 403, 404, 503, conflict="Bookings would be displaced.", example=WOULD_DISPLACE),
        },
    )
    def destroy(self, request: Request, pk: str) -> Response:
        """Retire a machine: its history stays, its id and name stay taken.

        `confirm` may be in the query or in the body.
        """
        serializer = ConfirmInput(data=request.data or request.query_params.dict())
        serializer.is_valid(raise_exception=True)
        machines.retire(actor=caller_of(request), machine_id=self.get_object().pk, **serializer.validated_data)
        return Response(status=204)

    @extend_schema(
        parameters=[WindowQuery],
        responses={200: AvailabilitySerializer, **refusals(400, 401, 404)},
        filters=False,
    )
    @action(detail=True, pagination_class=None)
    def availability(self, request: Request, pk: str) -> Response:
        """Return the free capacity of this machine.

        From now for a week, or from `from` to `to`, at most 100 days.
        """
        machine, query = self.get_object(), WindowQuery.of(request)
        start = query.get("from") or timezone.now().replace(microsecond=0)
        end = query.get("to") or start + timedelta(days=7)
        if end <= start:
            raise Malformed("bad_span", _("The end must be after the start."), field="to")
        if end - start > MAX_SPAN:
            raise Malformed("too_long", _("At most %(days)s days at once.") % {"days": MAX_SPAN.days}, field="to")
        steps = occupancy.profiles([machine], start, end)[machine.pk]
        capacity = occupancy.capacity(machine)
        free = [{"start": step.start, "end": step.end, **step.free.capped(capacity)._asdict()} for step in steps]
        availability = {"resource": machine.pk, "state": machine.state, "from": start, "to": end, "steps": free}
        return Response(AvailabilitySerializer(availability).data)

    def _created(self, machine: Machine) -> Response:
        location = reverse("farm-resource-detail", [machine.pk], request=self.request)
        return Response(MachineSerializer(machine).data, status=201, headers={"Location": location})


def _filtered(query: dict[str, Any]) -> QuerySet[Machine]:
    rows = Machine.objects.filter(state=query["state"]) if "state" in query else Machine.objects.listed()
    if "model" in query:
        rows = rows.filter(gpu_model__iexact=query["model"])
    if "location" in query:
        rows = rows.filter(location=query["location"])
    rows = rows.filter(gpu_count__gte=query.get("min_gpus", 0), memory_gb__gte=query.get("min_memory_gb", 0))
    if "tag" in query:  # not every database can search a JSON list; a farm has hundreds of machines
        tagged = [pk for pk, tags in rows.values_list("pk", "tags") if set(query["tag"]) <= set(tags)]
        rows = rows.filter(pk__in=tagged)
    return rows.order_by("pk")
