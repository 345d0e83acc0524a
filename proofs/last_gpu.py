#!/usr/bin/env python3
"""32 at once ask for a machine's last GPU: one 201 and 31 clear 409, round after round: `make proof NAME=last-gpu`.

With DATABASE_URL (scripts/services.py) against the production servers, without it against `manage.py up` on SQLite.
Every round makes a machine of one GPU, asks for it on as many open connections at once (half in French), and reads back
what it holds. A clear 409 says what is missing and when. The exit status says whether every round was right.
"""

import argparse
import collections
import contextlib
import os
import sys
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bench.support import instance
from bench.support.http_calls import Answer, Caller, by_status, times


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--callers", type=int, default=32)
    parser.add_argument("--rounds", type=int, default=10)
    options = parser.parse_args()
    with instance.atelier() as here, serving(here) as url:
        program, person = here.bearer("race", kind="service"), here.bearer("alice")
        answers: list[Answer] = []
        right = True
        for number in range(options.rounds):
            machine = Caller(url, program).ask("add", "POST", "/Ressource", {"quantiteGPU": 1, "quantiteMemoire": 0})
            found = rush(url, program, person, machine.body["id"], options.callers)
            held = Caller(url, program).ask("held", "GET", f"/RessourceReserve/idRessource/{machine.body['id']}")
            right = judge(number + 1, found, held.body["RessourceReserve"]) and right
            answers += found
        print(f"{instance.database_name()}: {len(answers)} requests, {by_status(answers)}; {times(answers)}")
    print("VERDICT: one booking and no other, every time" if right else "VERDICT: WRONG")
    return 0 if right else 1


@contextlib.contextmanager
def serving(here: instance.Atelier):
    if os.environ.get("DATABASE_URL"):
        with here.production() as server:
            yield server.url
        return
    from kernel.testing.processes import Instance

    instance = Instance(Path(here.home))
    try:
        instance.wait_ready()
        yield f"http://127.0.0.1:{instance.port}"
    finally:
        instance.end()


def rush(url: str, program: str, person: str, machine: int, count: int) -> list[Answer]:
    start = (datetime.now(UTC) + timedelta(days=2)).replace(microsecond=0)
    span = start.isoformat(), (start + timedelta(hours=1)).isoformat()
    french = {
        "date_debut": span[0],
        "date_fin": span[1],
        "nomUtilisateur": "alice",
        "lignes": [{"idRessource": machine, "nbGPU": 1, "nbMemoire": 0}],
    }
    modern = {"start": span[0], "end": span[1], "lines": [{"resource": machine, "gpus": 1, "memory_gb": 0}]}
    gate = threading.Barrier(count)
    answers: list[Answer] = []

    def call(number: int) -> None:
        caller = Caller(url, program if number % 2 else person)
        caller.connect()
        gate.wait()
        path, body = ("/Reservation", french) if number % 2 else ("/api/v1/farm/reservations", modern)
        answers.append(caller.ask("book", "POST", path, body))

    threads = [threading.Thread(target=call, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers


def judge(number: int, answers: list[Answer], held: list[dict]) -> bool:
    clear = sum(
        answer.status == 409 and answer.body["error"]["code"] == "no_room" and bool(answer.body["error"]["missing"])
        for answer in answers
    )
    count = collections.Counter(answer.status for answer in answers)
    print(f"round {number}: {by_status(answers)}; {clear} say what is missing; lines held: {len(held)}", flush=True)
    return count == {201: 1, 409: len(answers) - 1} and clear == len(answers) - 1 and len(held) == 1


if __name__ == "__main__":
    sys.exit(main())
