"""Rights that have just been revoked, used with a session, a token or an open page from before."""

import threading
import time
from datetime import timedelta
from typing import Any

from proofs.support import raw_http
from proofs.support.attack_report import Report
from proofs.support.attacked_school import PASSWORD, School
from proofs.support.raw_http import Caller

TIMES = {"start": "2031-07-01T09:00:00Z", "end": "2031-07-01T10:00:00Z", "lines": []}
BOOK = "/api/v1/farm/reservations/"


def attack(school: School, report: Report) -> None:
    _deactivated(school, report)
    _new_password(school, report)
    _roles(school, report)
    _course(school, report)
    _project_and_hook(school, report)
    for front, port in school.fronts.items():
        _race(school, report, front, port)


def _signed_in(school: School, name: str, **values: Any) -> tuple[Any, Caller, Caller]:
    """A new person with a browser and a program, both of which work."""
    person = school.newcomer(name, language="en", **values)
    browser = Caller(name, school.port)
    if browser.sign_in(PASSWORD).status != 302 or school.program(name).send("GET", BOOK).status != 200:
        raise SystemExit(f"{name} could not sign in: nothing could be seen here")
    return person, browser, school.program(name)


def _bookings(person: Any) -> int:
    from farm.models import Reservation

    return Reservation.objects.filter(owner=person).count()


def _deactivated(school: School, report: Report) -> None:
    from accounts.models import User

    person, browser, program = _signed_in(school, "revoked", kind="student")
    User.objects.filter(pk=person.pk).update(is_active=False)
    for caller, method, path, body in (
        (browser, "GET", "/farm/bookings/", None),
        (browser, "POST", BOOK, TIMES),
        (program, "POST", BOOK, TIMES),
        (program, "POST", "/Reservation", {"date_debut": "2031-07-01 09:00:00", "date_fin": "2031-07-01 10:00:00"}),
        (browser, "POST", "/account/", None),
        (program, "GET", "/api/v1/courses/", None),
    ):
        answer = caller.send(method, path, json=body)
        effect = "a booking was made" if _bookings(person) else "the page is shown" if answer.status == 200 else ""
        report.attempt("of a deactivated person", caller, f"{method} {path}", answer, effect=effect)
    account, _browser, robot = school.newcomer("old-robot", kind="service"), None, school.program("old-robot")
    User.objects.filter(pk=account.pk).update(is_active=False)
    for method, path, body in (
        ("GET", "/Ressource", None),
        ("POST", "/_git_api", {"_C": "x"}),
        ("POST", "/_http/messages", {"_C": "OnPull"}),
    ):
        answer = robot.send(method, path, json=body)
        effect = "it is answered" if answer.status < 400 else ""
        report.attempt("of a deactivated program", robot, f"{method} {path}", answer, effect=effect)


def _new_password(school: School, report: Report) -> None:
    """The other session, the bearer and the refresh token end with the password, and with signing out everywhere."""
    word = {"old_password": PASSWORD, "new_password1": "another-long-one-7", "new_password2": "another-long-one-7"}
    for name, path, form in (("changer", "/account/password/", word), ("leaver2", "/account/sign-out-everywhere/", {})):
        _person, browser, program = _signed_in(school, name, kind="student")
        other = Caller(name, school.port)
        other.sign_in(PASSWORD)
        pair = other.send("POST", "/api/v1/token/", json={"username": name, "password": PASSWORD}, csrf=False).json
        if browser.send("POST", path, form=form).status != 302:
            raise SystemExit(f"POST {path} did not work: nothing could be seen here")
        variant = f"after {path.strip('/').split('/')[-1].replace('-', ' ')}"
        tries: list[tuple[str, Caller, str, str, Any]] = [
            ("the other session", other, "GET", "/account/", None),
            ("the bearer", program, "GET", BOOK, None),
            ("the access token", Caller(name, school.port, bearer=pair["access"]), "GET", BOOK, None),
            ("the refresh token", school.stranger(), "POST", "/api/v1/token/refresh/", {"refresh": pair["refresh"]}),
        ]
        for what, caller, method, target, body in tries:
            answer = caller.send(method, target, json=body)
            effect = "it still works" if answer.status == 200 else ""
            report.attempt(f"{what} {variant}", caller, f"{method} {target}", answer, effect=effect)
        mine = browser.send("GET", "/account/")
        effect = "" if mine.status == 200 else "the person's own session has ended too"
        report.attempt(f"one's own session {variant}", browser, "GET /account/", mine, effect=effect)


def _roles(school: School, report: Report) -> None:
    from accounts.models import User
    from courses.models import Course
    from farm.models import Machine

    person, browser, program = _signed_in(school, "demoted", kind="teacher", is_staff=True)
    User.objects.filter(pk=person.pk).update(kind="student", is_staff=False)
    machine = f"/api/v1/farm/resources/{school.rows.machine.pk}/"
    course = {"semester_id": "A2026", "course_id": "Mine", "title": "Mine"}
    for method, path, body in (
        ("PATCH", machine, {"notes": "demoted"}),
        ("POST", "/api/v1/courses/", course),
        ("GET", "/admin/", None),
        ("POST", f"{BOOK}{school.rows.bob_booking.pk}/cancel/", {}),
        ("GET", f"/courses/{school.rows.course.pk}/", None),
        ("GET", f"/api/v1/courses/{school.rows.course.pk}/answers/", None),
        ("GET", "/api/v1/gitsync/events/", None),
    ):
        for caller in (browser, program):
            answer = caller.send(method, path, json=body)
            done = Machine.objects.filter(notes="demoted").exists() or Course.objects.filter(course_id="Mine").exists()
            effect = "it is done" if done else "it is shown" if answer.status == 200 else ""
            report.attempt("of a person who was staff", caller, f"{method} {path}", answer, effect=effect)


def _course(school: School, report: Report) -> None:
    """A person removed from a course, a former assistant, and an archived course."""
    from courses.domain import courses, roster
    from courses.models import Answer

    rows, tara = school.rows, school.people["tara"]
    person, browser, program = _signed_in(school, "removed", kind="student")
    enrolment = roster.enrol(tara, rows.course, username="removed", role="assistant")
    base, page = f"/api/v1/courses/{rows.course.pk}", f"/courses/{rows.course.pk}"
    if browser.send("GET", f"{page}/roster/").status != 200:
        raise SystemExit("an assistant sees no class: nothing could be seen here")
    enrolment = roster.enrol(tara, rows.course, username="removed", role="student")
    places: list[tuple[str, str, Any]] = [
        ("GET", f"{base}/answers/", None),
        ("GET", f"{page}/_matrix/", None),
        ("GET", f"{page}/roster/", None),
        ("GET", f"{page}/students/bob/_desk/", None),
        ("GET", f"{base}/enrolments/", None),
    ]

    def judge(variant: str, caller: Caller, method: str, path: str, answer: raw_http.Answer) -> None:
        written = Answer.objects.filter(enrolment__person=person).exists()
        shown = answer.status == 200 and (rows.answer.text in answer.text or "bob" in answer.text)
        effect = "an answer was kept" if written else "others are shown" if shown else ""
        report.attempt(variant, caller, f"{method} {path}", answer, effect=effect)

    for method, path, body in places:
        judge("of an assistant no longer", browser, method, path, browser.send(method, path, json=body))
    roster.remove(tara, enrolment)
    places += [
        ("PUT", f"{base}/tasks/{rows.essay.pk}/answer/", {"text": "late"}),
        ("GET", f"{base}/", None),
        ("PUT", f"{base}/repositories/", {"repo_path": "/depot", "url": school.git.url("removed")}),
        ("GET", f"{page}/tasks/{rows.essay.pk}/own/_standing/", None),
        ("GET", f"{page}/students/removed/_desk/", None),
    ]
    for method, path, body in places:
        for caller in (browser, program):
            judge("of somebody removed from the course", caller, method, path, caller.send(method, path, json=body))
    roster.enrol(tara, rows.course, username="removed", role="student")
    courses.change_course(tara, rows.course, archived=True)
    for caller in (browser, program):
        path = f"{base}/tasks/{rows.essay.pk}/answer/"
        judge("in an archived course", caller, "PUT", path, caller.send("PUT", path, json={"text": "late"}))
    courses.change_course(tara, rows.course, archived=False)


def _project_and_hook(school: School, report: Report) -> None:
    from courses.git import git_module
    from farm.models import Reservation

    person, _browser, program = _signed_in(school, "exmember", kind="student")
    school.rows.project.members.add(person)
    school.rows.project.members.remove(person)
    answer = program.send("POST", BOOK, json=TIMES | {"project": school.rows.project.pk})
    charged = Reservation.objects.filter(project=school.rows.project, owner=person).exists()
    report.attempt(
        "of a member no longer", program, f"POST {BOOK} project", answer, effect="it is charged" if charged else ""
    )
    old_path, old_secret = school.rows.hook_path, school.rows.hook.secret
    git_module.renew_hook_address(school.rows.course, school.people["tara"])
    school.rows.hook = git_module.hook_address(school.rows.course)
    school.rows.hook_path = "/hooks/" + school.rows.hook.url.rstrip("/").rpartition("/")[2] + "/"
    stranger = school.stranger()
    for variant, path, secret in (
        ("an old hook address", old_path, school.rows.hook.secret),
        ("an old hook secret", school.rows.hook_path, old_secret),
    ):
        answer = stranger.send("POST", path, json={}, headers=[("X-Gitlab-Token", secret)])
        effect = "it is still believed" if answer.status < 300 else ""
        report.attempt(variant, stranger, f"POST {path}", answer, effect=effect)


def _race(school: School, report: Report, front: str, port: int) -> None:
    """Four programs book without a pause while their account is closed. Afterwards nothing may be booked."""
    from django.utils import timezone

    from accounts.models import User
    from farm.models import Reservation

    person = school.newcomer(f"racer-{front}", kind="student", language="en")
    caller = school.program(person.username).at(port)
    stop, statuses = threading.Event(), list[int]()

    def book() -> None:
        while not stop.is_set():
            statuses.append(caller.send("POST", BOOK, json=TIMES).status)

    threads = [threading.Thread(target=book) for _ in range(4)]
    for thread in threads:
        thread.start()
    time.sleep(1)
    User.objects.filter(pk=person.pk).update(is_active=False)
    closed = timezone.now() + timedelta(seconds=1)  # a request that was let in before may still end
    time.sleep(2)
    stop.set()
    for thread in threads:
        thread.join()
    late = Reservation.objects.filter(owner=person, created_at__gt=closed).count()
    effect = (
        f"{late} bookings later than a second after" if late else "" if 201 in statuses else "nothing was booked before"
    )
    counts = ", ".join(f"{statuses.count(status)} x {status}" for status in sorted(set(statuses)))
    report.attempt(f"booking while the account is closed ({front})", caller, f"POST {BOOK}", counts, effect=effect)
