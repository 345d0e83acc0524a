"""The index of an API: links to the addresses below it, for people who open it in a browser."""

from collections.abc import Mapping

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse
from rest_framework.views import APIView


class ApiRoot(APIView):
    """`places` maps the name of each link to the name of its URL pattern."""

    places: Mapping[str, str] = {}

    @extend_schema(exclude=True)
    def get(self, request: Request) -> Response:
        return Response({name: reverse(view, request=request) for name, view in self.places.items()})
