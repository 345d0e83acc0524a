"""Every page of the URL conf, and who opens it with what.

A page without parameters needs nothing here: it is found in the URL conf and opened by the reader of its area.
A page with parameters needs an entry in ARGUMENTS, or the tests fail and name it.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from django.urls import URLPattern, URLResolver, get_resolver, reverse

import farm.demo
from farm.models import Allocation
from kernel.testing.people import make_person

# Not pages of ours: programs speak there, or Django draws them.
ELSEWHERE = ("admin/", "api/", "events/", "i18n/")
# The wires, at the root of the site.
WIRES = ("Ressource", "Reservation", "RessourceReserve", "_git", "_http", "hooks")
# What the parameters of a page are, in a given world: `world` maps names to objects of the filled school and farm.
ARGUMENTS: dict[str, Callable[[dict[str, Any]], dict[str, Any]]] = {
    "farm-machine": lambda world: {"pk": world["line"].resource_id},
    "farm-reservation": lambda world: {"pk": world["line"].reservation_id},
    "farm-cancel": lambda world: {"pk": world["line"].reservation_id},
    "farm-give-back": lambda world: {"pk": world["line"].reservation_id},
    "farm-move-end": lambda world: {"pk": world["line"].reservation_id},
}
# Who opens a page, where it is not the reader of its area.
READERS: dict[str, str] = {"sign-in": ""}
AREAS = {"farm": "student", "courses": "teacher"}


@dataclass(frozen=True)
class Case:
    name: str
    reader: str  # "" is nobody

    def path(self, world: dict[str, Any]) -> str:
        return reverse(self.name, kwargs=ARGUMENTS[self.name](world) if self.name in ARGUMENTS else {})


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


def areas() -> list[str]:
    """The first words of the addresses: each area is one test."""
    return sorted({_area(route) for _, route, _ in named_patterns()})


def cases(area: str) -> list[Case]:
    names = {name for name, route, _ in named_patterns() if _area(route) == area}
    return [Case(name, READERS.get(name, AREAS.get(area, "student"))) for name in sorted(names)]


def _area(route: str) -> str:
    first = route.lstrip("^").split("/")[0]
    return first if first in AREAS else "people"


def without_arguments() -> list[str]:
    """The pages that take parameters and that nobody has said how to open."""
    return sorted({name for name, _, takes in named_patterns() if takes and name not in ARGUMENTS})


def fill() -> dict[str, Any]:
    """The objects that the pages show, by name; the readers among them."""
    student = make_person("ines")
    world = {"student": student, "teacher": make_person("nadia", kind="teacher")}
    farm.demo.fill()
    # a booking of the reader's own: its page has the most on it
    return {**world, "line": Allocation.objects.filter(reservation__owner=student).latest("end")}
