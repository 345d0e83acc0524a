"""One refresh token spent ten times at once: exactly one new pair, and nine refusals. The new pair works."""

import collections

from proofs.support.raw_http import Answer, Caller
from proofs.support.served_school import Outcome, ServedSchool

SPENT = 10
TOKEN, REFRESH, PAGE = "/api/v1/token/", "/api/v1/token/refresh/", "/api/v1/farm/reservations/"
PASSWORD = "a-proof-of-the-farm"  # of `Atelier.person`


def storm(school: ServedSchool, rounds: int) -> Outcome:
    school.atelier.person("alice")
    statuses: collections.Counter[int] = collections.Counter()
    faults = []
    for number in range(rounds):
        answers = _spend_at_once(school)
        count = collections.Counter(answer.status for answer in answers)
        statuses += count
        if count != {200: 1, 401: SPENT - 1}:
            faults.append(f"round {number + 1}: {dict(count)}")
        else:
            faults += [f"round {number + 1}: {fault}" for fault in _use(school, answers)]
    total = ", ".join(f"{count} x {status}" for status, count in sorted(statuses.items()))
    return Outcome(f"{rounds} rounds of one refresh token spent {SPENT} times at once: {total}", faults)


def _spend_at_once(school: ServedSchool) -> list[Answer]:
    from kernel.testing.threads import run_at_once

    caller = Caller("alice", school.port)
    refresh = caller.send("POST", TOKEN, json={"username": "alice", "password": PASSWORD}).json["refresh"]
    return run_at_once(lambda _: caller.send("POST", REFRESH, json={"refresh": refresh}), SPENT)


def _use(school: ServedSchool, answers: list[Answer]) -> list[str]:
    """Use the one new pair. Returns what does not work."""
    pair = next(answer.json for answer in answers if answer.status == 200)
    page = Caller("alice", school.port, bearer=pair["access"]).send("GET", PAGE)
    again = Caller("alice", school.port).send("POST", REFRESH, json={"refresh": pair["refresh"]})
    faults = {"access": page.status != 200, "refresh": again.status != 200}
    return [f"the new {name} token does not work" for name, fails in faults.items() if fails]
