"""/api/v1/farm/slots: for each machine, the earliest slot in which a need fits."""

from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiExample, OpenApiResponse, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from farm.api.availability_serializers import SlotSerializer
from farm.api.errors import refusals
from farm.api.query_params import SlotQuery
from farm.models import MAX_SPAN, Machine
from farm.queries import slot_search
from farm.queries.alternatives import SEARCH
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


class SlotListView(APIView):
    """Where and when something would fit first.

    Nothing is held: another booking may take the slot.
    """

    @extend_schema(
        operation_id="farm_slots_list",
        parameters=[SlotQuery],
        responses={200: OpenApiResponse(SlotSerializer(many=True), examples=[FITS]), **refusals(400, 401)},
    )
    def get(self, request: Request) -> Response:
        """The earliest slot of each machine, soonest first.

        In a slot at least so many GPUs and so much memory are free for so many hours. Without `memory_gb`, the GPUs
        bring their part of the memory of each machine.
        """
        query = SlotQuery.of(request)
        wanted = slot_search.MachineRequest(query["gpus"], query.get("memory_gb"))
        start, end, length = _search_span(query)
        slots = slot_search.earliest_slots(wanted, length, start, end, _machines(query))[: query["limit"]]
        rows = [
            {
                "resource": slot.machine.pk,
                "name": slot.machine.name,
                **wanted.need_on(slot.machine)._asdict(),
                "start": slot.start,
                "end": slot.end,
            }
            for slot in slots
        ]
        return Response(SlotSerializer(rows, many=True).data)


def _search_span(query: dict[str, Any]) -> tuple[datetime, datetime, timedelta]:
    """Return from when to when to search, and for how long a slot.

    Raises Malformed with the field at fault.
    """
    now = timezone.now()
    if not query["gpus"] and not query.get("memory_gb"):
        raise Malformed("nothing_asked", _("Ask for at least one GPU or some memory."), field="gpus")
    length = timedelta(hours=float(query["hours"]))
    check_length(now, now + length, field="hours")
    start = max(query.get("after") or now, now)
    end = query.get("before") or start + max(SEARCH, length)
    if end <= start:
        raise Malformed("bad_span", _("The end must be after the start."), field="before")
    if end - start > MAX_SPAN:
        sentence = _("At most %(days)s days at once.") % {"days": MAX_SPAN.days}
        raise Malformed("too_long", sentence, field="before")
    return start, end, length


def _machines(query: dict[str, Any]) -> list[Machine]:
    rows = Machine.objects.bookable()
    if "resource" in query:
        rows = rows.filter(pk__in=query["resource"])
    if "model" in query:
        rows = rows.filter(gpu_model__iexact=query["model"])
    tags = set(query.get("tag", []))
    return [row for row in rows if tags <= set(row.tags)]
