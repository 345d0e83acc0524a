"""Read and write the dates, numbers and objects of the French wire.

docs/wire.md describes them.
"""

import re
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

from django.utils.dateparse import parse_datetime
from django.utils.http import http_date
from django.utils.translation import gettext as _

from farm.models import MAX_QUANTITY, Allocation, Machine, Reservation
from farm.rules.limits import RequestedAllocation
from kernel.errors import Malformed

MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
# The page of the original system sent dates without leading zeros: 2020-2-7 9:00:00.
PLAIN = re.compile(r"([0-9]{4})-([0-9]{1,2})-([0-9]{1,2}) ([0-9]{1,2}):([0-9]{1,2}):([0-9]{1,2})")
ISO = re.compile(
    r"(?:[0-9]{4}-[0-9]{2}-[0-9]{2}|[0-9]{8}|[0-9]{4}-?W[0-9]{2}-?[0-9])[T ][0-9:.,]+(?:Z|[+-][0-9]{2}(?::?[0-9]{2})?)"
)
RFC1123 = re.compile(
    r"(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun), ([0-9]{1,2}) ([A-Z][a-z]{2}) ([0-9]{4}) "
    r"([0-9]{2}):([0-9]{2}):([0-9]{2}) (?:GMT|UTC|([+-])([0-9]{2})([0-9]{2}))"
)
MAX_ID = 2**31 - 1  # the highest id that a caller may choose for a machine
MAX_READ_ID = 2**63 - 1
MAX_ALLOCATIONS = 1000  # in one request
# First bodies of the forms in the browsable API.
MACHINE_SAMPLE = {"quantiteGPU": 8, "quantiteMemoire": 64}
ALLOCATION_SAMPLE = {"idReservation": 1, "idRessource": 1, "nbGPU": 1, "nbMemoire": 4}
SPAN_SAMPLE = {"date_debut": "2030-01-31 13:00:00", "date_fin": "2030-01-31 17:00:00"}
RESERVATION_SAMPLE = {**SPAN_SAMPLE, "lignes": [{"idRessource": 1, "nbGPU": 1, "nbMemoire": 4}]}


def write_date(moment: datetime) -> str:
    """Write `Fri, 07 Feb 2020 13:00:00 GMT`, cut to whole seconds."""
    return http_date(moment.replace(microsecond=0).timestamp())  # a float may round up


def read_date(value: object, field: str) -> datetime:
    """Read `2020-02-07 13:00:00` (in UTC), ISO 8601 with a zone, or the form of `write_date`.

    Returns UTC in whole seconds. Raises Malformed with `field` for anything else.
    """
    if isinstance(value, str):
        try:
            moment = _parse_date(value.strip())
            if moment is not None:
                return moment.astimezone(UTC).replace(microsecond=0)
        except (ValueError, OverflowError):  # the 31st of February, hour 25, year 0
            pass
    raise Malformed(
        "bad_date",
        _("%(field)s must be a date such as 2030-01-31 13:00:00, or ISO 8601 with a zone.") % {"field": field},
        field=field,
    )


def _parse_date(text: str) -> datetime | None:
    if match := PLAIN.fullmatch(text):
        return datetime(*map(int, match.groups()), tzinfo=UTC)  # type: ignore[misc,arg-type]
    if match := RFC1123.fullmatch(text):
        day, month, year, hour, minute, second, sign, hours, minutes = match.groups()
        offset = timedelta(hours=int(hours), minutes=int(minutes)) if sign else timedelta()
        zone = timezone(-offset if sign == "-" else offset)
        return datetime(
            int(year), MONTHS.index(month) + 1, int(day), int(hour), int(minute), int(second), tzinfo=zone
        )  # fmt: skip
    return parse_datetime(text) if ISO.fullmatch(text) else None


def read_whole_number(
    data: dict[str, Any], field: str, *, low: int = 0, high: int = MAX_QUANTITY, text: bool = False
) -> int:
    """Read a JSON whole number from `low` to `high`; with `text`, also one in a string.

    Raises Malformed for fractions, booleans and all else. The page of the original system sent ids and the quantities
    of machines as text, and its database accepted them.
    """
    if field not in data:
        raise Malformed("missing", _("%(field)s is missing.") % {"field": field}, field=field)
    value = data[field]
    if text and isinstance(value, str) and re.fullmatch(r"[0-9]{1,19}", value.strip(" ")):
        value = int(value)
    if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high:
        raise Malformed(
            "bad_number",
            _("%(field)s must be a whole number from %(low)s to %(high)s.")
            % {"field": field, "low": low, "high": high},
            field=field,
        )
    return value


def read_id(data: dict[str, Any], field: str) -> int:
    """Read the id of a row, as a number or as text."""
    return read_whole_number(data, field, low=1, high=MAX_READ_ID, text=True)


def read_allocation(data: object) -> RequestedAllocation:
    """Read `{idRessource, nbGPU, nbMemoire}`.

    The original's other spelling `nbmemoire` is accepted, too.
    """
    if not isinstance(data, dict):
        raise Malformed("bad_line", _("Each line must be an object."), field="lignes")
    data = {key: value for key, value in data.items() if value is not None}
    if "nbMemoire" not in data and "nbmemoire" in data:
        data["nbMemoire"] = data["nbmemoire"]
    allocation = RequestedAllocation(
        read_id(data, "idRessource"), read_whole_number(data, "nbGPU"), read_whole_number(data, "nbMemoire")
    )
    if allocation.gpus == 0 and allocation.memory_gb == 0:
        raise Malformed("nothing_asked", _("Ask for at least one GPU or some memory."), field="nbGPU")
    return allocation


def read_allocations(value: object) -> list[RequestedAllocation]:
    if not isinstance(value, list) or len(value) > MAX_ALLOCATIONS:
        raise Malformed("bad_lines", _("lignes must be a list of objects."), field="lignes")
    return [read_allocation(item) for item in value]


def write_machine(machine: Machine) -> dict[str, Any]:
    return {"id": machine.pk, "quantiteGPU": machine.gpu_count, "quantiteMemoire": machine.memory_gb}


def write_reservation(reservation: Reservation, *, named: bool) -> dict[str, Any]:
    """Write a reservation.

    `nomUtilisateur` is absent unless `named`: when the reader may not know the owner.
    """
    values: dict[str, Any] = {
        "date_debut": write_date(reservation.start),
        "date_fin": write_date(reservation.end),
        "id": reservation.pk,
    }
    if named:
        values["nomUtilisateur"] = reservation.owner.username
    return values


def write_allocation(allocation: Allocation | RequestedAllocation, reservation_id: int) -> dict[str, Any]:
    return {
        "idReservation": reservation_id,
        "idRessource": allocation.machine_id,
        "nbGPU": allocation.gpus,
        "nbMemoire": allocation.memory_gb,
        "nbmemoire": allocation.memory_gb,
    }


def write_reservation_with_allocations(
    reservation: Reservation, allocations: Iterable[Allocation], *, named: bool
) -> dict[str, Any]:
    """Write a reservation with its allocations in `lignes`."""
    lines = [write_allocation(allocation, reservation.pk) for allocation in allocations]
    return {**write_reservation(reservation, named=named), "lignes": lines}
