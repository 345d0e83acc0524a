"""/api/v1/farm/slots: the earliest fit of a need on each machine that has one, soonest first."""

from datetime import timedelta
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiExample, OpenApiResponse, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from farm.api.errors import refusals
from farm.api.query_params import SlotQuery
from farm.api.serializers import SlotSerializer
from farm.models import MAX_SPAN, Machine
from farm.queries import slot_search
from farm.queries.alternatives import SEARCH
from farm.rules.availability import Share
from farm.rules.limits import check_length
from kernel.errors import Malformed

FITS = OpenApiExample(
    "Two machines",
    value=[
        {
            "resource": 1,
            "name": "dgx-1",
            "start": "2030-01-07T12:00:00Z",
            "end": "2030-01-07T14:00:00Z",
            "gpus": 4,
            "memory_gb": 64,
        }
    ],
)


class Slots(APIView):
    """Where and when would this fit first? An offer, not a promise: nothing is held."""

    @extend_schema(
        operation_id="farm_slots_list",
        parameters=[SlotQuery],
        responses={200: OpenApiResponse(SlotSerializer(many=True), examples=[FITS]), **refusals(400, 401)},
    )
    def get(self, request: Request) -> Response:
        """At least so many GPUs and so much memory, for so many hours: the earliest fit of each machine."""
        asked = SlotQuery.of(request)
        need = Share(asked["gpus"], asked["memory_gb"])
        start, end, length = _span(asked)
        found = slot_search.earliest_slots(need, length, start, end, _machines(asked))[: asked["limit"]]
        rows = [
            {
                "resource": fit.machine.pk,
                "name": fit.machine.name,
                **need._asdict(),
                "start": fit.start,
                "end": fit.end,
            }
            for fit in found
        ]
        return Response(SlotSerializer(rows, many=True).data)


def _span(asked: dict[str, Any]) -> tuple[Any, Any, timedelta]:
    """From when, until when, and for how long; or the field at fault."""
    now = timezone.now()
    if not asked["gpus"] and not asked["memory_gb"]:
        raise Malformed("nothing_asked", _("Ask for at least one GPU or some memory."), field="gpus")
    length = timedelta(hours=float(asked["hours"]))
    check_length(now, now + length, field="hours")
    start = max(asked.get("after") or now, now)
    end = asked.get("before") or start + max(SEARCH, length)
    if end <= start:
        raise Malformed("bad_span", _("The end must be after the start."), field="before")
    if end - start > MAX_SPAN:
        sentence = _("At most %(days)s days at once.") % {"days": MAX_SPAN.days}
        raise Malformed("too_long", sentence, field="before")
    return start, end, length


def _machines(asked: dict[str, Any]) -> list[Machine]:
    rows = Machine.objects.bookable()
    if "resource" in asked:
        rows = rows.filter(pk__in=asked["resource"])
    if "model" in asked:
        rows = rows.filter(gpu_model__iexact=asked["model"])
    tags = set(asked.get("tag", []))
    return [row for row in rows if tags <= set(row.tags)]
