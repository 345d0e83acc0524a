"""Rows of other people, asked for and changed by their numbers and names."""

from collections.abc import Callable
from typing import Any

from proofs.support.attack_report import Report
from proofs.support.attacked_school import SECRETS, School

Try = tuple[str, str, dict[str, Any] | None]


def attack(school: School, report: Report) -> None:
    effect = watch_rows(school)
    for variant, name, tries in _tries(school):
        for caller in (school.browser(name), school.program(name)):
            for method, path, body in tries:
                answer = caller.send(method, path, json=body)
                seen = [f"the answer shows {word}" for word in _words(school, name) if word in answer.text]
                report.attempt(
                    variant,
                    caller,
                    f"{method} {path} {body or ''}",
                    answer,
                    effect="; ".join([*seen, effect()]).strip("; "),
                )


def _words(school: School, name: str) -> list[str]:
    """The words that this person may not read."""
    own = {"tara": ("hidden",), "theo": ("essay", "reason")}
    secret = [SECRETS[key] for key in own.get(name, ("essay", "reason", "hidden"))]
    return secret if name == "tara" else [*secret, school.rows.hook.secret, school.rows.hook_path]


def watch_rows(school: School) -> Callable[[], str]:
    """Return a function that names the rows of bob, tara and theo that were changed or deleted."""
    from courses.models import Answer, Course, Enrolment, Extension, Task
    from farm.models import Project, Reservation
    from gitsync.models import HookAddress

    rows = school.rows
    kept = [
        (Reservation, rows.bob_booking.pk),
        (Answer, rows.answer.pk),
        (Extension, rows.extension.pk),
        (Enrolment, rows.bob.pk),
        (Course, rows.course.pk),
        (Course, rows.hidden.pk),
        (Task, rows.hidden_task.pk),
        (Task, rows.essay.pk),
        (Project, rows.project.pk),
        (HookAddress, HookAddress.objects.get().pk),
    ]

    def read() -> list[Any]:
        return [model.objects.filter(pk=pk).values().first() for model, pk in kept]

    before = read()

    def changes() -> str:
        now = read()
        words = [
            f"{model.__name__} {pk} changed"
            for (model, pk), old, new in zip(kept, before, now, strict=True)
            if old != new
        ]
        before[:] = now
        return "; ".join(words)

    return changes


def _tries(school: School) -> list[tuple[str, str, list[Try]]]:
    rows = school.rows
    course, api = rows.course.pk, f"/api/v1/courses/{rows.course.pk}"
    hidden, hidden_api = rows.hidden.pk, f"/api/v1/courses/{rows.hidden.pk}"
    booking = f"/api/v1/farm/reservations/{rows.bob_booking.pk}"
    wire = {"teacherId": "tara", "semesterId": "A2026", "courseId": "Attacked", "studentId": "bob"}
    exam = rows.hidden_task.pk
    line = {"idReservation": rows.bob_booking.pk, "idRessource": rows.machine.pk, "nbGPU": 1, "nbMemoire": 1}
    return [
        (
            "a booking",
            "alice",
            [
                ("DELETE", f"/Reservation/{rows.bob_booking.pk}", None),
                ("PATCH", f"{booking}/", {"purpose": "x"}),
                ("POST", f"{booking}/cancel/", {}),
                ("DELETE", f"{booking}/lines/{rows.machine.pk}/", None),
                ("POST", f"{booking}/lines/", {"resource": rows.machine.pk, "gpus": 1, "memory_gb": 1}),
                ("POST", f"/farm/bookings/{rows.bob_booking.pk}/end/", {}),
                ("POST", f"/farm/bookings/{rows.bob_booking.pk}/move/", {}),
                ("DELETE", f"/RessourceReserve/idReservation/{rows.bob_booking.pk}", None),
                ("POST", "/RessourceReserve", line),
                ("PUT", f"/Reservation/{rows.bob_booking.pk}", {"nomUtilisateur": "alice"}),
                ("PATCH", f"{booking}/lines/{rows.machine.pk}/", {"gpus": 2, "memory_gb": 1}),
                ("POST", f"/farm/bookings/{rows.bob_booking.pk}/give-back/", {}),
            ],
        ),
        (
            "an answer",
            "alice",
            [
                ("GET", f"{api}/answers/", None),
                ("GET", f"{api}/answers/?username=bob", None),
                ("GET", f"{api}/tasks/{rows.essay.pk}/answer/", None),
                ("GET", f"/courses/{course}/tasks/{rows.essay.pk}/", None),
                ("GET", f"/courses/{course}/students/bob/", None),
                ("GET", f"/courses/{course}/students/bob/_desk/", None),
            ],
        ),
        (
            "an extension",
            "alice",
            [
                ("GET", f"{api}/extensions/?username=bob", None),
                (
                    "PUT",
                    f"{api}/extensions/",
                    {"task": rows.essay.pk, "username": "alice", "deadline": "2031-01-01T00:00:00Z", "reason": "x"},
                ),
                ("DELETE", f"{api}/extensions/{rows.extension.pk}/", None),
                ("POST", f"/courses/{course}/tasks/{rows.essay.pk}/extension/{rows.extension.pk}/withdraw/", {}),
            ],
        ),
        (
            "a hook's secret",
            "alice",
            [
                ("GET", f"/courses/{course}/tasks/", None),
                ("POST", f"/courses/{course}/hook/new/", {}),
                ("GET", f"{api}/", None),
                ("GET", "/admin/gitsync/hookaddress/1/change/", None),
            ],
        ),
        (
            "the whole class",
            "alice",
            [
                ("GET", f"{api}/matrix/", None),
                ("GET", f"{api}/progress/", None),
                ("GET", f"{api}/enrolments/", None),
                ("GET", f"{api}/tasks/{rows.essay.pk}/summaries/", None),
                ("GET", f"/courses/{course}/_matrix/", None),
                ("DELETE", f"{api}/enrolments/{rows.bob.pk}/", None),
            ],
        ),
        (
            "commits of another on the wire",
            "alice",
            [
                ("POST", "/_git_api", {"_C": "GetCommitsForRepo", **wire, "repoPath": "/"}),
                (
                    "POST",
                    "/_git_api",
                    {
                        "_C": "GetCommitsForPath",
                        "courseId": "tara/Attacked",
                        "semesterId": "A2026",
                        "studentId": "bob",
                        "exercisePath": "/",
                    },
                ),
                ("POST", "/_git_api", {"_C": "GetStudentSummaries", **wire, "exercisePath": "/depot/ex1"}),
                ("GET", "/api/v1/gitsync/repositories/", None),
                ("GET", "/api/v1/gitsync/events/", None),
                ("GET", "/api/v1/courses/events/", None),
                ("GET", "/api/v1/gitsync/requests/1/", None),
            ],
        ),
        (
            "a course of another teacher",
            "tara",
            [
                ("GET", f"/courses/{hidden}/", None),
                ("GET", f"{hidden_api}/", None),
                ("GET", f"{hidden_api}/tasks/", None),
                ("PATCH", f"{hidden_api}/", {"archived": True}),
                ("PATCH", f"{hidden_api}/tasks/{exam}/", {"title": "x"}),
                ("DELETE", f"/api/v1/courses/semesters/{rows.hidden.semester_id}/", None),
                ("PATCH", f"/api/v1/courses/semesters/{rows.hidden.semester_id}/", {"title": "x"}),
            ],
        ),
        (
            "a task of another course below one's own",
            "tara",
            [
                ("GET", f"/courses/{course}/tasks/{exam}/", None),
                ("GET", f"{api}/tasks/{exam}/", None),
                ("DELETE", f"{api}/tasks/{exam}/", None),
                ("POST", f"/courses/{course}/tasks/{exam}/delete/", {}),
                (
                    "PUT",
                    f"{api}/extensions/",
                    {"task": exam, "username": "bob", "deadline": "2031-01-01T00:00:00Z", "reason": "x"},
                ),
            ],
        ),
        (
            "a class of another teacher",
            "theo",
            [
                ("GET", f"/courses/{course}/students/bob/", None),
                ("GET", f"{api}/answers/", None),
                ("GET", f"/courses/{hidden}/tasks/{rows.essay.pk}/", None),
                ("DELETE", f"{hidden_api}/enrolments/{rows.bob.pk}/", None),
                ("DELETE", f"{hidden_api}/extensions/{rows.extension.pk}/", None),
                ("POST", "/_git_api", {"_C": "GetCommitsForRepo", **wire, "repoPath": "/"}),
                ("POST", "/_git_api", {"_C": "DeleteExercise", **wire, "exercisePath": "/depot/ex1"}),
            ],
        ),
        (
            "a project of others",
            "alice",
            [
                ("GET", f"/api/v1/farm/projects/{rows.project.pk}/", None),
                ("PATCH", f"/api/v1/farm/projects/{rows.project.pk}/", {"name": "x"}),
                ("DELETE", f"/api/v1/farm/projects/{rows.project.pk}/", None),
            ],
        ),
    ]
