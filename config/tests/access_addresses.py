"""Every address of the site, with arguments that name objects of the demonstration school."""

import re
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple
from urllib.parse import quote

from django.contrib import admin
from django.db.models import Model
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from config.tests.page_arguments import ARGUMENTS
from farm.models import Closure, Project
from gitsync.models import OutboxEvent, Repository, Request

INTERFACES = ("api/", "Ressource", "Reservation", "_git_api", "_git_hook", "hooks/", "_http", "metrics")
OWN_ANSWERS = {"task-own", "task-own-fragment", "api-course-task-answer"}
WITH_FILES = {"task-work", "task-work-file"}
TEAM = {"course-team-member", "course-team-remove"}
PK_ROWS = {"browser-end": "browser", "farm-lost-time-seen": "lost_time"}


def first_key(model: type[Model]) -> int:
    row = model._default_manager.order_by("pk").first()
    return row.pk if row else 1


# The key in an address that begins like this. The first that fits counts.
KEYS: dict[str, Callable[[dict[str, Any]], Any]] = {
    "RessourceReserve/idReservation": lambda school: school["booking"].pk,
    "Ressource": lambda school: school["machine"].pk,
    "Reservation": lambda school: school["booking"].pk,
    "api/v1/farm/resources": lambda school: school["machine"].pk,
    "api/v1/farm/reservations": lambda school: school["booking"].pk,
    "api/v1/farm/projects": lambda school: first_key(Project),
    "api/v1/farm/closures": lambda school: first_key(Closure),
    "api/v1/courses/semesters": lambda school: school["course"].semester_id,
    "api/v1/courses": lambda school: school["course"].pk,
    "api/v1/gitsync/requests": lambda school: first_key(Request),
    "api/v1/gitsync/repositories": lambda school: first_key(Repository),
    "api/v1/gitsync/events": lambda school: first_key(OutboxEvent),
}


class Address(NamedTuple):
    """An address of the site. `name` is that of its URL pattern, else its route, such as `Reservation`."""

    name: str
    route: str
    pattern: URLPattern

    @property
    def is_api(self) -> bool:
        return self.route.startswith(INTERFACES)


def all_addresses() -> list[Address]:
    """Return the addresses without those of the administration; an address with several patterns once."""
    found: dict[str, Address] = {}
    for route, pattern in _walk(get_resolver().url_patterns, ""):
        plain = readable(route)
        if plain.startswith("admin/") or "format" in (pattern.pattern.regex.groupindex if plain[:4] == "api/" else {}):
            continue
        name = pattern.name if pattern.name else plain
        if pattern.name and plain.startswith("_git_api"):
            name = "wire-git-api"  # it shares its name with the root of the API
        found.setdefault(name, Address(name, plain, pattern))
    return list(found.values())


def path_of(address: Address, school: dict[str, Any], rows: dict[str, Any]) -> str:
    """Return the path of an address for objects of the student and of their course."""
    names = address.pattern.pattern.regex.groupindex or address.pattern.pattern.converters
    if address.name == "course-hook":
        return "/hooks/a-guessed-token"
    values = dict(ARGUMENTS[address.name](school)) if address.name in ARGUMENTS else _values(address, school)
    task = school["answered_task"] if address.name in OWN_ANSWERS else school["due_task"]
    task = school["worked_task"] if address.name in WITH_FILES else task
    values |= {"pk": task.course_id, "task_pk": task.pk} if "task_pk" in names else {}
    values |= {name: value for name, value in rows.items() if name in names}
    values |= {"enrolment_pk": rows["member"]} if address.name in TEAM else {}
    values |= {"username": rows["newcomer"]} if address.name == "course-team-add" else {}
    values |= {"pk": rows[PK_ROWS[address.name]]} if address.name in PK_ROWS else {}
    route = address.route
    for name in names:
        route = route.replace(f"<{name}>", quote(str(values[name])))
    return f"/{route}"


def _values(address: Address, school: dict[str, Any]) -> dict[str, Any]:
    """Return the arguments of an address of the APIs and the wires, which ARGUMENTS does not name."""
    start = next((start for start in KEYS if address.route.startswith(start)), "")
    values = {"import_pk": school["roster_import"].pk, "enrolment_pk": school["enrolment"].pk}
    values["team_pk"] = school["student_team"].pk
    if start:
        values["pk"] = values["id"] = KEYS[start](school)
    values["credential_pk"] = school["course_credential"].pk
    values["resource_id"] = school["machine"].pk
    return values


def _walk(patterns: list[Any], route: str) -> Iterator[tuple[str, URLPattern]]:
    for pattern in patterns:
        full = route + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from _walk(pattern.url_patterns, full)
        else:
            yield full, pattern


def readable(route: str) -> str:
    """Return a route as people write it: `courses/<pk>/`."""
    plain = re.sub(r"\(\?P<(\w+)>(?:\([^)]*\)|\[[^\]]*\]|[^()])*\)", r"<\1>", route)
    plain = re.sub(r"<\w+:(\w+)>", r"<\1>", plain)
    return re.sub(r"/?\?\$$|[\^$]|/\?|\\Z", lambda match: "/" if match[0] == "/?" else "", plain).replace("\\", "")


def admin_paths() -> list[str]:
    """Return the addresses of the administration: its lists, and the forms that add, change and delete a row."""
    paths = [reverse("admin:index"), reverse("admin:jsi18n"), reverse("admin:autocomplete")]
    for model in admin.site._registry:
        name = f"admin:{model._meta.app_label}_{model._meta.model_name}"
        row = model._default_manager.order_by("pk").values_list("pk", flat=True).first() or 1
        paths += [reverse(f"{name}_{page}") for page in ("changelist", "add")]
        paths += [reverse(f"{name}_{page}", args=[row]) for page in ("change", "delete", "history")]
    return paths
