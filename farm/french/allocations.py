"""/RessourceReserve of the French wire: list, add, change and remove allocations."""

from typing import Any

from django.db.models import QuerySet
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.principals import caller_of
from farm.domain import booking
from farm.french import wire_format
from farm.french.base import created, query_as_body
from farm.french.machines import machine_at
from farm.french.reservations import ReservationView, reservation_at
from farm.models import Allocation


class AllocationView(ReservationView):
    fields = {**ReservationView.fields, "reservation": "idReservation"}

    def reservation_id(self, data: dict[str, Any]) -> int:
        return wire_format.read_id(data, "idReservation")

    def answer(self, rows: QuerySet[Allocation]) -> Response:
        """Answer with those of `rows` that overlap the window of the query, paged."""
        kept = rows.overlapping(*self.window()).kept()  # type: ignore[attr-defined]
        allocations, headers = self.page(kept.order_by("pk"))
        objects = [wire_format.write_allocation(row, row.reservation_id) for row in allocations]
        return Response({"RessourceReserve": objects}, headers=headers)


class AllocationListView(AllocationView):
    name = "/RessourceReserve"
    samples = {
        "POST": wire_format.ALLOCATION_SAMPLE,
        "PUT": wire_format.ALLOCATION_SAMPLE,
        "PATCH": wire_format.ALLOCATION_SAMPLE,
        "DELETE": {"idReservation": 1, "idRessource": 1},
    }

    def get(self, request: Request) -> Response:
        return self.answer(Allocation.objects.all())

    def post(self, request: Request) -> Response:
        data = self.body()
        reservation_id, allocation = self.reservation_id(data), wire_format.read_allocation(data)
        booking.add_allocation(
            actor=caller_of(request), reservation_id=reservation_id, allocation=allocation, over_api=True
        )
        body = wire_format.write_allocation(allocation, reservation_id)
        return created(request, "RessourceReserve/idReservation", reservation_id, body)

    def put(self, request: Request) -> Response:
        data = self.body()
        reservation_id, allocation = self.reservation_id(data), wire_format.read_allocation(data)
        booking.change_allocation(actor=caller_of(request), reservation_id=reservation_id, allocation=allocation)
        return Response(wire_format.write_allocation(allocation, reservation_id))

    patch = put

    def delete(self, request: Request) -> Response:
        """Remove the allocation that a body names, or the query `?idReservation=…&idRessource=…`."""
        data = self.body() or query_as_body(request.query_params.dict())
        machine_id = wire_format.read_id(data, "idRessource")
        reservation_id = self.reservation_id(data)
        booking.remove_allocation(actor=caller_of(request), reservation_id=reservation_id, machine_id=machine_id)
        return Response(status=204)


class AllocationsOfMachineView(AllocationView):
    name = "/RessourceReserve/idRessource/<id>"

    def get(self, request: Request, pk: str) -> Response:
        return self.answer(Allocation.objects.filter(machine=machine_at(pk)))


class AllocationsOfReservationView(AllocationView):
    name = "/RessourceReserve/idReservation/<id>"

    def get(self, request: Request, pk: str) -> Response:
        return self.answer(Allocation.objects.filter(reservation=reservation_at(pk)))
