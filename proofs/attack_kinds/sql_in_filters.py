"""SQL, patterns and names of columns in every filter, search, order and number of a page."""

import time
from urllib.parse import quote

from proofs.support.attack_report import Report
from proofs.support.attacked_school import SECRETS, School
from proofs.support.raw_http import Answer, Caller

VALUES = {
    "a condition that is true": "x' OR '1'='1",
    "another quotation mark": 'x" OR ""="',
    "a comment": "x' OR 1=1 -- ",
    "another select": "x' UNION SELECT password FROM accounts_user -- ",
    "a second statement": "x'; DELETE FROM farm_reservation; -- ",
    "a pause": "x') OR SLEEP(8) OR ('",
    "a pause of SQLite": "x' OR randomblob(900000000) OR '",
    "any letters": "%",
    "one letter": "_______",
    "a backslash": "x\\",
    "half of a letter": "\ud83d",
    "NUL": "x\0",
    "a column": "owner__password",
    "a column, downwards": "-owner__password",
    "a format": "%s%(id)s{0.password}{{password}}",
    "a list": "['x']",
    "100 kB": "x' OR " * 9000,
}
PARAMETERS = {
    "/api/v1/farm/reservations/": ["owner", "state", "project", "resource", "ordering", "from", "page"],
    "/api/v1/farm/resources/": ["state", "model", "tag", "search", "ordering"],
    "/api/v1/farm/slots": ["gpus", "hours", "model", "tag"],
    "/api/v1/courses/": ["course_id", "semester_id", "teacher", "archived"],
    "/api/v1/courses/semesters/": ["semester_id", "teacher"],
    "/api/v1/courses/{course}/answers/": ["group", "username", "task"],
    "/api/v1/courses/{course}/enrolments/": ["group", "username", "role"],
    "/api/v1/courses/{course}/repositories/": ["username", "state", "repo_path"],
    "/api/v1/courses/{course}/matrix/": ["group", "q", "page", "search"],
    "/api/v1/gitsync/requests/": ["state", "kind"],
    "/courses/{course}/": ["q", "group", "sort", "page", "show"],
    "/courses/": ["q", "semester", "page"],
    "/farm/": ["q", "machine", "from", "view", "tag"],
    "/farm/bookings/": ["page", "ahead"],
    "/Reservation": ["from", "to", "limit", "offset"],
    "/RessourceReserve": ["from", "limit", "offset"],
}
ADMIN = ("accounts/user", "accounts/auditevent", "farm/machine", "farm/reservation", "courses/course", "gitsync/commit")
NOBODYS = ("owner", "teacher", "username", "course_id", "semester_id", "group")  # filters that must find nobody
SLOW = 6.0  # seconds


def attack(school: School, report: Report) -> None:
    from accounts.models import User
    from farm.models import Reservation

    people, bookings = User.objects.count(), Reservation.objects.count()
    tara = school.browser("tara")
    for path, names in PARAMETERS.items():
        target = path.format(course=school.rows.course.pk)
        for variant, value in VALUES.items():
            for name in names if len(value) < 1000 else names[:1]:
                _try(report, variant, tara, f"{target}?{name}={_quoted(value)}", finds_nobody=name in NOBODYS)
    root = school.browser("root")
    for place in ADMIN:
        for variant, value in VALUES.items():
            _try(report, variant, root, f"/admin/{place}/?q={_quoted(value)}", finds_nobody=False)
    for variant, name in (
        ("a lookup as a name", "owner__password__startswith"),
        ("a join as a name", "owner__outstandingtoken__token"),
        ("a clause as a name", "x');--"),
    ):
        for path in ("/api/v1/farm/reservations/", f"/api/v1/courses/{school.rows.course.pk}/answers/"):
            _try(report, variant, tara, f"{path}?{_quoted(name)}=argon2", finds_nobody=False)
    for variant, value in VALUES.items():
        body = {
            "_C": "GetCommitsForRepo",
            "teacherId": "tara",
            "semesterId": "A2026",
            "courseId": value,
            "studentId": value,
        }
        if "\ud83d" in value:
            continue  # json_bombs sends these
        answer = tara.send("POST", "/_git_api", json=body)
        report.attempt(variant, tara, f"POST /_git_api courseId={value}", answer, effect=_seen(answer))
    gone = []
    if User.objects.count() < people or Reservation.objects.count() < bookings:
        gone.append("rows are gone")
    report.attempt("afterwards", tara, "people and bookings", "read", effect="; ".join(gone))


def _try(report: Report, variant: str, caller: Caller, target: str, *, finds_nobody: bool) -> None:
    began = time.monotonic()
    answer = caller.send("GET", target)
    effects = [_seen(answer, sees_all=caller.name == "root")]
    if time.monotonic() - began > SLOW:
        effects.append(f"it took {time.monotonic() - began:.0f} s")
    if finds_nobody and answer.status == 200 and isinstance(answer.json, dict) and answer.json.get("results"):
        effects.append("rows came for a name that nobody has")
    report.attempt(variant, caller, f"GET {target}", answer, effect="; ".join(filter(None, effects)))


def _seen(answer: Answer, *, sees_all: bool = False) -> str:
    marks = ["argon2$", "OperationalError", "syntax error", *([] if sees_all else [SECRETS["hidden"]])]
    found = [mark for mark in marks if mark in answer.text]
    return f"the answer shows {found[0]}" if found else ""


def _quoted(value: str) -> str:
    return quote(value.encode("utf-8", "surrogatepass"), safe="")
