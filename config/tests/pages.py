"""All pages of the URL configuration, with the user who opens each one and the arguments of its address.

A page without parameters is found by itself, and the usual user of its area opens it. A page with parameters needs an
entry in ARGUMENTS; the tests fail and name the page until it has one.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from django.urls import URLPattern, URLResolver, get_resolver, reverse

from mail.stopping import stop_address

# Addresses for programs, and pages that Django renders.
NOT_OUR_PAGES = ("admin/", "api/", "events/", "i18n/", "farm/fit/")
# The wires, at the root of the site.
WIRES = ("Ressource", "Reservation", "RessourceReserve", "_git", "_http", "hooks")


@dataclass(frozen=True)
class PageCase:
    """A page to open, by the name of its URL, and the user who opens it ("" is nobody)."""

    name: str
    user: str

    def path(self, school: dict[str, Any]) -> str:
        return reverse(self.name, kwargs=ARGUMENTS[self.name](school) if self.name in ARGUMENTS else {})


def course(school: dict[str, Any]) -> dict[str, Any]:
    return {"pk": school["course"].pk}


def semester(school: dict[str, Any]) -> dict[str, Any]:
    return {"pk": school["course"].semester_id}


def task(school: dict[str, Any]) -> dict[str, Any]:
    return course(school) | {"task_pk": school["task"].pk}


def answered(school: dict[str, Any]) -> dict[str, Any]:
    return {"pk": school["answered_task"].course_id, "task_pk": school["answered_task"].pk}


def student(school: dict[str, Any]) -> dict[str, Any]:
    return course(school) | {"username": school["student"].username}


def enrolment(school: dict[str, Any]) -> dict[str, Any]:
    return course(school) | {"enrolment_pk": school["enrolment"].pk}


def new_assistant(school: dict[str, Any]) -> dict[str, Any]:
    return course(school) | {"username": school["staff"].username}


def assistant(school: dict[str, Any]) -> dict[str, Any]:
    return course(school) | {"enrolment_pk": school["assistant"].pk}


def group(school: dict[str, Any]) -> dict[str, Any]:
    return course(school) | {"group_pk": school["enrolment"].group_id}


def roster_import(school: dict[str, Any]) -> dict[str, Any]:
    return course(school) | {"import_pk": school["roster_import"].pk}


def repository(school: dict[str, Any]) -> dict[str, Any]:
    return student(school) | {"repository_pk": school["student_repository"].pk}


def extension(school: dict[str, Any]) -> dict[str, Any]:
    return task(school) | {"extension_pk": 1}


def student_task(school: dict[str, Any]) -> dict[str, Any]:
    return task(school) | student(school)


def group_deadline(school: dict[str, Any]) -> dict[str, Any]:
    return task(school) | {"deadline_pk": 1}


def booking(school: dict[str, Any]) -> dict[str, Any]:
    return {"pk": school["booking"].pk}


def lost_time(school: dict[str, Any]) -> dict[str, Any]:
    return {"pk": 1}


def machine(school: dict[str, Any]) -> dict[str, Any]:
    return {"pk": school["machine"].pk}


def mail(school: dict[str, Any]) -> dict[str, Any]:
    return {"pk": school["mail"].pk}


def mail_to_stop(school: dict[str, Any]) -> dict[str, Any]:
    return {"token": stop_address(school["student"].pk, school["mail"].kind).rstrip("/").rpartition("/")[2]}


def csv_of(arguments: Callable[[dict[str, Any]], dict[str, Any]]) -> Callable[[dict[str, Any]], dict[str, Any]]:
    """Return the arguments of the file of a table: those of its page, and the format."""
    return lambda school: arguments(school) | {"file_format": "csv"}


# The arguments of a page's address, from the objects of the demonstration school (config/tests/school.py).
ARGUMENTS: dict[str, Callable[[dict[str, Any]], dict[str, Any]]] = {
    "course-matrix": course,
    "course-matrix-fragment": course,
    "course-roster": course,
    "course-tasks": course,
    "course-grades": course,
    "course-grades-file": csv_of(course),
    "course-matrix-file": csv_of(course),
    "course-repositories-file": csv_of(course),
    "course-roster-file": csv_of(course),
    "course-tasks-file": csv_of(course),
    "course-task-file": csv_of(task),
    "student-commits-file": csv_of(student),
    "student-tasks-file": csv_of(student),
    "farm-mine-file": csv_of(lambda school: {}),
    "farm-timeline-file": csv_of(lambda school: {}),
    "farm-machine-file": csv_of(machine),
    "course-semester": course,
    "course-settings": course,
    "course-repositories-confirm": course,
    "course-archive": course,
    "course-hook-new": course,
    "semester": semester,
    "semester-delete": semester,
    "task-new": course,
    "course-task": task,
    "course-task-fragment": task,
    "task-own": answered,
    "task-own-fragment": answered,
    "task-edit": task,
    "task-extension": task,
    "task-extension-withdraw": extension,
    "task-count": student_task,
    "task-group-deadline": task,
    "task-group-deadline-remove": group_deadline,
    "task-delete": task,
    "course-student": student,
    "course-student-fragment": student,
    "course-repository": student,
    "course-repository-remove": repository,
    "course-repository-fragment": student,
    "course-repository-move": student,
    "course-repository-branch": student,
    "course-roster-remove": enrolment,
    "course-team": course,
    "course-team-fragment": course,
    "course-team-add": new_assistant,
    "course-team-member": assistant,
    "course-team-remove": assistant,
    "course-groups": course,
    "course-group": group,
    "course-group-delete": group,
    "course-roster-import-new": course,
    "course-roster-import": roster_import,
    "course-roster-import-fragment": roster_import,
    "farm-reservation": booking,
    "farm-change": booking,
    "farm-cancel": booking,
    "farm-give-back": booking,
    "farm-move-end": booking,
    "farm-card": booking,
    "farm-move": booking,
    "farm-lost-time-seen": lost_time,
    "farm-free": machine,
    "farm-machine": machine,
    "mail-for-staff": mail,
    "mail-send-again": mail,
    "stop-mails": mail_to_stop,
}
# The users of pages that the usual user of the area (AREA_USERS) does not open; "" is nobody.
PAGE_USERS: dict[str, str] = {
    "sign-in": "",
    "course-repository": "student",
    "course-repository-remove": "student",
    "course-repository-fragment": "student",
    "task-own": "student",
    "task-own-fragment": "student",
    "farm-capacity-card": "staff",
    "metrics": "staff",
    "mails": "staff",
    "mails-send-failed-again": "staff",
    "mail-for-staff": "staff",
    "mail-send-again": "staff",
    "stop-mails": "",
}
# Pages that other users open too, because they see something else there.
MORE_USERS = {
    "home": ["teacher", "staff"],
    "courses": ["student", "staff"],
    "course-student": ["student"],
    "farm-timeline": ["staff"],
    "farm-machine": ["staff"],
}
AREA_USERS = {"farm": "student", "courses": "teacher"}


def named_patterns() -> Iterator[tuple[str, str, bool]]:
    """Yield (name with its namespace, route, whether it has parameters) of every named page of Atelier."""
    for route, name, pattern in _walk(get_resolver().url_patterns, "", ""):
        path = route.lstrip("^")
        if name and not path.startswith(NOT_OUR_PAGES + WIRES):
            yield name, route, bool(pattern.pattern.converters or pattern.pattern.regex.groups)


def _walk(patterns: list[Any], route: str, namespace: str) -> Iterator[tuple[str, str, URLPattern]]:
    for pattern in patterns:
        full_route = route + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            inner = f"{namespace}{pattern.namespace}:" if pattern.namespace else namespace
            yield from _walk(pattern.url_patterns, full_route, inner)
        else:
            yield full_route, f"{namespace}{pattern.name}" if pattern.name else "", pattern


def cases_by_user() -> dict[str, list[PageCase]]:
    """Return the pages that each user opens, ordered by name."""
    cases: dict[str, list[PageCase]] = {}
    for name, area in sorted({(name, _area(route)) for name, route, _ in named_patterns()}):
        for user in [PAGE_USERS.get(name, AREA_USERS.get(area, "student")), *MORE_USERS.get(name, [])]:
            cases.setdefault(user, []).append(PageCase(name, user))
    return cases


def _area(route: str) -> str:
    first = route.lstrip("^").split("/")[0]
    return first if first in AREA_USERS else "people"


def pages_without_arguments() -> list[str]:
    """Return the names of pages that have parameters but no entry in ARGUMENTS."""
    return sorted({name for name, _, has_parameters in named_patterns() if has_parameters and name not in ARGUMENTS})
