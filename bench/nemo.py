#!/usr/bin/env python3
"""NEMO 8.1.5, a reservation system of laboratories, beside Atelier: a reservation, a week, a list, double bookings.

Both run on the same MariaDB behind the same server (granian, two processes with four threads), on the same data: 20
machines with 10 reservations each within seven days, and 1,000 past ones. Requests go to both in turn. NEMO takes a
reservation by the form of its calendar, Atelier by its API. A week is one page here; in NEMO it is the page of the
calendar and the feed of all tools. For double bookings 32 people ask at the same moment for the same hour of the same
machine; what is in the database at the end counts. bench/peers/nemo.py says how NEMO is set up.
"""

import os
import statistics
import sys
import threading
import urllib.parse
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from bench.peers import environment, nemo
from bench.support import compose_services, earlier, embedded, farm_history, figures, instance, servers
from bench.support.capacity_sweep import sweep
from bench.support.figures import Figure
from bench.support.http_calls import HttpClient, Response
from kernel.testing import child_processes

PEOPLE, MACHINES, EACH, PAST = 32, 20, 10, 1000
TIMES, LISTS, ROUNDS, STARTS = 40, 10, 20, 5
CSRF = "a" * 32
NOW = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)


def measure(atelier: instance.Atelier) -> list[Figure]:
    machines = farm_history.add_machines(MACHINES)
    owner = atelier.person("person0", first_name="Robert", last_name="Weiss").pk
    farm_history.add_past(owner, PAST, machines)
    farm_history.add_future(owner, machines, EACH, hours=24 * 7)
    url = earlier.empty_database(os.environ["DATABASE_URL"], "nemo")
    counts = {"people": PEOPLE, "tools": MACHINES, "each": EACH, "past": PAST}
    with nemo.prepared(url, **counts) as peer:
        return requests(atelier, peer, machines, url) + starts(atelier, peer)


def requests(atelier: instance.Atelier, peer: nemo.Peer, machines: list[int], database: str) -> list[Figure]:
    """Compare the requests. `database` is the URL of NEMO's."""
    from django.db import connection

    with peer.served() as (their_url, their_server), atelier.production() as server:
        ours, theirs = Ours(atelier, server.url, machines), Theirs(their_url, peer.data)
        rows = [
            compared("one reservation", ours.book, theirs.book, TIMES),
            compared("a week of 20 machines with 200 reservations", ours.week, theirs.week, LISTS),
            compared("a list of 200 reservations by the API", ours.list_rows(200), theirs.list_rows(200), LISTS),
            compared("a list of 500 reservations by the API", ours.list_rows(500), theirs.list_rows(500), LISTS),
        ]
        for number in range(ROUNDS):
            at_once(ours.same_hour(number))
            at_once(theirs.same_hour(number))
        doubles = theirs.count_doubles(database)
        sizes = [servers.memory([pid]) for pid in (server.pid, their_server.pid)]
    overbooked = len(sweep(connection).overbookings)
    rows.append(
        Figure(
            f"double bookings, {PEOPLE} people at once, {ROUNDS} rounds",
            f"{overbooked}",
            f"NEMO: {doubles}",
            "-",
            "0",
            overbooked == 0,
        )
    )
    ours_mb, theirs_mb = (size.megabytes for size in sizes)
    what = "memory of the web server after these requests"
    ratio = f"{ours_mb / theirs_mb:.2f}x"
    rows.append(Figure(what, f"{ours_mb:.0f} MB", f"NEMO: {theirs_mb:.0f} MB", ratio, "-", True))
    return rows


def starts(atelier: instance.Atelier, peer: nemo.Peer) -> list[Figure]:
    """Start both web servers and `manage.py up` in turn, and compare the medians of the time to the first page.

    `manage.py up` starts everything, on a data folder of an earlier start; NEMO's web server is alone. Each program has
    an environment with its production packages alone: Django and structlog import tools of tests where they find them.
    """
    python = environment.production()
    variables = servers.clean_environment(DATABASE_URL=os.environ["DATABASE_URL"]) | atelier.variables
    web, everything, theirs = [], [], []
    with child_processes.temporary_folder("atelier-start-") as name:
        home = Path(name, "home")
        with embedded.up(instance.ROOT, home):
            pass  # it has made the tables and the static files
        for _ in range(STARTS):
            with compose_services.service("web", instance.ROOT, variables, python) as server:
                web.append(server.seconds)
            with peer.served() as (_url, server):
                theirs.append(server.seconds)
            with embedded.up(instance.ROOT, home, python=str(python)) as server:
                everything.append(server.seconds)
    return [
        start_figure("start of the web server to the first page", web, theirs),
        start_figure("start of `manage.py up` (everything) to the first page", everything, theirs),
    ]


def start_figure(what: str, ours: list[float], theirs: list[float]) -> Figure:
    our_s, their_s = map(statistics.median, (ours, theirs))
    ratio = f"{our_s / their_s:.2f}x"
    return Figure(what, f"{our_s:.2f} s", f"NEMO: {their_s:.2f} s", ratio, "<= 1.0x", our_s <= their_s)


class Ours:
    """Requests to Atelier."""

    def __init__(self, atelier: instance.Atelier, url: str, machines: list[int]) -> None:
        self.machines, self.hour = machines, 0
        self.program = HttpClient(url, atelier.bearer("person0"))
        self.browser = HttpClient(url, Cookie=atelier.cookie("person0"))
        self.people = [HttpClient(url, atelier.bearer(f"person{number}")) for number in range(PEOPLE)]

    def book(self) -> Response:
        self.hour += 1
        return self._book(self.program, self.machines[0], hours_from_now(24 * 30 + self.hour))

    def week(self) -> Response:
        return ok(self.browser.request("week", "GET", "/farm/"))

    def list_rows(self, count: int) -> Any:
        return lambda: ok(self.program.request("list", "GET", f"/api/v1/farm/reservations?limit={count}"))

    def same_hour(self, number: int) -> list[Any]:
        """Return what each person does: all book the whole machine for the same hour."""
        start = hours_from_now(24 * 60 + number)
        return [lambda person=person: self._book(person, self.machines[1], start, gpus=8) for person in self.people]

    def _book(self, client: HttpClient, machine: int, start: datetime, gpus: int = 1) -> Response:
        end = start + timedelta(hours=1)
        lines = [{"resource": machine, "gpus": gpus, "memory_gb": 1}]
        body = {"start": start.isoformat(), "end": end.isoformat(), "purpose": "bench", "lines": lines}
        return client.request("book", "POST", "/api/v1/farm/reservations", body)


class Theirs:
    """The same requests to NEMO."""

    def __init__(self, url: str, data: dict[str, Any]) -> None:
        self.tools, self.hour = data["tools"], 0
        sessions = [f"sessionid={key}; csrftoken={CSRF}" for key in data["sessions"]]
        form = {"Content-Type": "application/x-www-form-urlencoded", "X-CSRFToken": CSRF}
        self.people = [HttpClient(url, **form, Cookie=session) for session in sessions]
        self.program = HttpClient(url, Authorization=f"Token {data['token']}")

    def book(self) -> Response:
        self.hour += 1
        response = self._book(self.people[0], self.tools[0], hours_from_now(24 * 30 + self.hour))
        assert response.body == {}, response  # a refusal is a page with the status 200, too
        return response

    def week(self) -> Response:
        """The page of the calendar, then the feed that its script fetches."""
        first, last = NOW.date(), NOW.date() + timedelta(days=7)
        feed = f"/event_feed/?start={first}&end={last}&event_type=reservations&all_tools=yes&display_name=true"
        page = ok(self.people[0].request("page", "GET", "/calendar/"))
        answer = ok(self.people[0].request("feed", "GET", feed))
        return answer._replace(seconds=page.seconds + answer.seconds)

    def list_rows(self, count: int) -> Any:
        return lambda: ok(self.program.request("list", "GET", f"/api/reservations/?page_size={count}"))

    def same_hour(self, number: int) -> list[Any]:
        start = hours_from_now(24 * 60 + number)
        return [lambda person=person: self._book(person, self.tools[1], start) for person in self.people]

    def _book(self, client: HttpClient, tool: int, start: datetime) -> Response:
        # NEMO takes a time of the laboratory's clock, written as if it were UTC.
        begin = int(start.timestamp())
        fields = {"start": begin, "end": begin + 3600, "item_type": "tool", "item_id": tool}
        return client.request("book", "POST", "/create_reservation/", text=urllib.parse.urlencode(fields))

    @staticmethod
    def count_doubles(database: str) -> int:
        """Return how many reservations were saved beyond the first of their tool and start."""
        connection = earlier.connect(database)
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT COALESCE(SUM(n - 1), 0) FROM (SELECT COUNT(*) AS n FROM NEMO_reservation "
                "WHERE NOT cancelled GROUP BY tool_id, start) AS groups_"
            )
            return int(cursor.fetchone()[0])


def compared(what: str, ours: Any, theirs: Any, times: int) -> Figure:
    """Send both requests in turn, and return the row of their medians. The first of each is not counted."""
    pairs = [(ours(), theirs()) for _ in range(times + 1)][1:]
    our_ms, their_ms = (statistics.median(pair[side].seconds for pair in pairs) * 1000 for side in (0, 1))
    for pair in pairs:
        assert [response.status for response in pair] in ([200, 200], [201, 200]), pair
    ratio = f"{their_ms / our_ms:.1f}x as fast"
    return Figure(what, f"p50 {our_ms:.0f} ms", f"NEMO: p50 {their_ms:.0f} ms", ratio, ">= 1x", their_ms >= our_ms)


def at_once(actions: list[Any]) -> None:
    """Call all of them at the same moment, each in a thread of its own."""
    barrier = threading.Barrier(len(actions))
    threads = [threading.Thread(target=lambda act=act: (barrier.wait(), act())) for act in actions]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def ok(response: Response) -> Response:
    assert response.status == 200, response
    return response


def hours_from_now(hours: int) -> datetime:
    return NOW + timedelta(hours=hours)


if __name__ == "__main__":
    sys.exit(figures.main(measure))
