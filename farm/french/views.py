"""The farm's original API, at its own addresses and in its own words: parse, call one verb, answer.

Which words mean what is farm/french/words.py; who may do what is asked of the verbs.
"""

from datetime import datetime
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.models import User
from accounts.principals import is_program
from farm.domain import booking, machines
from farm.domain.idempotency import once
from farm.french import words
from farm.french.base import FrenchView, created, number, numbers
from farm.models import Allocation, Machine, Reservation
from farm.rules import permissions
from farm.rules.permissions import Sight
from kernel.errors import Malformed, Unknown
from kernel.wire import read_boolean, read_text


def machine_at(text: str) -> Machine:
    found = Machine.objects.listed().filter(pk=number(text)).first()
    if found is None:
        raise Unknown("unknown_resource", _("There is no machine %(id)s.") % {"id": text})
    return found


def reservation_at(text: str) -> Reservation:
    found = Reservation.objects.kept(timezone.now()).select_related("owner").filter(pk=number(text)).first()
    if found is None:
        raise Unknown("unknown_reservation", _("There is no booking %(id)s.") % {"id": text})
    return found


# --- /Ressource -------------------------------------------------------------------------------------------------------
class MachineView(FrenchView):
    fields = {"gpu_count": "quantiteGPU", "memory_gb": "quantiteMemoire"}
    samples = {"POST": words.RESOURCE}

    def quantities(self, *, partial: bool = False) -> dict[str, int]:
        data = self.body()
        return {
            name: words.whole(data, word, text=True)
            for name, word in self.fields.items()
            if not partial or data.get(word) is not None
        }


class Machines(MachineView):
    name = "/Ressource"

    def get(self, request: Request) -> Response:
        rows, headers = self.page(Machine.objects.listed().order_by("pk"))
        return Response({"Ressources": [words.machine_out(row) for row in rows]}, headers=headers)

    def post(self, request: Request) -> Response:
        data = self.body()
        given = words.whole(data, "id", low=1, high=words.MAX_ID, text=True) if "id" in data else None
        values = self.quantities()
        return once(
            request,
            lambda row: created(request, "Ressource", row.pk, words.machine_out(row)),
            lambda also: machines.add_machine(actor=request.user, id=given, also=also, **values),
        )


class OneMachine(MachineView):
    name = "/Ressource/<id>"
    samples = {
        "PUT": {**words.RESOURCE, "confirmer": False},
        "PATCH": {**words.RESOURCE, "confirmer": False},
        "DELETE": {"confirmer": False},
    }

    def get(self, request: Request, pk: str) -> Response:
        return Response(words.machine_out(machine_at(pk)))

    def put(self, request: Request, pk: str, partial: bool = False) -> Response:
        machine_id = machine_at(pk).pk
        confirm = read_boolean(self.body(), "confirmer", False)
        values = self.quantities(partial=partial)
        changed = machines.change_machine(actor=request.user, machine_id=machine_id, confirm=confirm, **values)
        return Response(words.machine_out(changed))

    def patch(self, request: Request, pk: str) -> Response:
        return self.put(request, pk, partial=True)

    def delete(self, request: Request, pk: str) -> Response:
        """`confirmer` in a body or in the query."""
        confirm = read_boolean(self.body() or request.query_params.dict(), "confirmer", False)
        machines.retire(actor=request.user, machine_id=machine_at(pk).pk, confirm=confirm)
        return Response(status=204)


# --- /Reservation -----------------------------------------------------------------------------------------------------
class ReservationView(FrenchView):
    fields = {
        "start": "date_debut",
        "end": "date_fin",
        "owner": "nomUtilisateur",
        "resource": "idRessource",
        "gpus": "nbGPU",
        "memory_gb": "nbMemoire",
        "lines": "lignes",
    }

    def written(self, reservation: Reservation) -> dict[str, Any]:
        lines = reservation.lines.order_by("machine_id")
        return words.booking_out(reservation, lines, named=Sight(self.request.user).sees_name(reservation))


class Reservations(ReservationView):
    name = "/Reservation"
    samples = {"POST": words.RESERVATION}

    def get(self, request: Request) -> Response:
        found = Reservation.objects.kept(timezone.now()).overlapping(*self.window()).with_owner_name()
        rows, headers = self.page(found.order_by("pk"))
        sight = Sight(request.user)
        objects = [words.reservation_out(row, named=sight.sees_name(row)) for row in rows]
        return Response({"Reservations": objects}, headers=headers)

    def post(self, request: Request) -> Response:
        data = self.body()
        return once(
            request,
            lambda row: created(request, "Reservation", row.pk, self.written(row)),
            lambda also: booking.book(
                actor=request.user,
                owner=owner_of(request, data),
                start=words.date_in(data.get("date_debut"), "date_debut"),
                end=words.date_in(data.get("date_fin"), "date_fin"),
                lines=words.lines_in(data.get("lignes", [])),
                also=also,
            ),
        )


class OneReservation(ReservationView):
    name = "/Reservation/<id>"
    samples = {"PUT": words.SPAN, "PATCH": words.SPAN}

    def get(self, request: Request, pk: str) -> Response:
        reservation = reservation_at(pk)
        named = Sight(request.user).sees_name(reservation)
        return Response(words.reservation_out(reservation, named=named))

    def put(self, request: Request, pk: str, partial: bool = False) -> Response:
        data, reservation = self.body(), reservation_at(pk)
        check_owner_stays(request, data, reservation)

        def moment(word: str) -> datetime | None:
            return None if partial and word not in data else words.date_in(data.get(word), word)

        changed = booking.change(
            actor=request.user,
            reservation_id=reservation.pk,
            start=moment("date_debut"),
            end=moment("date_fin"),
            lines=words.lines_in(data["lignes"]) if "lignes" in data else None,
        )
        return Response(self.written(changed))

    def patch(self, request: Request, pk: str) -> Response:
        return self.put(request, pk, partial=True)

    def delete(self, request: Request, pk: str) -> Response:
        """Cancelled, or given back if it is running."""
        booking.end_early(actor=request.user, reservation_id=reservation_at(pk).pk)
        return Response(status=204)


def owner_of(request: Request, data: dict[str, Any]) -> User:
    """The caller; or the person named, who must exist. A machine must name one."""
    name = read_text(data, "nomUtilisateur", "", limit=255)
    if not name:
        if is_program(request.user):
            read_text({}, "nomUtilisateur")
        return request.user  # type: ignore[return-value]
    if name == request.user.username and request.user.pk:  # a trusted peer has a name and no account
        return request.user  # type: ignore[return-value]
    owner = User.objects.filter(username=name, is_active=True).first()
    if owner is None and (request.user.is_staff or is_program(request.user)):
        raise Unknown("unknown_person", _("There is nobody named %(name)s.") % {"name": name}, field="nomUtilisateur")
    return owner or User(username=name)  # a stranger: the verb refuses, and so nobody learns who exists


def check_owner_stays(request: Request, data: dict[str, Any], reservation: Reservation) -> None:
    """What GET gave may be sent back; another name would be a change that is not made, and so a refusal."""
    permissions.check_may_change(request.user, reservation)
    if read_text(data, "nomUtilisateur", reservation.owner.username, limit=255) != reservation.owner.username:
        raise Malformed("owner_stays", _("A booking keeps its owner."), field="nomUtilisateur")


# --- /RessourceReserve ------------------------------------------------------------------------------------------------
class LineView(ReservationView):
    fields = {**ReservationView.fields, "reservation": "idReservation"}

    def reservation_id(self, data: dict[str, Any]) -> int:
        return words.whole(data, "idReservation", low=1, high=2**63 - 1, text=True)

    def answer(self, rows: QuerySet[Allocation]) -> Response:
        kept = rows.overlapping(*self.window()).kept()  # type: ignore[attr-defined]
        found, headers = self.page(kept.order_by("pk"))
        objects = [words.line_out(row, row.reservation_id) for row in found]
        return Response({"RessourceReserve": objects}, headers=headers)


class Lines(LineView):
    name = "/RessourceReserve"
    samples = {
        "POST": words.LINE,
        "PUT": words.LINE,
        "PATCH": words.LINE,
        "DELETE": {"idReservation": 1, "idRessource": 1},
    }

    def get(self, request: Request) -> Response:
        return self.answer(Allocation.objects.all())

    def post(self, request: Request) -> Response:
        data = self.body()
        reservation_id, line = self.reservation_id(data), words.line_in(data)
        booking.add_line(actor=request.user, reservation_id=reservation_id, line=line)
        body = words.line_out(line, reservation_id)
        return created(request, "RessourceReserve/idReservation", reservation_id, body)

    def put(self, request: Request) -> Response:
        data = self.body()
        reservation_id, line = self.reservation_id(data), words.line_in(data)
        booking.change_line(actor=request.user, reservation_id=reservation_id, line=line)
        return Response(words.line_out(line, reservation_id))

    patch = put

    def delete(self, request: Request) -> Response:
        """By a body, or by `?idReservation=…&idRessource=…`."""
        data = self.body() or numbers(request.query_params.dict())
        machine_id = words.whole(data, "idRessource", low=1, high=2**63 - 1, text=True)
        booking.remove_line(actor=request.user, reservation_id=self.reservation_id(data), machine_id=machine_id)
        return Response(status=204)


class LinesOfMachine(LineView):
    name = "/RessourceReserve/idRessource/<id>"

    def get(self, request: Request, pk: str) -> Response:
        return self.answer(Allocation.objects.filter(machine=machine_at(pk)))


class LinesOfReservation(LineView):
    name = "/RessourceReserve/idReservation/<id>"

    def get(self, request: Request, pk: str) -> Response:
        return self.answer(Allocation.objects.filter(reservation=reservation_at(pk)))
