"""Scripts in every text that people can write, searched in the pages that others open."""

import re
import time
from collections.abc import Iterator
from typing import Any

from proofs.support.attack_report import Report
from proofs.support.attacked_school import School, wait_until
from proofs.support.html_dangers import Dangers
from proofs.support.raw_http import Answer, Caller

PAYLOADS = {  # %s is the mark of the text
    "a script": "%s<script>alert('%s')</script>",
    "an image that fails": "%s<img src=x onerror=alert('%s')>",
    "out of an attribute": "%s\" autofocus onfocus=alert('%s') x='",
    "out of a script": "%s</script><svg onload=alert('%s')>",
    "a link that runs": "%s [a](javascript:alert('%s'))",
    "a link in disguise": "%s [a](JaVa&#x09;script:alert('%s')) <vbscript:x>",
    "entities": "%s&lt;img src=x onerror=alert('%s')&gt;",
}


def attack(school: School, report: Report) -> None:
    work = school.git.create("alice")
    alice = school.program("alice")
    repositories = f"/api/v1/courses/{school.rows.course.pk}/repositories/"
    work.commit("Begin", depot="x\n")
    work.push()
    alice.send("PUT", repositories, json={"repo_path": "/depot", "url": school.git.url("alice")})
    for number, (variant, payload) in enumerate(PAYLOADS.items()):
        texts = Texts(school, payload, number)
        written = [(name, caller, answer) for name, caller, answer in texts.write()]
        texts.commit(work)
        pages = list(texts.look())
        for name, caller, answer in written:
            mark = texts.mark(name)
            if answer.status >= 400:
                report.attempt(variant, caller, f"as {name}", answer, effect="")
                continue
            shown = [page for page, _looker, body in pages if mark in body]
            dangers = [
                f"{page}: {danger}" for page, _looker, body in pages for danger in Dangers(body).found if mark in danger
            ]
            effect = "; ".join(dangers[:3]) or ("" if shown else "shown nowhere: nothing could be seen")
            report.attempt(variant, caller, f"as {name}", f"{answer.status}, text on {len(shown)} pages", effect=effect)
        for page, looker, body in pages:
            dangers = Dangers(body).found
            report.attempt(variant, looker, f"GET {page}", f"{len(body)} bytes", effect="; ".join(dangers[:3]))


class Texts:
    """One payload in every text, and every page on which it may show."""

    def __init__(self, school: School, payload: str, number: int) -> None:
        self.school, self.payload, self.number = school, payload, number

    def mark(self, name: str) -> str:
        return f"mark{self.number}{re.sub('[^a-z]', '', name.lower())}"

    def text(self, name: str) -> str:
        return self.payload.replace("%s", self.mark(name))

    def write(self) -> Iterator[tuple[str, Caller, Answer]]:
        """Write each text as a caller who may write it; yield its name, the caller and the answer."""
        rows, number = self.school.rows, self.number
        alice, tara, robot = (self.school.program(name) for name in ("alice", "tara", "robot"))
        course, machine = f"/api/v1/courses/{rows.course.pk}", f"/api/v1/farm/resources/{rows.machine.pk}/"
        profile = {
            "first_name": self.text("first name")[:150],
            "last_name": "A",
            "language": "en",
            "zone": "",
            "email": "",
        }
        browser = self.school.browser("alice")
        yield "first name", browser, browser.send("POST", "/account/", form=profile)
        sent: list[tuple[str, Caller, str, str, dict[str, Any]]] = [
            ("purpose", alice, "PATCH", f"/api/v1/farm/reservations/{rows.alice_booking.pk}/", {"purpose": "*"}),
            ("answer", alice, "PUT", f"{course}/tasks/{rows.essay.pk}/answer/", {"text": "*"}),
            ("title of the course", tara, "PATCH", f"{course}/", {"title": "*"}),
            (
                "title of the semester",
                tara,
                "PATCH",
                f"/api/v1/courses/semesters/{rows.course.semester_id}/",
                {"title": "*"},
            ),
            ("title of the task", tara, "PATCH", f"{course}/tasks/{rows.exercise.pk}/", {"title": "*"}),
            ("statement", tara, "PATCH", f"{course}/tasks/{rows.essay.pk}/", {"statement": "*"}),
            (
                "path of a task",
                tara,
                "POST",
                f"{course}/tasks/",
                {"path": f"/{self.text('path of a task').replace('/', '')}"},
            ),
            ("keywords", tara, "PATCH", f"{course}/tasks/{rows.exercise.pk}/", {"completion_keywords": "*"}),
            (
                "reason of an extension",
                tara,
                "PUT",
                f"{course}/extensions/",
                {"task": rows.essay.pk, "username": "alice", "deadline": "2031-01-01T00:00:00Z", "reason": "*"},
            ),
            ("name of the machine", robot, "PATCH", machine, {"name": "*"}),
            ("location", robot, "PATCH", machine, {"location": "*"}),
            ("notes", robot, "PATCH", machine, {"notes": "*"}),
            ("tag", robot, "PATCH", machine, {"tags": [self.text("tag")[:50]]}),
            (
                "reason of a closure",
                robot,
                "POST",
                "/api/v1/farm/closures/",
                {
                    "resource": rows.machine.pk,
                    "start": f"2031-06-{number + 1:02}T09:00:00Z",
                    "end": f"2031-06-{number + 1:02}T10:00:00Z",
                    "reason": "*",
                },
            ),
            (
                "student of an event",
                robot,
                "POST",
                "/_http/messages",
                {
                    "_C": "OnCloneFailed",
                    "teacherId": "tara",
                    "semesterId": "A2026",
                    "courseId": "Attacked",
                    "studentId": "*",
                    "repoPath": "/",
                },
            ),
            (
                "unknown URL",
                self.school.stranger(),
                "POST",
                "/_git_hook",
                {
                    "ref": "refs/heads/main",
                    "after": "a" * 40,
                    "repository": {"clone_url": "https://git.example/" + self.text("unknown URL").replace(" ", "")},
                },
            ),
        ]
        for name, caller, method, path, body in sent:
            body = {key: self.text(name) if value == "*" else value for key, value in body.items()}
            headers = [("X-GitHub-Event", "push")] if path == "/_git_hook" else []
            yield name, caller, caller.send(method, path, json=body, headers=headers)
        yield "subject of a commit", alice, Answer(200, [], b"")
        yield "file of a commit", alice, Answer(200, [], b"")

    def commit(self, work: Any) -> None:
        """Push a commit with the payload as its subject and as the name of a file, and wait until it is read."""
        from gitsync.models import Commit

        work.write(f"ex1/{self.text('file of a commit')}.txt", "x\n")
        sha = work.commit(self.text("subject of a commit"), at=int(time.time()))
        work.push()
        hook = {"ref": "refs/heads/main", "after": sha, "repository": {"clone_url": self.school.git.url("alice")}}
        self.school.stranger().send("POST", "/_git_hook", json=hook, headers=[("X-GitHub-Event", "push")])
        wait_until(lambda: Commit.objects.filter(sha=sha).exists())

    def look(self) -> Iterator[tuple[str, Caller, str]]:
        """Yield (name, caller, HTML) of each page."""
        from courses.models import Activity
        from gitsync.models import Commit

        rows = self.school.rows
        wait_until(lambda: Activity.objects.filter(subject__contains=self.mark("subject of a commit")).exists(), 10)
        commit = Commit.objects.order_by("-pk").first()
        course, essay, exercise = f"/courses/{rows.course.pk}/", rows.essay.pk, rows.exercise.pk
        by_looker = {
            "tara": [
                "/",
                "/courses/",
                course,
                f"{course}roster/",
                f"{course}tasks/",
                f"{course}settings/",
                f"{course}students/alice/",
                f"{course}tasks/{essay}/",
                f"{course}tasks/{exercise}/",
                f"{course}tasks/{exercise}/edit/",
                f"{course}tasks/{essay}/extension/",
                f"/courses/semesters/{rows.course.semester_id}/",
                "/what-changed/",
            ],
            "alice": [
                "/",
                course,
                f"{course}students/alice/",
                f"{course}tasks/{essay}/own/",
                f"{course}tasks/{exercise}/own/",
                "/farm/bookings/",
                "/account/",
            ],
            "bob": [
                "/",
                "/farm/",
                f"/farm/?machine={rows.machine.pk}",
                f"/farm/bookings/{rows.alice_booking.pk}/",
                f"/farm/bookings/{rows.alice_booking.pk}/card/",
                f"/farm/machines/{rows.machine.pk}/",
                "/farm/book/",
                "/farm/?from=2031-06-01",
                course,
            ],
            "root": [
                "/admin/",
                "/admin/accounts/user/",
                "/admin/accounts/auditevent/",
                "/admin/farm/machine/",
                f"/admin/farm/machine/{rows.machine.pk}/change/",
                "/admin/farm/closure/",
                "/admin/farm/reservation/",
                "/admin/courses/course/",
                "/admin/courses/task/",
                "/admin/courses/semester/",
                "/admin/courses/receivedevent/",
                "/admin/courses/extension/",
                "/admin/courses/answer/",
                "/admin/gitsync/unknownurl/",
                "/admin/gitsync/watchedexercise/",
                f"/admin/gitsync/commit/{commit.pk if commit else 0}/change/",
                "/api/v1/farm/resources/?format=api",
                "/api/v1/farm/reservations/?format=api",
                f"/api/v1/courses/{rows.course.pk}/tasks/?format=api",
            ],
        }
        for name, paths in by_looker.items():
            looker = self.school.browser(name)
            for path in paths:
                answer = looker.send("GET", path, headers=[("Accept", "text/html")])
                yield f"{path} ({answer.status})", looker, answer.text
