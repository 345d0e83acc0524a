"""/api/v1/farm/: where everything is."""

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse
from rest_framework.views import APIView

PLACES = {
    "resources": "farm-resource-list",
    "closures": "farm-closure-list",
    "projects": "farm-project-list",
    "reservations": "farm-reservation-api-list",
    "slots": "farm-slots",
}


class Farm(APIView):
    """Machines, their closures, projects, bookings, and where something would fit first."""

    @extend_schema(exclude=True)
    def get(self, request: Request) -> Response:
        return Response({name: reverse(view, request=request) for name, view in PLACES.items()})
