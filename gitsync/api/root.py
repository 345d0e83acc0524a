"""/api/v1/gitsync/: where everything is."""

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse
from rest_framework.views import APIView

PLACES = {"repositories": "git-repository-list", "requests": "git-request-list", "events": "git-event-list"}


class Gitsync(APIView):
    """Repositories as they are read, messages that were accepted, and events that are owed."""

    @extend_schema(exclude=True)
    def get(self, request: Request) -> Response:
        return Response({name: reverse(view, request=request) for name, view in PLACES.items()})
