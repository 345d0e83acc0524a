"""`manage.py check_capacity`: is more held than there is? For a terminal or a monitor."""

import json
import time
from argparse import ArgumentParser, ArgumentTypeError
from datetime import datetime
from typing import Any

from django.core.management.base import BaseCommand, no_translations
from django.utils import timezone
from django.utils.dateparse import parse_date, parse_datetime

from farm.domain.capacity_check import CheckCounts, Fault, find_faults
from farm.pages import capacity_faults


def _moment(text: str) -> datetime:
    """Read a day or a moment; without a zone it is in the school's zone."""
    try:
        day = parse_date(text)
        moment = datetime(day.year, day.month, day.day) if day else parse_datetime(text)
    except ValueError:
        moment = None
    if moment is None:
        raise ArgumentTypeError(f"not a date: {text}")
    return timezone.make_aware(moment) if timezone.is_naive(moment) else moment


class Command(BaseCommand):
    help = (
        "Checks every machine from now on: held GPUs and memory against capacity and closures, and every allocation "
        "against its booking. Prints one line for each fault; exit code 1 when there is any. Repairs nothing."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--json", action="store_true", help="one JSON object on one line, for a monitor")
        parser.add_argument(
            "--since",
            type=_moment,
            metavar="DATE",
            help="check the past too, from this day on, by the capacities and closures of today",
        )

    @no_translations
    def handle(self, *args: Any, **options: Any) -> None:
        began, tally, found_faults = time.monotonic(), CheckCounts(), []
        for fault in find_faults(tally, options["since"]):
            found_faults.append(fault.as_json())
            if not options["json"]:
                self.stdout.write(_line(fault))
        seconds = round(time.monotonic() - began, 2)
        summary = {
            "machines": tally.machines,
            "lines": tally.allocations,
            "seconds": seconds,
            "faults": len(found_faults),
        }
        if options["json"]:
            self.stdout.write(json.dumps(summary | {"found": found_faults}, ensure_ascii=False))
        else:
            counts = f"{tally.machines} machines, {tally.allocations} lines swept in {seconds} s"
            self.stdout.write(f"{counts}: {f'{len(found_faults)} faults' if found_faults else 'no fault'}.")
        if found_faults:
            raise SystemExit(1)


def _line(fault: Fault) -> str:
    row = fault.as_json()
    bookings = ", ".join(map(str, fault.reservations))
    where = f"{fault.name} (machine {fault.machine})" if fault.machine else "no machine"
    return f"{fault.kind}: {where}, {row['start']} – {row['end']}: {capacity_faults.sentence(row)}" + (
        f" Bookings: {bookings}." if bookings else ""
    )
