"""One writer of the storm: an OS process that asks every change of the farm over HTTP, in a random order.

It remembers what it booked and goes on changing it. Python's own library alone, so that 32 of them fit one machine.
"""

import random
import time
from datetime import UTC, datetime, timedelta
from typing import Any

from bench.support.http_calls import Answer, Caller

TOMORROW = (datetime.now(UTC) + timedelta(days=1)).replace(minute=0, second=0, microsecond=0)
SLOTS = 16  # half hours in which everything happens


class Writer:
    def __init__(self, url: str, name: str, token: str, machine_token: str, machines: list[int], steady: int) -> None:
        self.name, self.machines, self.steady = name, machines, steady
        self.person, self.program = Caller(url, token), Caller(url, machine_token)
        self.random = random.Random(name)
        self.mine: list[int] = []
        self.closures: list[int] = []

    def run(self, until: float) -> list[Answer]:
        answers = []
        verbs, weights = zip(*VERBS.items(), strict=True)
        while time.time() < until:
            verb = self.random.choices(verbs, weights)[0]
            answer = verb(self)
            if answer:
                answers.append(answer)
        return answers

    # --- what it asks -------------------------------------------------------------------------------------------------
    def book(self) -> Answer:
        start, end = self.span()
        lines = [{"resource": pk, "gpus": self.few(), "memory_gb": self.few()} for pk in self.some_machines()]
        body = {"start": start, "end": end, "lines": lines}
        return self.keep(self.person.ask("book", "POST", "/api/v1/farm/reservations", body))

    def book_in_french(self) -> Answer:
        start, end = self.span()
        lines = [{"idRessource": pk, "nbGPU": self.few(), "nbMemoire": self.few()} for pk in self.some_machines()]
        body = {"date_debut": start, "date_fin": end, "nomUtilisateur": self.name, "lignes": lines}
        return self.keep(self.program.ask("book in French", "POST", "/Reservation", body))

    def book_now(self) -> Answer:
        """From now on, on the machine whose capacity nobody touches; to be given back."""
        now = datetime.now(UTC)
        line = {"resource": self.steady, "gpus": self.few(), "memory_gb": self.few()}
        body = {"start": now.isoformat(), "end": (now + timedelta(minutes=30)).isoformat(), "lines": [line]}
        return self.keep(self.person.ask("book now", "POST", "/api/v1/farm/reservations", body))

    def draft(self) -> Answer:
        start, end = self.span()
        body = {"date_debut": start, "date_fin": end, "nomUtilisateur": self.name}
        return self.keep(self.program.ask("draft", "POST", "/Reservation", body))

    def add_line(self) -> Answer | None:
        return self.line("add line", "POST", self.few())

    def change_line(self) -> Answer | None:
        return self.line("change line", "PUT", self.few())

    def remove_line(self) -> Answer | None:
        return self.line("remove line", "DELETE", 1)

    def line(self, kind: str, method: str, gpus: int) -> Answer | None:
        if not self.mine:
            return None
        body = {"idReservation": self.one(), "idRessource": self.random.choice(self.machines), "nbGPU": gpus}
        return self.program.ask(kind, method, "/RessourceReserve", body | {"nbMemoire": self.few()})

    def move(self) -> Answer | None:
        start, end = self.span()
        return self.change("move", {"start": start, "end": end})

    def extend(self) -> Answer | None:
        return self.change("extend or shorten", {"end": self.span()[1]})

    def change_all(self) -> Answer | None:
        """Other machines and another span, in the French words."""
        if not self.mine:
            return None
        start, end = self.span()
        lines = [{"idRessource": pk, "nbGPU": self.few(), "nbMemoire": self.few()} for pk in self.some_machines()]
        body = {"date_debut": start, "date_fin": end, "lignes": lines}
        return self.program.ask("change in French", "PUT", f"/Reservation/{self.one()}", body)

    def change(self, kind: str, body: dict[str, Any]) -> Answer | None:
        if not self.mine:
            return None
        return self.person.ask(kind, "PATCH", f"/api/v1/farm/reservations/{self.one()}", body)

    def cancel(self) -> Answer | None:
        return self.last("cancel", "cancel")

    def give_back(self) -> Answer | None:
        return self.last("give back", "give-back")

    def last(self, kind: str, verb: str) -> Answer | None:
        if not self.mine:
            return None
        chosen = self.one()
        answer = self.person.ask(kind, "POST", f"/api/v1/farm/reservations/{chosen}/{verb}")
        if answer.status == 200:
            self.mine.remove(chosen)
        return answer

    def end_early(self) -> Answer | None:
        if not self.mine:
            return None
        chosen = self.one()
        answer = self.program.ask("end in French", "DELETE", f"/Reservation/{chosen}")
        if answer.status == 204:
            self.mine.remove(chosen)
        return answer

    def resize(self) -> Answer:
        """Lower or raise a machine's capacity; half the time whatever that displaces."""
        machine = self.random.choice(self.machines)
        body = {"quantiteGPU": self.random.randint(4, 12), "quantiteMemoire": self.random.randint(4, 16)}
        body["confirmer"] = self.random.random() < 0.5
        return self.program.ask("change capacity", "PUT", f"/Ressource/{machine}", body)

    def close(self) -> Answer:
        """Close all or a part of a machine; half the time whatever that displaces."""
        start, end = self.span()
        part = self.random.choice([{}, {"gpus": 3, "memory_gb": 4}])
        body = {"resource": self.random.choice(self.machines), "start": start, "end": end, **part}
        body["confirm"] = self.random.random() < 0.5
        answer = self.program.ask("close", "POST", "/api/v1/farm/closures", body)
        if answer.status == 201:
            self.closures.append(answer.body["id"])
        return answer

    def reopen(self) -> Answer | None:
        if not self.closures:
            return None
        chosen = self.closures.pop(self.random.randrange(len(self.closures)))
        return self.program.ask("reopen", "DELETE", f"/api/v1/farm/closures/{chosen}")

    # --- out of what --------------------------------------------------------------------------------------------------
    def keep(self, answer: Answer) -> Answer:
        if answer.status == 201:
            self.mine = [*self.mine[-15:], answer.body["id"]]
        return answer

    def one(self) -> int:
        return self.random.choice(self.mine)

    def some_machines(self) -> list[int]:
        return self.random.sample(self.machines, self.random.choice([1, 1, 2]))

    def few(self) -> int:
        return self.random.randint(1, 4)

    def span(self) -> tuple[str, str]:
        start = self.random.randrange(SLOTS)
        length = self.random.randint(1, 6)
        begin = TOMORROW + timedelta(minutes=30 * start)
        return begin.isoformat(), (begin + timedelta(minutes=30 * length)).isoformat()


VERBS = {
    Writer.book: 25, Writer.book_in_french: 10, Writer.book_now: 5, Writer.draft: 3, Writer.add_line: 8,
    Writer.change_line: 6, Writer.remove_line: 3, Writer.move: 10, Writer.extend: 10, Writer.change_all: 5,
    Writer.cancel: 10, Writer.give_back: 4, Writer.end_early: 4, Writer.resize: 4, Writer.close: 2,
    Writer.reopen: 4,
}  # fmt: skip


def write(
    url: str, name: str, token: str, program: str, machines: list[int], steady: int, begin: float, until: float
) -> list[Answer]:
    """What a process of the storm runs: its answers, bodies left out but for what nobody foresaw."""
    writer = Writer(url, name, token, program, machines, steady)
    time.sleep(max(0, begin - time.time()))
    answers = writer.run(until)
    return [one if one.status in (0, 500) else one._replace(body=None) for one in answers]
