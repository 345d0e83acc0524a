"""Answers that would reveal who and what exists. For existing and missing things they must be alike."""

from typing import Any

from proofs.support.attack_report import Report
from proofs.support.attacked_school import School
from proofs.support.raw_http import Answer, Caller

NOBODY = "nobody-at-all"
WRONG = "not-the-password-1"


def attack(school: School, report: Report) -> None:
    from accounts.models import User

    school.newcomer("closed", kind="student", language="en")
    User.objects.filter(username="closed").update(is_active=False)
    rows = school.rows
    alice, tara = school.program("alice"), school.program("tara")
    for name in ("bob", "gone", "closed", "robot", "root"):
        stranger = school.stranger()
        forms = [_form(school, who) for who in (name, f"{NOBODY}-{name}")]
        _judge(report, f"sign-in as {name}", stranger, "POST /sign-in/", *forms, name)
        tokens = [_token(school, who) for who in (name, f"{NOBODY}-{name}")]
        _judge(report, f"a token of {name}", stranger, "POST /api/v1/token/", *tokens, name)
        _compare(report, f"booking for {name}", alice, "POST", "/Reservation", _wire(name), _wire(NOBODY))
        _compare(report, f"booking for {name}", alice, "POST", "/api/v1/farm/reservations/", _api(name), _api(NOBODY))
        git = [
            {
                "_C": "GetCommitsForRepo",
                "courseId": "Attacked",
                "teacherId": "tara",
                "semesterId": "A2026",
                "studentId": who,
            }
            for who in (name, NOBODY)
        ]
        _compare(report, f"commits of {name}", alice, "POST", "/_git_api", *git)
    pairs: list[tuple[str, Caller, str, str, str]] = [
        ("a course of others", alice, "GET", f"/api/v1/courses/{rows.hidden.pk}/", "/api/v1/courses/999999/"),
        (
            "a course of another teacher",
            tara,
            "GET",
            f"/api/v1/courses/{rows.hidden.pk}/tasks/",
            "/api/v1/courses/999999/tasks/",
        ),
        (
            "a task of others",
            tara,
            "GET",
            f"/api/v1/courses/{rows.course.pk}/tasks/{rows.hidden_task.pk}/",
            f"/api/v1/courses/{rows.course.pk}/tasks/999999/",
        ),
        (
            "a project of others",
            alice,
            "GET",
            f"/api/v1/farm/projects/{rows.project.pk}/",
            "/api/v1/farm/projects/999999/",
        ),
        ("a request of others", alice, "GET", "/api/v1/gitsync/requests/1/", "/api/v1/gitsync/requests/999999/"),
        (
            "a semester of others",
            tara,
            "GET",
            f"/api/v1/courses/semesters/{rows.hidden.semester_id}/",
            "/api/v1/courses/semesters/999999/",
        ),
        (
            "a classmate's page",
            school.browser("alice"),
            "GET",
            f"/courses/{rows.course.pk}/students/bob/",
            f"/courses/{rows.course.pk}/students/{NOBODY}/",
        ),
        (
            "a page of a course of others",
            school.browser("alice"),
            "GET",
            f"/courses/{rows.hidden.pk}/",
            "/courses/999999/",
        ),
        (
            "a student of a course of others",
            school.browser("theo"),
            "GET",
            f"/courses/{rows.course.pk}/students/bob/",
            f"/courses/{rows.course.pk}/students/{NOBODY}/",
        ),
    ]
    for variant, caller, method, there, nowhere in pairs:
        answers = [caller.send(method, path) for path in (there, nowhere)]
        _judge(report, variant, caller, f"{method} {there}", *answers)
    _hooks(school, report)


def _hooks(school: School, report: Report) -> None:
    """A hook about a repository that is known, and about one that is not."""
    work = school.git.create("known")
    work.commit("Begin", a="x\n")
    work.push()
    body: dict[str, Any] = {"_C": "RegisterGitRepo", "teacherId": "tara", "semesterId": "A2026", "courseId": "Attacked"}
    body |= {"studentId": "bob", "repoPath": "/depot", "repoUrl": school.git.url("known")}
    school.program("robot").send("POST", "/_git_api", json=body)
    stranger = school.stranger()
    event = [("X-GitHub-Event", "push")]
    for variant, target in (
        ("a known repository", "/_git_hook"),
        ("a known repository, at a course's address", school.rows.hook_path),
    ):
        answers = [
            stranger.send(
                "POST",
                target,
                json={"ref": "refs/heads/main", "after": "a" * 40, "repository": {"clone_url": school.git.url(name)}},
                headers=event,
            )
            for name in ("known", "unknown")
        ]
        _judge(report, variant, stranger, f"POST {target}", *answers)


def _form(school: School, name: str) -> Answer:
    caller = school.stranger()
    caller.send("GET", "/sign-in/")
    return caller.send("POST", "/sign-in/", form={"username": name, "password": WRONG})


def _token(school: School, name: str) -> Answer:
    return school.stranger().send("POST", "/api/v1/token/", json={"username": name, "password": WRONG})


def _wire(name: str) -> dict[str, Any]:
    return {"date_debut": "2031-08-01 09:00:00", "date_fin": "2031-08-01 10:00:00", "nomUtilisateur": name}


def _api(name: str) -> dict[str, Any]:
    return {"start": "2031-08-01T09:00:00Z", "end": "2031-08-01T10:00:00Z", "lines": [], "owner": name}


def _compare(report: Report, variant: str, caller: Caller, method: str, path: str, there: Any, nowhere: Any) -> None:
    answers = [caller.send(method, path, json=body) for body in (there, nowhere)]
    _judge(report, variant, caller, f"{method} {path}", *answers)


def _judge(
    report: Report, variant: str, caller: Caller, request: str, there: Answer, nowhere: Answer, name: str = ""
) -> None:
    """Compare the two answers: status, content type and text must be equal, except names, numbers and tokens."""
    is_page = "html" in there.header("Content-Type")
    same = there.status == nowhere.status and (is_page or _shape(there.json) == _shape(nowhere.json))
    if is_page and name:
        same = same and ("Wrong user name" in there.text) == ("Wrong user name" in nowhere.text)
    effect = (
        ""
        if same
        else f"{there.status} {there.text[:80]!r}, but {nowhere.status} {nowhere.text[:80]!r} for what is not"
    )
    report.attempt(variant, caller, request, there, effect=effect)


def _shape(value: Any) -> Any:
    """The value without its numbers."""
    if isinstance(value, dict):
        return {key: _shape(inner) for key, inner in value.items()}
    return None if isinstance(value, int) else value
