#!/usr/bin/env python3
"""How many people two cores serve: a closed loop of 100, 200, 500 and 2,000 students and teachers.

Each person opens a page, thinks for 5 to 15 seconds, and goes on: the timeline, filtered or not, their own page of a
course, a task, the home page; 7 of 100 book by the form, 5 of 100 push (a forge's hook; a Celery worker then fetches
from a Git server). One of 50 is a teacher with the matrix and the task page. Ten courses of 200 students, 20 machines
with 200 bookings ahead and 100,000 past ones. The production server, MariaDB, Redis, the worker, the Git server and
these people share the same cores.

A number of people is served when 95 of 100 requests are answered within 500 ms and none fails. Beside them the same
people, with the same sessions, get an empty page of the same size behind the same server and middleware.
"""

import json
import random
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from bench.support import celery_worker, crowd, farm_history, figures, instance, repositories
from bench.support.course_history import new_course
from bench.support.crowd import Action, Answer
from bench.support.figures import Figure
from bench.support.http_calls import percentile

STEPS = [100, 200, 500, 2000]
COURSES, STUDENTS, TASKS, COMMITS = "ABCDEFGHIJ", 200, 20, 20_000
MACHINES, BOOKED, PAST = 20, 10, 100_000
SECONDS, RAMP, LIMIT_MS, CORES = 20, 8, 500, 2
TEACHER_EVERY = 50
CSRF = "a" * 32
# How many of a hundred requests are of each kind.
STUDENT = {"timeline": 25, "filtered timeline": 15, "own page": 25, "task": 15, "home": 8, "booking": 7, "push": 5}
TEACHER = {"matrix": 60, "task report": 40}


class Person:
    """A student or a teacher with a session, as an endless source of requests."""

    def __init__(self, number: int, course: Any, user: Any, tasks: list[int], cookie: str, repository: str) -> None:
        self.weights = STUDENT if repository else TEACHER
        self._course, self._user, self._tasks, self._repository = course, user, tasks, repository
        self._headers = {"Cookie": f"{cookie}; csrftoken={CSRF}"}
        self._random = random.Random(number)

    def actions(self) -> Iterator[Action]:
        while True:
            yield self.action(self._random.choices(list(self.weights), list(self.weights.values()))[0])

    def action(self, kind: str) -> Action:
        rng, course = self._random, f"/courses/{self._course.pk}/"
        match kind:
            case "booking":
                return Action(kind, "POST", "/farm/book/", self._form_headers(), self._booking())
            case "push":
                return self._push()
            case "timeline":
                path = "/farm/"
            case "filtered timeline":
                day = datetime.now(UTC).date() + timedelta(days=rng.randrange(14))
                path = f"/farm/?day={day}&model={rng.choice(['A100', 'H100', 'L40S'])}"
            case "own page":
                path = f"{course}students/{self._user.username}/"
            case "task":
                path = f"{course}tasks/{rng.choice(self._tasks)}/own/"
            case "home":
                path = "/"
            case "matrix":
                path = course
            case "task report":
                path = f"{course}tasks/{rng.choice(self._tasks)}/"
        return Action(kind, "GET", path, self._headers)

    def _form_headers(self) -> dict[str, str]:
        return self._headers | {"Content-Type": "application/x-www-form-urlencoded"}

    def _booking(self) -> bytes:
        """One GPU for an hour on any machine, at some hour of the next three weeks."""
        start = datetime.now(UTC).replace(minute=0) + timedelta(hours=self._random.randrange(24, 24 * 21))
        form = {"gpus": 1, "memory_gb": 1, "length": 1, "purpose": "bench", "action": "book", "resource": ""}
        return urlencode(form | {"start": f"{start:%Y-%m-%dT%H:%M}", "csrfmiddlewaretoken": CSRF}).encode()

    def _push(self) -> Action:
        sha = f"{self._random.getrandbits(160):040x}"
        headers = {"Content-Type": "application/json", "X-GitHub-Event": "push", "X-GitHub-Delivery": sha}
        body = {"ref": "refs/heads/main", "after": sha, "repository": {"clone_url": self._repository}}
        return Action("push", "POST", "/_git_hook", headers, json.dumps(body).encode())


def measure(atelier: instance.Atelier) -> list[Figure]:
    root = atelier.home / "repositories"
    git = repositories.start_server(root)
    atelier.variables["GIT_LOCAL_SERVERS"] = git.host
    people = new_people(atelier, root, git.host)
    with celery_worker.running(atelier, processes=1), atelier.production() as server:
        sizes = {answer.kind: answer.size for answer in visit_all(server.url, people)}
        ours = climb(server.url, people)
    git.close()
    with atelier.production("bench.support.empty_page:application") as server:
        empty = {count: work(server.url, people, count, sizes) for count in (500, 2000)}
    return [row(count, ours[count], empty.get(count)) for count in sorted(ours)] + [summary(ours, empty)]


def climb(url: str, people: list[Person]) -> dict[int, list[Answer]]:
    """Let the numbers of STEPS work, and one number between the last that is served and the first that is not.

    The largest comes last, because its requests keep the server busy after their end.
    """
    *steps, largest = STEPS
    answers = {}
    for count in steps:
        answers[count] = work(url, people, count)
        if not is_served(answers[count]):
            break
    served = max((count for count in answers if is_served(answers[count])), default=0)
    following = next(count for count in STEPS if count > served)
    between = round((max(served, 50) * following) ** 0.5 / 50) * 50
    for count in [between, *steps, largest]:
        if count not in answers:
            answers[count] = work(url, people, count)
    return answers


def new_people(atelier: instance.Atelier, root: Path, host: str) -> list[Person]:
    """Create the courses, the machines and their history, and return everybody, the courses mixed."""
    from gitsync.tests import builders

    machines = farm_history.add_machines(MACHINES)
    owner = atelier.person("owner", first_name="Robert", last_name="Weiss").pk
    farm_history.add_past(owner, PAST, machines)
    farm_history.add_future(owner, machines, BOOKED, hours=24 * 7)
    repositories.GeneratedRepository(root / "work.git", 1).add_commits(20)
    people = []
    for letter in COURSES:
        course = new_course(atelier, f"Class{letter}", STUDENTS, TASKS, COMMITS)
        tasks = list(course.tasks.values_list("pk", flat=True))
        for enrolment in course.enrolments.select_related("person").order_by("pk"):
            number, user = len(people), enrolment.person
            if number % TEACHER_EVERY == 0:
                people.append(Person(number, course, course.teacher, tasks, atelier.cookie("nadia"), ""))
                continue
            (root / f"r{number}.git").symlink_to(root / "work.git")
            url = f"http://{host}/r{number}.git"
            builders.registration(url, user.username, course_id=course.course_id)
            people.append(Person(number, course, user, tasks, atelier.cookie(user.username), url))
    random.Random(1).shuffle(people)
    return people


def visit_all(url: str, people: list[Person]) -> list[Answer]:
    """Let some people send a request of each kind, so that every process has its code and data loaded."""
    some = people[:8] + [person for person in people if person.weights is TEACHER][:4]
    answers = [
        answer for person in some for answer in crowd.once(url, [person.action(kind) for kind in person.weights])
    ]
    for answer in answers:
        assert answer.status in (200, 302), answer
    return answers


def work(url: str, people: list[Person], count: int, sizes: dict[str, int] | None = None) -> list[Answer]:
    """Let `count` people work. With `sizes` in bytes they get an empty page of the size of each kind."""
    actions = [person.actions() for person in people[:count]]
    if sizes is not None:
        actions = [emptied(action, sizes) for action in actions]
    return crowd.watch(url, actions, SECONDS, RAMP)


def emptied(actions: Iterator[Action], sizes: dict[str, int]) -> Iterator[Action]:
    for action in actions:
        headers = {name: value for name, value in action.headers.items() if name == "Cookie"}
        yield Action(action.kind, "GET", f"/?bytes={sizes[action.kind]}", headers)


def is_served(answers: list[Answer]) -> bool:
    return not failed(answers) and quantile_ms(answers, 0.95) <= LIMIT_MS


def failed(answers: list[Answer]) -> int:
    return sum(answer.status not in (200, 302) for answer in answers)


def quantile_ms(answers: list[Answer], share: float) -> float:
    return percentile([answer.seconds * 1000 for answer in answers], share)


def described(answers: list[Answer]) -> str:
    rate = len(answers) / (SECONDS - RAMP)
    return (
        f"{rate:.0f} requests/s, p50 {quantile_ms(answers, 0.5):.0f} ms, p95 {quantile_ms(answers, 0.95):.0f} ms, "
        f"{failed(answers)} failed"
    )


def row(count: int, ours: list[Answer], empty: list[Answer] | None) -> Figure:
    if empty is None:
        return Figure(f"{count:,} people", described(ours), "-", "-", "-", True)
    ratio = quantile_ms(ours, 0.95) / quantile_ms(empty, 0.95)
    return Figure(f"{count:,} people", described(ours), f"empty pages: {described(empty)}", f"{ratio:.1f}x", "-", True)


def summary(ours: dict[int, list[Answer]], empty: dict[int, list[Answer]]) -> Figure:
    """The largest number of people that is served, with all smaller ones."""
    best, best_empty = (
        max((count for count in sorted(answers) if is_served(answers[count])), default=0) for answers in (ours, empty)
    )
    right = all(is_served(ours[count]) for count in ours if count <= best) and best >= STEPS[0]
    return Figure(
        f"people served with p95 <= {LIMIT_MS} ms",
        f"{best:,}, {best // CORES:,} a core",
        f"empty pages: {best_empty:,}",
        f"{best / best_empty:.2f}x" if best_empty else "-",
        "0 failed up to there",
        right,
    )


if __name__ == "__main__":
    sys.exit(figures.main(measure))
