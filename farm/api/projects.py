"""/api/v1/farm/projects/: the projects that the caller may charge.

Staff and programs see all projects.
"""

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import viewsets
from rest_framework.request import Request
from rest_framework.response import Response

from farm.api.errors import refusals
from farm.api.serializers import ProjectSerializer
from farm.models import Project
from farm.rules.permissions import ViewerPermissions, visible_projects
from kernel.api.input_fields import Query
from kernel.api.paging import CappedCountPagination


@extend_schema_view(
    list=extend_schema(responses={200: ProjectSerializer(many=True), **refusals(400, 401)}),
    retrieve=extend_schema(responses={200: ProjectSerializer, **refusals(401, 404)}),
)
class ProjectViewSet(viewsets.ReadOnlyModelViewSet):  # type: ignore[type-arg]
    """Course groups and research teams that bookings are charged to.

    A project that the caller is not in is 404.
    """

    queryset = Project.objects.none()
    serializer_class = ProjectSerializer
    pagination_class = CappedCountPagination
    filter_backends: list[Any] = []
    lookup_value_regex = "[^/]+"

    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """List the projects that bookings can be charged to."""
        Query.of(request)
        return super().list(request, *args, **kwargs)

    def get_queryset(self) -> QuerySet[Project]:
        return visible_projects(self.request.user).prefetch_related("owners", "members").order_by("pk")

    def get_serializer_context(self) -> dict[str, Any]:
        return {**super().get_serializer_context(), "sight": ViewerPermissions(self.request.user)}
