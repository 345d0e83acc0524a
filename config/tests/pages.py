"""Every page of the URL conf, and who opens it with what.

A page without parameters needs nothing here: it is found in the URL conf and opened by the reader of its area.
A page with parameters needs an entry in ARGUMENTS, or the tests fail and name it.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from django.urls import URLPattern, URLResolver, get_resolver, reverse

# Not pages of ours: programs speak there, or Django draws them.
ELSEWHERE = ("admin/", "api/", "events/", "i18n/", "farm/fit/")
# The wires, at the root of the site.
WIRES = ("Ressource", "Reservation", "RessourceReserve", "_git", "_http", "hooks")


@dataclass(frozen=True)
class Case:
    name: str
    reader: str  # "" is nobody

    def path(self, world: dict[str, Any]) -> str:
        return reverse(self.name, kwargs=ARGUMENTS[self.name](world) if self.name in ARGUMENTS else {})


def course(world: dict[str, Any]) -> dict[str, Any]:
    return {"pk": world["course"].pk}


def semester(world: dict[str, Any]) -> dict[str, Any]:
    return {"pk": world["course"].semester_id}


def task(world: dict[str, Any]) -> dict[str, Any]:
    return course(world) | {"task_pk": world["task"].pk}


def answered(world: dict[str, Any]) -> dict[str, Any]:
    return {"pk": world["answered"].course_id, "task_pk": world["answered"].pk}


def student(world: dict[str, Any]) -> dict[str, Any]:
    return course(world) | {"username": world["student"].username}


def enrolment(world: dict[str, Any]) -> dict[str, Any]:
    return course(world) | {"enrolment_pk": world["enrolment"].pk}


def repository(world: dict[str, Any]) -> dict[str, Any]:
    return student(world) | {"repository_pk": world["claim"].pk}


def extension(world: dict[str, Any]) -> dict[str, Any]:
    return task(world) | {"extension_pk": 1}


def group_deadline(world: dict[str, Any]) -> dict[str, Any]:
    return task(world) | {"deadline_pk": 1}


def booking(world: dict[str, Any]) -> dict[str, Any]:
    return {"pk": world["booking"].pk}


def machine(world: dict[str, Any]) -> dict[str, Any]:
    return {"pk": world["machine"].pk}


# What the parameters of a page are, in the filled school (config/tests/school.py).
ARGUMENTS: dict[str, Callable[[dict[str, Any]], dict[str, Any]]] = {
    "course-matrix": course,
    "course-matrix-fragment": course,
    "course-roster": course,
    "course-tasks": course,
    "course-semester": course,
    "course-settings": course,
    "course-archive": course,
    "course-hook-new": course,
    "semester": semester,
    "task-new": course,
    "course-task": task,
    "course-task-fragment": task,
    "task-own": answered,
    "task-own-fragment": answered,
    "task-edit": task,
    "task-extension": task,
    "task-extension-withdraw": extension,
    "task-group-deadline": task,
    "task-group-deadline-remove": group_deadline,
    "task-delete": task,
    "course-student": student,
    "course-student-fragment": student,
    "course-repository": student,
    "course-repository-remove": repository,
    "course-repository-fragment": student,
    "course-roster-remove": enrolment,
    "farm-reservation": booking,
    "farm-change": booking,
    "farm-cancel": booking,
    "farm-give-back": booking,
    "farm-move-end": booking,
    "farm-card": booking,
    "farm-move": booking,
    "farm-free": machine,
    "farm-machine": machine,
}
# Who opens a page, where it is not the reader of its area; "" is nobody.
READERS: dict[str, str] = {
    "sign-in": "",
    "course-repository": "student",
    "course-repository-remove": "student",
    "course-repository-fragment": "student",
    "task-own": "student",
    "task-own-fragment": "student",
    "farm-capacity-card": "staff",
    "metrics": "staff",
}
# Pages that are also opened by others, who see another page there.
ALSO = {
    "home": ["teacher", "staff"],
    "courses": ["student", "staff"],
    "course-student": ["student"],
    "farm-timeline": ["staff"],
    "farm-machine": ["staff"],
}
AREAS = {"farm": "student", "courses": "teacher"}


def named_patterns() -> Iterator[tuple[str, str, bool]]:
    """(name with its namespace, route, whether it takes parameters) of every named address that is Atelier's own."""
    for route, name, pattern in _walk(get_resolver().url_patterns, "", ""):
        plain = route.lstrip("^")
        if name and not plain.startswith(ELSEWHERE + WIRES):
            yield name, route, bool(pattern.pattern.converters or pattern.pattern.regex.groups)


def _walk(patterns: list[Any], route: str, space: str) -> Iterator[tuple[str, str, URLPattern]]:
    for pattern in patterns:
        here = route + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            inner = f"{space}{pattern.namespace}:" if pattern.namespace else space
            yield from _walk(pattern.url_patterns, here, inner)
        else:
            yield here, f"{space}{pattern.name}" if pattern.name else "", pattern


def by_reader() -> dict[str, list[Case]]:
    """Every page under each who opens it, in the order of their names."""
    found: dict[str, list[Case]] = {}
    for name, area in sorted({(name, _area(route)) for name, route, _ in named_patterns()}):
        for reader in [READERS.get(name, AREAS.get(area, "student")), *ALSO.get(name, [])]:
            found.setdefault(reader, []).append(Case(name, reader))
    return found


def _area(route: str) -> str:
    first = route.lstrip("^").split("/")[0]
    return first if first in AREAS else "people"


def without_arguments() -> list[str]:
    """The pages that take parameters and that nobody has said how to open."""
    return sorted({name for name, _, takes in named_patterns() if takes and name not in ARGUMENTS})
