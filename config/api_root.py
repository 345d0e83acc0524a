"""/api/v1/: where everything is, for who opens it by hand."""

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse
from rest_framework.views import APIView

PLACES = {
    "farm": "farm-api",
    "courses": "api-courses",
    "gitsync": "git-api",
    "docs": "api-docs",
    "schema": "schema",
}


class Api(APIView):
    """Everything that programs may read and do."""

    def get_view_name(self) -> str:
        return "Atelier"

    @extend_schema(exclude=True)
    def get(self, request: Request) -> Response:
        return Response({name: reverse(view, request=request) for name, view in PLACES.items()})
