"""The French wire's words as values: its dates, its whole numbers, its objects. docs/wire.md describes it."""

import re
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

from django.utils.dateparse import parse_datetime
from django.utils.http import http_date
from django.utils.translation import gettext as _

from farm.models import MAX_QUANTITY, Allocation, Machine, Reservation
from farm.rules.limits import Line
from kernel.errors import Malformed

MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
# The original's own page wrote no leading zeros: 2020-2-7 9:00:00.
PLAIN = re.compile(r"([0-9]{4})-([0-9]{1,2})-([0-9]{1,2}) ([0-9]{1,2}):([0-9]{1,2}):([0-9]{1,2})")
ISO = re.compile(
    r"(?:[0-9]{4}-[0-9]{2}-[0-9]{2}|[0-9]{8}|[0-9]{4}-?W[0-9]{2}-?[0-9])[T ][0-9:.,]+(?:Z|[+-][0-9]{2}(?::?[0-9]{2})?)"
)
RFC1123 = re.compile(
    r"(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun), ([0-9]{1,2}) ([A-Z][a-z]{2}) ([0-9]{4}) "
    r"([0-9]{2}):([0-9]{2}):([0-9]{2}) (?:GMT|UTC|([+-])([0-9]{2})([0-9]{2}))"
)
MAX_ID = 2**31 - 1
# Samples of what may be sent, for the forms of the browsable pages.
RESOURCE = {"quantiteGPU": 8, "quantiteMemoire": 64}
LINE = {"idReservation": 1, "idRessource": 1, "nbGPU": 1, "nbMemoire": 4}
SPAN = {"date_debut": "2030-01-31 13:00:00", "date_fin": "2030-01-31 17:00:00"}
RESERVATION = {**SPAN, "lignes": [{"idRessource": 1, "nbGPU": 1, "nbMemoire": 4}]}


def date_out(moment: datetime) -> str:
    """`Fri, 07 Feb 2020 13:00:00 GMT`"""
    return http_date(moment.replace(microsecond=0).timestamp())  # a float may round up


def date_in(value: object, field: str) -> datetime:
    """`2020-02-07 13:00:00` (UTC), ISO 8601 with a zone, or what `date_out` gives; in UTC, whole seconds."""
    if isinstance(value, str):
        try:
            moment = _read(value.strip())
            if moment is not None:
                return moment.astimezone(UTC).replace(microsecond=0)
        except (ValueError, OverflowError):  # the 31st of February, hour 25, year 0
            pass
    raise Malformed(
        "bad_date",
        _("%(field)s must be a date such as 2030-01-31 13:00:00, or ISO 8601 with a zone.") % {"field": field},
        field=field,
    )


def _read(text: str) -> datetime | None:
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


def whole(data: dict[str, Any], field: str, *, low: int = 0, high: int = MAX_QUANTITY, text: bool = False) -> int:
    """A JSON whole number; fractions and booleans are refused, and text too unless `text`.

    The original's own page sent ids and a machine's quantities as typed, in text, and its database took them.
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


def line_in(data: object) -> Line:
    """`{idRessource, nbGPU, nbMemoire}`; `nbmemoire`, the original's other spelling, too."""
    if not isinstance(data, dict):
        raise Malformed("bad_line", _("Each line must be an object."), field="lignes")
    data = {key: value for key, value in data.items() if value is not None}
    if "nbMemoire" not in data and "nbmemoire" in data:
        data["nbMemoire"] = data["nbmemoire"]
    line = Line(
        whole(data, "idRessource", low=1, high=2**63 - 1, text=True), whole(data, "nbGPU"), whole(data, "nbMemoire")
    )
    if line.gpus == 0 and line.memory_gb == 0:
        raise Malformed("nothing_asked", _("Ask for at least one GPU or some memory."), field="nbGPU")
    return line


def lines_in(value: object) -> list[Line]:
    if not isinstance(value, list) or len(value) > 1000:
        raise Malformed("bad_lines", _("lignes must be a list of objects."), field="lignes")
    return [line_in(item) for item in value]


def machine_out(machine: Machine) -> dict[str, Any]:
    return {"id": machine.pk, "quantiteGPU": machine.gpu_count, "quantiteMemoire": machine.memory_gb}


def reservation_out(reservation: Reservation, *, named: bool) -> dict[str, Any]:
    """Without a name where the reader may not know it: the key itself is absent."""
    found: dict[str, Any] = {
        "date_debut": date_out(reservation.start),
        "date_fin": date_out(reservation.end),
        "id": reservation.pk,
    }
    if named:
        found["nomUtilisateur"] = reservation.owner.username
    return found


def line_out(line: Allocation | Line, reservation_id: int) -> dict[str, Any]:
    return {
        "idReservation": reservation_id,
        "idRessource": line.machine_id,
        "nbGPU": line.gpus,
        "nbMemoire": line.memory_gb,
        "nbmemoire": line.memory_gb,
    }


def booking_out(reservation: Reservation, lines: Iterable[Allocation], *, named: bool) -> dict[str, Any]:
    """A reservation just written, with its lines."""
    return {**reservation_out(reservation, named=named), "lignes": [line_out(line, reservation.pk) for line in lines]}
