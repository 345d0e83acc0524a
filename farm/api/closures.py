"""/api/v1/farm/closures/: maintenance windows of machines."""

from typing import Any

from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import mixins, viewsets
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse

from accounts.principals import caller_of
from farm.api.errors import KEY, WOULD_DISPLACE, refusals
from farm.api.input_serializers import ClosureInput
from farm.api.query_params import ClosureQuery
from farm.api.serializers import ClosureSerializer
from farm.domain import machines
from farm.domain.idempotency import run_once
from farm.models import Closure
from kernel.api.if_match import WithoutVersions
from kernel.api.paging import CappedCountPagination


@extend_schema_view(retrieve=extend_schema(responses={200: ClosureSerializer, **refusals(401, 404)}))
class ClosureViewSet(WithoutVersions, mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet):  # type: ignore[type-arg]
    """When machines are closed, as a whole or in part.

    Everybody may read them; staff and programs make and end them.
    """

    queryset = Closure.objects.order_by("start", "pk")
    serializer_class = ClosureSerializer
    pagination_class = CappedCountPagination
    filter_backends: list[Any] = []
    lookup_value_regex = "[^/]+"

    @extend_schema(parameters=[ClosureQuery], responses={200: ClosureSerializer(many=True), **refusals(400, 401)})
    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """List closures, ordered by start. `from` and `to` keep the closures that overlap them."""
        query = ClosureQuery.of(request)
        names = {"from": "end__gt", "to": "start__lt", "resource": "machine"}
        rows = self.get_queryset().filter(**{names[name]: value for name, value in query.items()})
        return self.get_paginated_response(self.get_serializer(self.paginate_queryset(rows), many=True).data)

    @extend_schema(
        request=ClosureInput,
        parameters=[KEY],
        responses={
            201: ClosureSerializer,
            **refusals(400, 401, 403, 404, 422, 503, conflict="Bookings would be displaced.", example=WOULD_DISPLACE),
        },
    )
    def create(self, request: Request) -> Response:
        """Close a machine. A closure that would displace bookings is refused without `confirm`."""
        serializer = ClosureInput(data=request.data)
        serializer.is_valid(raise_exception=True)
        return run_once(
            request,
            self._created,
            lambda also: machines.close(actor=caller_of(request), also=also, **serializer.validated_data),
        )

    @extend_schema(responses={204: None, **refusals(401, 403, 404, 503)})
    def destroy(self, request: Request, pk: str) -> Response:
        """Reopen the machine.

        A closure that has begun ends now, one that has not is deleted, one that is over stays as it is.
        """
        machines.reopen(actor=caller_of(request), closure_id=self.get_object().pk)
        return Response(status=204)

    def _created(self, closure: Closure) -> Response:
        location = reverse("farm-closure-detail", [closure.pk], request=self.request)
        return Response(self.get_serializer(closure).data, status=201, headers={"Location": location})
