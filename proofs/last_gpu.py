#!/usr/bin/env python3
"""32 simultaneous requests for the last GPU of a machine give one booking.

Run it with `make proof NAME=last-gpu`. With DATABASE_URL (scripts/services.py) it uses the production servers, without
it `manage.py up` on SQLite. Every round adds a machine with one GPU and books it on 32 open connections at once, half
of them with the French API. Exactly one response must be 201. The others must be 409 and say what is missing and when.
The machine must have one allocation. The exit code is 0 when every round was right.
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
from bench.support.http_calls import HttpClient, Response, by_status, latencies


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--callers", type=int, default=32)
    parser.add_argument("--rounds", type=int, default=10)
    options = parser.parse_args()
    with instance.atelier() as atelier, running_server(atelier) as url:
        program, person = atelier.bearer("race", kind="service"), atelier.bearer("alice")
        all_responses: list[Response] = []
        right = True
        for number in range(options.rounds):
            sizes = {"quantiteGPU": 1, "quantiteMemoire": 0}
            machine = HttpClient(url, program).request("add", "POST", "/Ressource", sizes)
            responses = book_at_once(url, program, person, machine.body["id"], options.callers)
            path = f"/RessourceReserve/idRessource/{machine.body['id']}"
            held = HttpClient(url, program).request("held", "GET", path)
            right = check_round(number + 1, responses, held.body["RessourceReserve"]) and right
            all_responses += responses
        summary = f"{by_status(all_responses)}; {latencies(all_responses)}"
        print(f"{instance.database_name()}: {len(all_responses)} requests, {summary}")
    print("VERDICT: exactly one booking in every round" if right else "VERDICT: WRONG")
    return 0 if right else 1


@contextlib.contextmanager
def running_server(atelier: instance.Atelier):
    """Start the server for the database in use, and yield its URL."""
    if os.environ.get("DATABASE_URL"):
        with atelier.production() as server:
            yield server.url
        return
    from kernel.testing.processes import Instance

    running = Instance(Path(atelier.home))
    try:
        running.wait_ready()
        yield f"http://127.0.0.1:{running.port}"
    finally:
        running.end()


def book_at_once(url: str, program: str, person: str, machine: int, count: int) -> list[Response]:
    """Book one GPU of this machine in `count` threads at once.

    `program` and `person` are bearer tokens.
    """
    start = (datetime.now(UTC) + timedelta(days=2)).replace(microsecond=0)
    span = start.isoformat(), (start + timedelta(hours=1)).isoformat()
    french = {
        "date_debut": span[0],
        "date_fin": span[1],
        "nomUtilisateur": "alice",
        "lignes": [{"idRessource": machine, "nbGPU": 1, "nbMemoire": 0}],
    }
    english = {"start": span[0], "end": span[1], "lines": [{"resource": machine, "gpus": 1, "memory_gb": 0}]}
    barrier = threading.Barrier(count)
    responses: list[Response] = []

    def call(number: int) -> None:
        client = HttpClient(url, program if number % 2 else person)
        client.connect()
        barrier.wait()
        path, body = ("/Reservation", french) if number % 2 else ("/api/v1/farm/reservations", english)
        responses.append(client.request("book", "POST", path, body))

    threads = [threading.Thread(target=call, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return responses


def check_round(number: int, responses: list[Response], held: list[dict]) -> bool:
    """Print the responses of a round, and return whether they are right.

    `held` are the allocations of the machine, as the French API lists them.
    """
    clear = sum(
        response.status == 409
        and response.body["error"]["code"] == "no_room"
        and bool(response.body["error"]["missing"])
        for response in responses
    )
    count = collections.Counter(response.status for response in responses)
    print(f"round {number}: {by_status(responses)}; {clear} say what is missing; allocations: {len(held)}", flush=True)
    return count == {201: 1, 409: len(responses) - 1} and clear == len(responses) - 1 and len(held) == 1


if __name__ == "__main__":
    sys.exit(main())
