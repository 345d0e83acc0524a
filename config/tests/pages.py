"""All pages of the URL configuration, with the user who opens each one and the arguments of its address.

A page without parameters is found by itself, and the usual user of its area opens it. A page with parameters needs an
entry in ARGUMENTS (config/tests/page_arguments.py); the tests fail and name the page until it has one.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.urls import URLPattern, URLResolver, get_resolver, reverse

from config.tests.page_arguments import ARGUMENTS

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


# The users of pages that the usual user of the area (AREA_USERS) does not open; "" is nobody.
PAGE_USERS: dict[str, str] = {
    "sign-in": "",
    "one-time-link": "",
    "first-account": "",
    "one-time-code": "",
    "password-reset": "",
    "password-reset-sent": "",
    "print-codes": "staff",
    "person-account": "staff",
    "person-invite": "staff",
    "person-close": "staff",
    "person-reopen": "staff",
    "course-repository": "student",
    "course-repository-remove": "student",
    "course-repository-fragment": "student",
    "course-repository-access": "student",
    "task-own": "student",
    "task-own-fragment": "student",
    "farm-capacity-card": "staff",
    "metrics": "staff",
    "audit-log": "staff",
    "audit-log-file": "staff",
    "health": "staff",
    "repositories": "staff",
    "repositories-fragment": "staff",
    "repositories-file": "staff",
    "host-credentials": "staff",
    "host-credentials-fragment": "staff",
    "host-credential": "staff",
    "host-credential-test": "staff",
    "host-credential-accept": "staff",
    "host-credential-revoke": "staff",
    "people": "staff",
    "school": "staff",
    "help-page": "",
    "mails": "staff",
    "mails-send-failed-again": "staff",
    "mail-for-staff": "staff",
    "mail-send-again": "staff",
    "stop-mails": "",
    "calendar-file": "",
}
# Pages that other users open too, because they see something else there.
MORE_USERS = {
    "home": ["teacher", "staff"],
    "courses": ["student", "staff"],
    "help": ["teacher", "staff", ""],
    "people": ["teacher"],
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
