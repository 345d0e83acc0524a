#!/usr/bin/env python3
"""32 simultaneous requests for a machine's last GPU, over HTTP: one 201 and 31 clear 409, round after round.

    bench/farm_race.py http://127.0.0.1:8000 TOKEN [--callers 32] [--rounds 5]

TOKEN is a service account's bearer (`manage.py service_token NAME`); --owner names the person who books. Every round
makes a machine of one GPU, asks for it on as many open connections at once, and reads back what it holds. The exit
status says whether every round was right.
"""

import argparse
import collections
import http.client
import json
import sys
import threading
import time
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("base")
    parser.add_argument("token")
    parser.add_argument("--owner", required=True)
    parser.add_argument("--callers", type=int, default=32)
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    right = True
    took: list[float] = []
    for number in range(options.rounds):
        machine = ask(options, "POST", "/Ressource", {"quantiteGPU": 1, "quantiteMemoire": 0})[1]["id"]
        answers = rush(options, machine)
        took += [seconds for _status, _body, seconds in answers]
        count = collections.Counter(status for status, _body, _seconds in answers)
        clear = sum(1 for status, body, _ in answers if status == 409 and body["error"].get("missing"))
        held = ask(options, "GET", f"/RessourceReserve/idRessource/{machine}")[1]["RessourceReserve"]
        fine = count == {201: 1, 409: options.callers - 1} and clear == options.callers - 1 and len(held) == 1
        right = right and fine
        words = ", ".join(f"{status}: {total}" for status, total in sorted(count.items()))
        print(f"round {number + 1}: {words}; refusals that say what is missing: {clear}; lines held: {len(held)}")
        ask(options, "DELETE", f"/Ressource/{machine}?confirmer=1")
    took.sort()
    p50, p99 = took[len(took) // 2] * 1000, took[len(took) * 99 // 100] * 1000
    print(f"{len(took)} requests, p50 {p50:.0f} ms, p99 {p99:.0f} ms")
    print("right every time" if right else "WRONG")
    return 0 if right else 1


def rush(options: argparse.Namespace, machine: int) -> list[tuple[int, dict, float]]:
    start = (datetime.now(UTC) + timedelta(days=2)).replace(microsecond=0)
    body = {
        "date_debut": start.isoformat(),
        "date_fin": (start + timedelta(hours=1)).isoformat(),
        "nomUtilisateur": options.owner,
        "lignes": [{"idRessource": machine, "nbGPU": 1, "nbMemoire": 0}],
    }
    gate = threading.Barrier(options.callers)
    answers: list[tuple[int, dict, float]] = []

    def call() -> None:
        connection = connect(options)
        gate.wait()
        began = time.perf_counter()
        status, answer = send(connection, options, "POST", "/Reservation", body)
        answers.append((status, answer, time.perf_counter() - began))

    threads = [threading.Thread(target=call) for _ in range(options.callers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers


def connect(options: argparse.Namespace) -> http.client.HTTPConnection:
    parts = urlsplit(options.base)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port or 80, timeout=60)
    connection.connect()
    return connection


def ask(options: argparse.Namespace, method: str, path: str, body: dict | None = None) -> tuple[int, dict]:
    status, answer = send(connect(options), options, method, path, body)
    if status >= 400:
        sys.exit(f"{method} {path}: {status} {answer}")
    return status, answer


def send(
    connection: http.client.HTTPConnection, options: argparse.Namespace, method: str, path: str, body: dict | None
) -> tuple[int, dict]:
    headers = {"Authorization": f"Bearer {options.token}", "Content-Type": "application/json"}
    connection.request(method, path, json.dumps(body) if body is not None else None, headers)
    response = connection.getresponse()
    text = response.read()
    connection.close()
    return response.status, json.loads(text) if text else {}


if __name__ == "__main__":
    sys.exit(main())
