"""Fields that a form or an API does not offer, sent along in the hope that they are stored."""

from collections.abc import Callable
from typing import Any

from proofs.support.attack_report import Report
from proofs.support.attacked_school import School
from proofs.support.raw_http import Answer, Caller

ROLE = {"kind": "teacher", "is_staff": "1", "is_superuser": "1", "is_active": "1", "session_round": "7"}


def attack(school: School, report: Report) -> None:
    roles = _watch_roles()
    _accounts(school, report, roles)
    _bookings(school, report)
    _courses(school, report, roles)
    _wires(school, report)


def _watch_roles() -> Callable[[], str]:
    """Return a function that names every role, password and session that changed since its last call."""
    from accounts.models import User

    fields = ("username", "kind", "is_staff", "is_superuser", "is_active", "password", "session_round")

    def read() -> dict[int, dict[str, Any]]:
        return {row.pop("pk"): row for row in User.objects.values("pk", *fields)}

    known = read()

    def changes() -> str:
        now = read()
        words = [
            f"{row['username']}'s {name} changed"
            for pk, row in known.items()
            for name in fields
            if now[pk][name] != row[name]
        ]
        known.update(now)
        return "; ".join(words)

    return changes


def _accounts(school: School, report: Report, roles: Callable[[], str]) -> None:
    alice, mara = school.browser("alice"), school.browser("mara")
    form = {"first_name": "", "last_name": "", "email": "", "language": "en", "zone": "", "username": "root"} | ROLE
    report.attempt(
        "roles in one's profile",
        alice,
        "POST /account/ is_staff=1 …",
        alice.send("POST", "/account/", form=form),
        effect=roles(),
    )
    root, bob = school.people["root"], school.people["bob"]
    for name, person in (("oneself", school.people["mara"]), ("a superuser", root), ("a student", bob)):
        path = f"/admin/accounts/user/{person.pk}/change/"
        fields = {"username": person.username, "language": "en", "zone": "", "is_active": "on", **ROLE}
        report.attempt(
            f"roles of {name} in the admin", mara, f"POST {path}", mara.send("POST", path, form=fields), effect=roles()
        )
    path = f"/admin/accounts/user/{root.pk}/change/"
    quiet = {"username": "root", "language": "en", "zone": "", "kind": "teacher"}  # without is_active
    report.attempt("a superuser deactivated", mara, f"POST {path}", mara.send("POST", path, form=quiet), effect=roles())
    path = f"/admin/accounts/user/{root.pk}/password/"
    word = {"password1": "chosen-by-mara-1", "password2": "chosen-by-mara-1", "usable_password": "true"}
    report.attempt("a superuser's password", mara, f"POST {path}", mara.send("POST", path, form=word), effect=roles())
    chosen = {"action": "end_sessions", "_selected_action": str(root.pk), "index": "0"}
    answer = mara.send("POST", "/admin/accounts/user/", form=chosen)
    report.attempt("a superuser signed out", mara, "POST /admin/accounts/user/ end_sessions", answer, effect=roles())
    fields = {"username": "made", **word, **ROLE, "first_name": "", "last_name": "", "email": ""}
    answer = mara.send("POST", "/admin/accounts/user/add/", form=fields)
    report.attempt("a new person with roles", mara, "POST …/user/add/", answer, effect=_is_powerful("made"))


def _is_powerful(name: str) -> str:
    from accounts.models import User

    made = User.objects.filter(username=name).first()
    return f"{name} is staff" if made and (made.is_staff or made.is_superuser) else ""


def _bookings(school: School, report: Report) -> None:
    from farm.models import Machine, Reservation

    rows, alice = school.rows, school.program("alice")
    count = Reservation.objects.count()
    bobs = Reservation.objects.filter(owner=school.people["bob"]).count()
    times = {"start": "2031-03-01T09:00:00Z", "end": "2031-03-01T10:00:00Z", "lines": []}
    extra = {"id": rows.bob_booking.pk, "state": "active", "version": 99, "created_at": "2001-01-01T00:00:00Z"}

    def of_bob() -> str:
        row = Reservation.objects.get(pk=rows.bob_booking.pk)
        same = (row.owner_id, row.version, row.state) == (school.people["bob"].pk, rows.bob_booking.version, "booked")
        more = Reservation.objects.filter(owner=school.people["bob"]).count() > bobs
        charged = Reservation.objects.filter(project=rows.project).exclude(owner=school.people["rhea"]).exists()
        words = {
            "bob's booking changed": not same and row.version != rows.bob_booking.version,
            "bob has another booking": more,
            "charged to a project of others": charged,
        }
        return "; ".join(sentence for sentence, is_so in words.items() if is_so)

    def post(variant: str, path: str, body: dict[str, Any], method: str = "POST") -> Answer:
        answer = alice.send(method, path, json=body)
        report.attempt(variant, alice, f"{method} {path} {list(body)}", answer, effect=of_bob())
        return answer

    api = "/api/v1/farm/reservations/"
    answer = post("a state and a number of one's own", api, times | extra)
    made = answer.json or {}
    is_stored = made.get("state") != "draft" or made.get("id") == rows.bob_booking.pk or made.get("version") == 99
    if answer.status < 300 and is_stored:
        report.attempt("what was stored", alice, api, "read", effect=f"stored: {made}")
    post("somebody else as the owner", api, times | {"owner": "bob"})
    post("an object as the owner", api, times | {"owner": {"username": "bob"}})
    post("a project of others", api, times | {"project": rows.project.pk})
    post(
        "the owner of a change",
        f"{api}{rows.alice_booking.pk}/",
        {"owner": "bob", "state": "cancelled", "project": rows.project.pk},
        "PATCH",
    )
    post("another's booking", f"{api}{rows.bob_booking.pk}/", {"purpose": "owned", "owner": "alice"}, "PATCH")
    machine = f"/api/v1/farm/resources/{rows.machine.pk}/"
    answer = alice.send("PATCH", machine, json={"gpu_count": 999, "state": "retired", "confirm": True})
    changed = Machine.objects.get(pk=rows.machine.pk).gpu_count != 8
    report.attempt("a machine", alice, f"PATCH {machine}", answer, effect="the machine changed" if changed else "")
    lost = Reservation.objects.count() < count
    report.attempt("afterwards", alice, "all bookings", "read", effect="a booking is gone" if lost else "")


def _courses(school: School, report: Report, roles: Callable[[], str]) -> None:
    from courses.models import Answer, Course, Enrolment, StudentRepository

    rows, alice, tara = school.rows, school.program("alice"), school.program("tara")
    base = f"/api/v1/courses/{rows.course.pk}/"
    answers = {
        "an answer in another's name": (
            alice,
            "PUT",
            f"{base}tasks/{rows.essay.pk}/answer/",
            {"text": "mine", "username": "bob", "enrolment": rows.bob.pk, "given_at": "2001-01-01T00:00:00Z"},
        ),
        "a repository in another's name": (
            alice,
            "PUT",
            f"{base}repositories/",
            {
                "repo_path": "/depot",
                "url": "https://git.example/a/b",
                "username": "bob",
                "enrolment": rows.bob.pk,
                "state": "ok",
            },
        ),
        "a role in one's course": (alice, "PATCH", f"{base}enrolments/{rows.alice.pk}/", {"role": "assistant"}),
        "oneself as an assistant": (alice, "POST", f"{base}enrolments/", {"username": "alice", "role": "assistant"}),
        "a course for another teacher": (
            tara,
            "POST",
            "/api/v1/courses/",
            {"teacher": "theo", "semester_id": "A2026", "course_id": "Stolen", "title": "x"},
        ),
        "a course given away": (
            tara,
            "PATCH",
            base,
            {"title": "Attacked", "semester": rows.hidden.semester_id, "teacher": "theo", "course_id": "Hidden"},
        ),
        "a task of another course": (tara, "PATCH", f"{base}tasks/{rows.hidden_task.pk}/", {"title": "mine"}),
        "people with roles": (
            tara,
            "POST",
            f"{base}enrolments/",
            {"username": "fresh", **ROLE, "password": "chosen-by-tara-1"},
        ),
        "an existing person renamed": (
            tara,
            "POST",
            f"{base}enrolments/",
            {"username": "root", "first_name": "Owned", "kind": "student"},
        ),
    }
    of_bob = StudentRepository.objects.filter(enrolment=rows.bob).count()
    for variant, (caller, method, path, body) in answers.items():
        answer = caller.send(method, path, json=body)
        mine = Answer.objects.filter(enrolment=rows.bob).values_list("text", flat=True)
        effects = {
            "bob's answer changed": list(mine) != [rows.answer.text],
            "the answer has an old date": Answer.objects.filter(given_at__year=2001).exists(),
            "bob has a repository more": StudentRepository.objects.filter(enrolment=rows.bob).count() > of_bob,
            "the repository counts as read": StudentRepository.objects.filter(
                enrolment=rows.alice, state="ok"
            ).exists(),
            "alice is an assistant": Enrolment.objects.filter(person=school.people["alice"], role="assistant").exists(),
            "theo has another course": Course.objects.filter(semester__teacher=school.people["theo"]).count() != 1,
            "fresh is powerful": bool(_is_powerful("fresh")),
            "root was renamed": type(school.people["root"]).objects.filter(first_name="Owned").exists(),
        }
        effect = "; ".join([*(sentence for sentence, is_so in effects.items() if is_so), *filter(None, [roles()])])
        report.attempt(variant, caller, f"{method} {path} {list(body)}", answer, effect=effect)


def _wires(school: School, report: Report) -> None:
    from farm.models import Reservation
    from gitsync.models import Registration, WatchedExercise

    alice, tara = school.program("alice"), school.program("tara")
    bobs = Reservation.objects.filter(owner=school.people["bob"]).count()
    times = {"date_debut": "2031-03-02 09:00:00", "date_fin": "2031-03-02 10:00:00"}
    course = {"teacherId": "theo", "semesterId": "A2026", "courseId": "Hidden", "studentId": "bob", "repoPath": "/"}
    exercise = {"exercisePath": "/exam", "sourceFolderPath": "/exam", "completionKeywords": "x"}
    sent: list[tuple[str, Caller, str, dict[str, Any]]] = [
        ("another user on the farm's wire", alice, "/Reservation", times | {"nomUtilisateur": "bob"}),
        ("a number on the farm's wire", alice, "/Reservation", times | {"id": school.rows.bob_booking.pk}),
        (
            "another student on the Git wire",
            alice,
            "/_git_api",
            {"_C": "RegisterGitRepo", **course, "repoUrl": "https://git.example/a/b"},
        ),
        ("another teacher on the Git wire", tara, "/_git_api", {"_C": "RegisterExercise", **course, **exercise}),
        (
            "the teacher in the course's name",
            tara,
            "/_git_api",
            {"_C": "RegisterExercise", **course, **exercise, "courseId": "theo/Hidden", "teacherId": "tara"},
        ),
        ("an event of the Git module", tara, "/_http/messages", {"_C": "OnExerciseCompleted", **course, **exercise}),
    ]
    for variant, caller, path, body in sent:
        answer = caller.send("POST", path, json=body)
        effects = {
            "bob has another booking": Reservation.objects.filter(owner=school.people["bob"]).count() > bobs,
            "theo's course has a repository": Registration.objects.filter(course__teacher_id="theo").exists(),
            "theo's exercise is watched": WatchedExercise.objects.filter(course__teacher_id="theo").exists(),
        }
        effect = "; ".join(sentence for sentence, is_so in effects.items() if is_so)
        report.attempt(variant, caller, f"POST {path} {list(body)}", answer, effect=effect)
