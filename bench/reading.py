#!/usr/bin/env python3
"""A list of the API, read with a bearer token, compared with a minimal DRF view.

Both have the same rows and the same serializer. The CPU time of both is measured in one process. The minimal view has
no middleware, no authentication, no permissions and no pagination.
"""

import sys
import time
from typing import Any

from bench.support import farm_history, figures, instance
from bench.support.figures import Figure, median_ms

ROWS = 50


def measure(atelier: instance.Atelier) -> list[Figure]:
    from django.test import Client, override_settings

    owner = atelier.person("alice")
    farm_history.add_past(owner.pk, 2000, farm_history.add_machines(10))
    caller = Client(headers={"host": "127.0.0.1", "authorization": f"Bearer {atelier.bearer('alice')}"})
    bare = Client(headers={"host": "127.0.0.1"})

    def ours() -> Any:
        return caller.get(f"/api/v1/farm/reservations?limit={ROWS}").json()["results"]

    def peer() -> Any:
        return bare.get("/bare").json()

    rows = ours()
    assert len(rows) == ROWS
    took = min(median_ms(ours, 40, time.process_time) for _ in range(3))
    with override_settings(MIDDLEWARE=[], ROOT_URLCONF="bench.reading"):
        assert peer() == rows
        limit = min(median_ms(peer, 40, time.process_time) for _ in range(3))
    return [
        Figure(
            f"{ROWS} bookings read with a bearer",
            f"{took:.1f} ms of CPU",
            f"bare DRF view, same serializer: {limit:.1f} ms",
            f"{took / limit:.2f}x",
            "<= 1.7x",
            took <= 1.7 * limit,
        )
    ]


def _patterns() -> list[Any]:
    """Return the URL patterns of the minimal view."""
    from django.urls import path
    from django.utils import timezone
    from rest_framework.response import Response
    from rest_framework.views import APIView

    from farm.api.reservations import ReservationViewSet
    from farm.api.serializers import ReservationSerializer
    from farm.rules.permissions import ViewerPermissions

    class MinimalView(APIView):
        authentication_classes: list[Any] = []
        permission_classes: list[Any] = []

        def get(self, request: Any) -> Response:
            rows = ReservationViewSet.queryset.order_by("start", "pk")[:ROWS]
            context = {"request": request, "now": timezone.now(), "sight": ViewerPermissions(None)}
            return Response(ReservationSerializer(rows, many=True, context=context).data)

    return [path("bare", MinimalView.as_view())]


if __name__ == "__main__":
    sys.exit(figures.main(measure))

urlpatterns = _patterns()  # this module is the URL conf of the minimal view
