"""The signed hooks of one repository, ten in a second, while a stranger floods the same address of a repository.

The stranger knows even the hook address of the course, but not its secret, and sends unsigned and wrongly signed hooks
that name the repository. Every signed hook must be answered 2xx, and the last push must be on the teacher's page while
the flood goes on. Five seconds before the flood show how quick the answers are without it.
"""

import collections
import hmac
import json
import secrets
import time
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlsplit

from bench.support.http_calls import percentile
from proofs.support.course_of_repositories import FORGE_ADDRESS, CourseOfRepositories
from proofs.support.hook_flood import NOT_WAITED, Flood, FloodRequest
from proofs.support.raw_http import Caller
from proofs.support.served_school import Outcome, ServedSchool

EVERY = 0.1  # seconds between two signed hooks
QUIET, FLOODED = 5.0, 40.0  # seconds of signed hooks
PUSH_EVERY = 20  # each of so many hooks is about a new commit
STRANGER = "127.0.0.66"
AT_ONCE = 150  # signed hooks that may wait for their answers
LEAST_FLOOD = 200  # hooks a second
VISIBLE = 30.0  # seconds until the last push is on the page
JSON = {"Content-Type": "application/json", "X-GitHub-Event": "push"}


class SignedHooks:
    """The hooks of one repository, as its forge sends them."""

    def __init__(self, course: CourseOfRepositories, url: str, path: str, secret: str) -> None:
        self.course, self.url, self.path, self.secret = course, url, path, secret
        self.pushes = 0

    def body(self) -> bytes:
        repository = {"clone_url": self.url}
        return json.dumps(
            {"ref": "refs/heads/main", "after": self.course.heads[self.url], "repository": repository}
        ).encode()

    def send_for(self, seconds: float) -> list[tuple[int, float]]:
        """Send one hook each EVERY seconds, whether earlier ones are answered or not. Some are about a new commit.

        Returns the status of each, and the seconds until its answer. The last hook is about a new commit.
        """
        count = int(seconds / EVERY)
        began, answers = time.monotonic(), []
        with ThreadPoolExecutor(AT_ONCE) as pool:
            for number in range(count):
                time.sleep(max(0.0, began + number * EVERY - time.monotonic()))
                if number % PUSH_EVERY == 0 or number == count - 1:
                    self.course.heads[self.url] = self.course.repositories[self.url].add_commits(1)
                    self.pushes += 1
                answers.append(pool.submit(self._send, self.body(), time.monotonic()))
        return [answer.result() for answer in answers]

    def _send(self, body: bytes, began: float) -> tuple[int, float]:
        signature = f"sha256={hmac.new(self.secret.encode(), body, 'sha256').hexdigest()}"
        headers = [*JSON.items(), ("X-Hub-Signature-256", signature), ("X-GitHub-Delivery", secrets.token_hex(8))]
        caller = Caller("forge", self.course.school.port, address=FORGE_ADDRESS)
        status = caller.send("POST", self.path, body, headers=headers).status
        return status, time.monotonic() - began

    def seconds_until_visible(self) -> float:
        """Wait until the page of the student shows the last push. Infinite when it does not in VISIBLE seconds."""
        began, browser = time.monotonic(), self.course.school.browser("tara")
        while time.monotonic() < began + VISIBLE:
            # The repository's first commit is step 0.
            if f"step {self.pushes}</bdi>" in browser.send("GET", f"/courses/{self.course.pk}/students/ines/").text:
                return time.monotonic() - began
            time.sleep(0.2)
        return float("inf")


def storm(school: ServedSchool, rounds: int) -> Outcome:
    """Flood once. `rounds` has no meaning here."""
    from courses.git import git_module
    from courses.models import Course

    course, url = CourseOfRepositories(school, "Hooks", ["ines"]), school.forge.url("ines")
    course.give("ines", "ines", url)
    faults = [] if course.wait_read([url], 60) else ["the repository was not read at first"]
    address = git_module.hook_address(Course.objects.get(pk=course.pk))
    hooks = SignedHooks(course, url, urlsplit(address.url).path, address.secret)
    quiet = hooks.send_for(QUIET)
    flood = Flood(school.port, STRANGER, _strangers_requests(hooks.path), hooks.body())
    began = time.monotonic()
    flood.start()
    flooded = hooks.send_for(FLOODED)
    visible = hooks.seconds_until_visible()
    flood.stop()
    seconds = time.monotonic() - began
    for name, answers in (("without the flood", quiet), ("in the flood", flooded)):
        refused = collections.Counter(status for status, _seconds in answers if not 200 <= status < 300)
        faults += [f"{count} signed hooks {name} were answered {status}" for status, count in refused.items()]
    if visible > VISIBLE:
        faults.append(f"the last push was not on the page after {VISIBLE:.0f} s")
    if flood.total < LEAST_FLOOD * seconds:
        faults.append(f"the flood was only {flood.total / seconds:.0f} hooks a second, so this proves nothing")
    strangers = "; ".join(f"{kind} {_statuses(counts)}" for kind, counts in sorted(flood.statuses.items()))
    figures = (
        f"without a flood {_figures(quiet)}; beside {flood.total / seconds:.0f} hooks a second of a stranger "
        f"{_figures(flooded)}; the last push on the page {visible:.1f} s after its hook; the stranger's: {strangers}"
    )
    return Outcome(figures, faults)


def _strangers_requests(path: str) -> list[FloodRequest]:
    wrong = {"X-Hub-Signature-256": f"sha256={'0' * 64}"}
    return [
        FloodRequest("unsigned at /_git_hook", "/_git_hook", JSON),
        FloodRequest("unsigned at the hook address", path, JSON),
        FloodRequest("wrongly signed", path, JSON | wrong),
        FloodRequest("a wrong token", path, JSON | {"X-Gitlab-Token": "wrong"}),
    ]


def _statuses(counts: collections.Counter[int]) -> str:
    names = {0: "no answer", NOT_WAITED: "left before the answer"}
    return ", ".join(f"{count} x {names.get(status, status)}" for status, count in sorted(counts.items()))


def _figures(answers: list[tuple[int, float]]) -> str:
    accepted = sum(200 <= status < 300 for status, _seconds in answers)
    milliseconds = [seconds * 1000 for _status, seconds in answers]
    p50, p95 = percentile(milliseconds, 0.5), percentile(milliseconds, 0.95)
    return (
        f"{accepted} of {len(answers)} signed 2xx, p50 {p50:.0f} ms, p95 {p95:.0f} ms, max {max(milliseconds):.0f} ms"
    )
