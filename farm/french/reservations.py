"""/Reservation of the French wire: list, read, book, change and cancel reservations."""

from datetime import datetime
from typing import Any, cast

from django.utils import timezone
from django.utils.translation import gettext as _
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.models import User
from accounts.principals import caller_of, is_program
from farm.domain import booking
from farm.domain.idempotency import run_once
from farm.french import wire_format
from farm.french.base import FrenchView, created, id_from_path
from farm.models import Reservation
from farm.rules import permissions
from farm.rules.permissions import ViewerPermissions
from kernel.errors import Malformed, Unknown
from kernel.wire import read_text


def reservation_at(text: str) -> Reservation:
    """Return the reservation with this id in the path.

    Raises Unknown, also for one that is cancelled, displaced or expired.
    """
    rows = Reservation.objects.kept(timezone.now()).select_related("owner")
    reservation = rows.filter(pk=id_from_path(text)).first()
    if reservation is None:
        raise Unknown("unknown_reservation", _("There is no booking %(id)s.") % {"id": text})
    return reservation


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

    def write_saved(self, reservation: Reservation) -> dict[str, Any]:
        """Write a reservation that a command has just saved.

        Its allocations are in the order of machines.
        """
        allocations = reservation.lines.order_by("machine_id")
        named = ViewerPermissions(self.request.user).sees_name(reservation)
        return wire_format.write_reservation_with_allocations(reservation, allocations, named=named)


class ReservationListView(ReservationView):
    name = "/Reservation"
    samples = {"POST": wire_format.RESERVATION_SAMPLE}

    def get(self, request: Request) -> Response:
        reservations = Reservation.objects.kept(timezone.now()).overlapping(*self.window()).with_owner_name()
        rows, headers = self.page(reservations.order_by("pk"))
        sight = ViewerPermissions(request.user)
        objects = [wire_format.write_reservation(row, named=sight.sees_name(row)) for row in rows]
        return Response({"Reservations": objects}, headers=headers)

    def post(self, request: Request) -> Response:
        data = self.body()
        return run_once(
            request,
            lambda reservation: created(request, "Reservation", reservation.pk, self.write_saved(reservation)),
            lambda also: booking.book(
                actor=caller_of(request),
                owner=read_owner(request, data),
                start=wire_format.read_date(data.get("date_debut"), "date_debut"),
                end=wire_format.read_date(data.get("date_fin"), "date_fin"),
                allocations=wire_format.read_allocations(data.get("lignes", [])),
                over_api=True,
                also=also,
            ),
        )


class ReservationDetailView(ReservationView):
    name = "/Reservation/<id>"
    samples = {"PUT": wire_format.SPAN_SAMPLE, "PATCH": wire_format.SPAN_SAMPLE}

    def get(self, request: Request, pk: str) -> Response:
        reservation = reservation_at(pk)
        named = ViewerPermissions(request.user).sees_name(reservation)
        return Response(wire_format.write_reservation(reservation, named=named))

    def put(self, request: Request, pk: str, partial: bool = False) -> Response:
        data, reservation = self.body(), reservation_at(pk)
        check_same_owner(request, data, reservation)

        def read_moment(name: str) -> datetime | None:
            return None if partial and name not in data else wire_format.read_date(data.get(name), name)

        changed = booking.change(
            actor=caller_of(request),
            reservation_id=reservation.pk,
            start=read_moment("date_debut"),
            end=read_moment("date_fin"),
            allocations=wire_format.read_allocations(data["lignes"]) if "lignes" in data else None,
        )
        return Response(self.write_saved(changed))

    def patch(self, request: Request, pk: str) -> Response:
        return self.put(request, pk, partial=True)

    def delete(self, request: Request, pk: str) -> Response:
        """Cancel the reservation, or give it back if it is running."""
        booking.end_early(actor=caller_of(request), reservation_id=reservation_at(pk).pk)
        return Response(status=204)


def read_owner(request: Request, data: dict[str, Any]) -> User:
    """Return the person named in `nomUtilisateur`, or the caller when it is absent.

    A program must name a person. Raises Unknown for a name that does not exist, but only to staff and programs: for
    others the result is an unsaved User, which `booking.book` refuses with 403, so that nobody learns who exists.
    """
    caller = caller_of(request)
    name = read_text(data, "nomUtilisateur", "", limit=255)
    if not name:
        if is_program(caller):
            read_text({}, "nomUtilisateur")  # raises Malformed
        return cast(User, caller)
    if name == caller.username and caller.pk:  # a trusted peer has a name but no account
        return caller
    owner = User.objects.filter(username=name, is_active=True).first()
    if owner is None and (caller.is_staff or is_program(caller)):
        raise Unknown("unknown_person", _("There is nobody named %(name)s.") % {"name": name}, field="nomUtilisateur")
    return owner or User(username=name)


def check_same_owner(request: Request, data: dict[str, Any], reservation: Reservation) -> None:
    """Check that `nomUtilisateur`, when given, is the owner's. Raises Malformed.

    The body of GET can be sent back, but the owner cannot change.
    """
    permissions.check_may_change(caller_of(request), reservation)
    if read_text(data, "nomUtilisateur", reservation.owner.username, limit=255) != reservation.owner.username:
        raise Malformed("owner_stays", _("The owner of a booking cannot be changed."), field="nomUtilisateur")
