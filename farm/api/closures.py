"""/api/v1/farm/closures/: maintenance windows. Parse, call one verb, answer."""

from typing import Any

from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import mixins, viewsets
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse

from farm.api.errors import KEY, WOULD_DISPLACE, refusals
from farm.api.query_params import ClosureQuery
from farm.api.serializers import ClosureSerializer
from farm.domain import machines
from farm.domain.idempotency import once
from farm.models import Closure
from kernel.api.paging import CappedCountPagination


@extend_schema_view(retrieve=extend_schema(responses={200: ClosureSerializer, **refusals(401, 404)}))
class Closures(mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet):  # type: ignore[type-arg]
    """When machines are closed, all of one or a part. Everybody reads them; staff and machines make and end them."""

    queryset = Closure.objects.order_by("start", "pk")
    serializer_class = ClosureSerializer
    pagination_class = CappedCountPagination
    filter_backends: list[Any] = []
    lookup_value_regex = "[^/]+"

    @extend_schema(parameters=[ClosureQuery], responses={200: ClosureSerializer(many=True), **refusals(400, 401)})
    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """By start. `from` and `to` keep what has a part between them."""
        asked = ClosureQuery.of(request)
        names = {"from": "end__gt", "to": "start__lt", "resource": "machine"}
        rows = self.get_queryset().filter(**{names[name]: value for name, value in asked.items()})
        return self.get_paginated_response(self.get_serializer(self.paginate_queryset(rows), many=True).data)

    @extend_schema(
        parameters=[KEY],
        responses={
            201: ClosureSerializer,
            **refusals(400, 401, 403, 404, 422, 503, conflict="Bookings would be displaced.", example=WOULD_DISPLACE),
        },
    )
    def create(self, request: Request) -> Response:
        """Close a machine. What would displace bookings says so first; `confirm` does it."""
        shape = self.get_serializer(data=request.data)
        shape.is_valid(raise_exception=True)
        return once(
            request, self._made, lambda also: machines.close(actor=request.user, also=also, **shape.validated_data)
        )

    @extend_schema(responses={204: None, **refusals(401, 403, 404, 503)})
    def destroy(self, request: Request, pk: str) -> Response:
        """Reopen: a closure that has begun ends now, one that has not is forgotten, one that is over stays."""
        machines.reopen(actor=request.user, closure_id=self.get_object().pk)
        return Response(status=204)

    def _made(self, row: Closure) -> Response:
        where = reverse("farm-closure-detail", [row.pk], request=self.request)
        return Response(self.get_serializer(row).data, status=201, headers={"Location": where})
