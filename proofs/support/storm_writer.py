"""One writer of proofs/storm.py: a process that sends every command of the farm over HTTP.

The order of the commands is random. The writer remembers its bookings and changes them again. It uses only the standard
library, so that 32 writers fit into the memory of one machine.
"""

import random
import time
from datetime import UTC, datetime, timedelta
from typing import Any

from bench.support.http_calls import HttpClient, Response

TOMORROW = (datetime.now(UTC) + timedelta(days=1)).replace(minute=0, second=0, microsecond=0)
SLOTS = 16  # half hours in which all bookings start


class Writer:
    """A writer with two HTTP clients: one of a person and one of a program.

    Each method sends one request with random values and returns the response, or None when there is nothing to change.
    `stable` is the machine whose capacity no writer changes.
    """

    def __init__(self, url: str, name: str, token: str, program_token: str, machines: list[int], stable: int) -> None:
        self.name, self.machines, self.stable = name, machines, stable
        self.person, self.program = HttpClient(url, token), HttpClient(url, program_token)
        self.random = random.Random(name)
        self.bookings: list[int] = []
        self.closures: list[int] = []

    def run(self, until: float) -> list[Response]:
        """Send random commands until this time (epoch seconds), and return the responses."""
        responses = []
        commands, weights = zip(*COMMANDS.items(), strict=True)
        while time.time() < until:
            command = self.random.choices(commands, weights)[0]
            response = command(self)
            if response:
                responses.append(response)
        return responses

    # --- commands -----------------------------------------------------------------------------------------------------
    def book(self) -> Response:
        start, end = self.span()
        lines = [{"resource": pk, "gpus": self.amount(), "memory_gb": self.amount()} for pk in self.some_machines()]
        body = {"start": start, "end": end, "lines": lines}
        return self.remember(self.person.request("book", "POST", "/api/v1/farm/reservations", body))

    def book_in_french(self) -> Response:
        start, end = self.span()
        lines = [{"idRessource": pk, "nbGPU": self.amount(), "nbMemoire": self.amount()} for pk in self.some_machines()]
        body = {"date_debut": start, "date_fin": end, "nomUtilisateur": self.name, "lignes": lines}
        return self.remember(self.program.request("book in French", "POST", "/Reservation", body))

    def book_now(self) -> Response:
        """Book the stable machine from now on. Such a booking can be given back."""
        now = datetime.now(UTC)
        allocation = {"resource": self.stable, "gpus": self.amount(), "memory_gb": self.amount()}
        body = {"start": now.isoformat(), "end": (now + timedelta(minutes=30)).isoformat(), "lines": [allocation]}
        return self.remember(self.person.request("book now", "POST", "/api/v1/farm/reservations", body))

    def draft(self) -> Response:
        start, end = self.span()
        body = {"date_debut": start, "date_fin": end, "nomUtilisateur": self.name}
        return self.remember(self.program.request("draft", "POST", "/Reservation", body))

    def add_allocation(self) -> Response | None:
        return self.send_allocation("add allocation", "POST", self.amount())

    def change_allocation(self) -> Response | None:
        return self.send_allocation("change allocation", "PUT", self.amount())

    def remove_allocation(self) -> Response | None:
        return self.send_allocation("remove allocation", "DELETE", 1)

    def send_allocation(self, kind: str, method: str, gpus: int) -> Response | None:
        """Send one request for an allocation of one of our bookings to the French API."""
        if not self.bookings:
            return None
        body = {"idReservation": self.some_booking(), "idRessource": self.random.choice(self.machines), "nbGPU": gpus}
        return self.program.request(kind, method, "/RessourceReserve", body | {"nbMemoire": self.amount()})

    def move(self) -> Response | None:
        start, end = self.span()
        return self.patch_booking("move", {"start": start, "end": end})

    def extend(self) -> Response | None:
        return self.patch_booking("extend or shorten", {"end": self.span()[1]})

    def replace_booking(self) -> Response | None:
        """Replace the machines and the times of a booking, with the French API."""
        if not self.bookings:
            return None
        start, end = self.span()
        lines = [{"idRessource": pk, "nbGPU": self.amount(), "nbMemoire": self.amount()} for pk in self.some_machines()]
        body = {"date_debut": start, "date_fin": end, "lignes": lines}
        return self.program.request("change in French", "PUT", f"/Reservation/{self.some_booking()}", body)

    def patch_booking(self, kind: str, body: dict[str, Any]) -> Response | None:
        if not self.bookings:
            return None
        return self.person.request(kind, "PATCH", f"/api/v1/farm/reservations/{self.some_booking()}", body)

    def cancel(self) -> Response | None:
        return self.finish("cancel", "cancel")

    def give_back(self) -> Response | None:
        return self.finish("give back", "give-back")

    def finish(self, kind: str, command: str) -> Response | None:
        """Cancel or give back a booking, and forget it."""
        if not self.bookings:
            return None
        chosen = self.some_booking()
        response = self.person.request(kind, "POST", f"/api/v1/farm/reservations/{chosen}/{command}")
        if response.status == 200:
            self.bookings.remove(chosen)
        return response

    def end_early(self) -> Response | None:
        if not self.bookings:
            return None
        chosen = self.some_booking()
        response = self.program.request("end in French", "DELETE", f"/Reservation/{chosen}")
        if response.status == 204:
            self.bookings.remove(chosen)
        return response

    def change_capacity(self) -> Response:
        """Lower or raise the capacity of a machine. Half of the requests confirm displacements."""
        machine = self.random.choice(self.machines)
        body = {"quantiteGPU": self.random.randint(4, 12), "quantiteMemoire": self.random.randint(4, 16)}
        body["confirmer"] = self.random.random() < 0.5
        return self.program.request("change capacity", "PUT", f"/Ressource/{machine}", body)

    def close(self) -> Response:
        """Close a machine or a part of it. Half of the requests confirm displacements."""
        start, end = self.span()
        part = self.random.choice([{}, {"gpus": 3, "memory_gb": 4}])
        body = {"resource": self.random.choice(self.machines), "start": start, "end": end, **part}
        body["confirm"] = self.random.random() < 0.5
        response = self.program.request("close", "POST", "/api/v1/farm/closures", body)
        if response.status == 201:
            self.closures.append(response.body["id"])
        return response

    def reopen(self) -> Response | None:
        if not self.closures:
            return None
        chosen = self.closures.pop(self.random.randrange(len(self.closures)))
        return self.program.request("reopen", "DELETE", f"/api/v1/farm/closures/{chosen}")

    # --- values -------------------------------------------------------------------------------------------------------
    def remember(self, response: Response) -> Response:
        """Remember the id of a new booking, and of the 15 before it."""
        if response.status == 201:
            self.bookings = [*self.bookings[-15:], response.body["id"]]
        return response

    def some_booking(self) -> int:
        return self.random.choice(self.bookings)

    def some_machines(self) -> list[int]:
        """Return the ids of one or two machines."""
        return self.random.sample(self.machines, self.random.choice([1, 1, 2]))

    def amount(self) -> int:
        """Return a number of GPUs or GB."""
        return self.random.randint(1, 4)

    def span(self) -> tuple[str, str]:
        """Return a start and an end as text, up to three hours apart."""
        start = self.random.randrange(SLOTS)
        length = self.random.randint(1, 6)
        begin = TOMORROW + timedelta(minutes=30 * start)
        return begin.isoformat(), (begin + timedelta(minutes=30 * length)).isoformat()


COMMANDS = {  # the command and its weight in the random choice
    Writer.book: 25, Writer.book_in_french: 10, Writer.book_now: 5, Writer.draft: 3, Writer.add_allocation: 8,
    Writer.change_allocation: 6, Writer.remove_allocation: 3, Writer.move: 10, Writer.extend: 10,
    Writer.replace_booking: 5, Writer.cancel: 10, Writer.give_back: 4, Writer.end_early: 4,
    Writer.change_capacity: 4, Writer.close: 2, Writer.reopen: 4,
}  # fmt: skip


def write(
    url: str, name: str, token: str, program: str, machines: list[int], stable: int, begin: float, until: float
) -> list[Response]:
    """Run a writer in its own process from `begin` until `until`, both in epoch seconds.

    Returns its responses. Their bodies are left out to save memory, except for failures (no response, 500).
    """
    writer = Writer(url, name, token, program, machines, stable)
    time.sleep(max(0, begin - time.time()))
    responses = writer.run(until)
    return [response if response.status in (0, 500) else response._replace(body=None) for response in responses]
