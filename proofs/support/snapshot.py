"""Writes what an instance shows as one JSON file: permissions, pages and API answers.

It runs under an older version of Atelier as well (`proofs/upgrade.py`). Therefore it uses addresses and tables, but
imports nothing from Atelier:

    python snapshot.py prepare FILE       create a group with all permissions and a person in it
    python snapshot.py read FILE TIME     write what people see at this time (ISO 8601)
"""

import json
import logging
import os
import sys
from datetime import datetime
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path.cwd()))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
PEOPLE = ("ada.staff", "nadia.benali", "ines.abdelkader", "manager")
APPS = ("farm", "gitsync", "courses")


def main() -> None:
    import django

    django.setup()
    logging.disable(logging.ERROR)
    action, file = sys.argv[1], Path(sys.argv[2])
    values = prepare() if action == "prepare" else read(datetime.fromisoformat(sys.argv[3]))
    file.write_text(json.dumps(values, indent=1, sort_keys=True, ensure_ascii=False))


def prepare() -> list[str]:
    """Create the group "managers" with all permissions of the three apps, and return them."""
    from django.contrib.auth import get_user_model
    from django.contrib.auth.models import Group, Permission

    group = Group.objects.create(name="managers")
    group.permissions.set(Permission.objects.filter(content_type__app_label__in=APPS))
    person = get_user_model().objects.create_user("manager", is_staff=True)
    person.groups.add(group)
    return sorted(person.get_all_permissions())


def read(frozen_time: datetime) -> dict[str, Any]:
    """Return the permissions of the group, and for each person and address [status, body].

    The body is JSON, or for a page the list of its lines of text. The pages are requested at `frozen_time`.
    """
    import time_machine
    from django.conf import settings
    from django.contrib.auth import get_user_model
    from django.test import Client

    settings.ALLOWED_HOSTS = ["testserver"]
    snapshot: dict[str, Any] = {
        "rights": sorted(get_user_model().objects.get(username="manager").get_all_permissions())
    }
    with time_machine.travel(frozen_time, tick=False):
        for name in PEOPLE:
            client = Client()
            client.force_login(get_user_model().objects.get(username=name))
            for address in addresses():
                answer = client.get(address)
                body = answer.json() if "json" in answer.headers["Content-Type"] else text_of(answer.content.decode())
                snapshot[f"{name} {address}"] = [answer.status_code, body]
    return snapshot


def addresses() -> list[str]:
    """Return the addresses of every kind of page and of the lists of the APIs and wires."""
    farm = ["/farm/", "/farm/?range=day", "/farm/?range=month", "/farm/?view=table", "/farm/bookings/", "/farm/book/"]
    farm += [f"/farm/machines/{pk}/" for pk in keys("farm_resource")]
    farm += [f"/farm/bookings/{pk}/" for pk in keys("farm_reservation")[:20]]
    courses = ["/courses/"]
    for pk in keys("courses_course"):
        courses += [f"/courses/{pk}/", f"/courses/{pk}/tasks/", f"/courses/{pk}/roster/"]
        courses += [f"/courses/{pk}/students/{name}/" for name in usernames(pk)[:8]]
    courses += [f"/courses/{course}/tasks/{pk}/" for pk, course in rows("SELECT id, course_id FROM courses_task")[:15]]
    programs = ["farm/resources", "farm/reservations", "farm/closures", "farm/projects", "courses/", "courses/events"]
    programs += ["gitsync/repositories", "gitsync/requests", "gitsync/events"]
    lists = ("tasks", "matrix", "repositories")
    programs += [f"courses/{pk}/{name}" for pk in keys("courses_course") for name in lists]
    wires = ["/Ressource", "/Reservation", "/RessourceReserve"]
    return ["/", *farm, *courses, *(f"/api/v1/{path}" for path in programs), *wires]


def rows(sql: str) -> list[tuple[Any, ...]]:
    """Run a query, sorted by its first column, and return its rows."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(f"{sql} ORDER BY 1")
        return list(cursor.fetchall())


def keys(table: str) -> list[int]:
    """Return the ids of a table."""
    return [row[0] for row in rows(f"SELECT id FROM {table}")]


def usernames(course: int) -> list[str]:
    """Return the user names of the people in a course."""
    tables = "FROM courses_enrolment e JOIN accounts_user u ON u.id = e.person_id"
    return [row[0] for row in rows(f"SELECT u.username {tables} WHERE e.course_id = {course}")]


class PageText(HTMLParser):
    """Collects the text that a person reads, one line for each piece between tags."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: list[str] = []
        self.hidden = 0  # how many script and style elements are open

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        self.hidden += tag in ("script", "style")

    def handle_endtag(self, tag: str) -> None:
        self.hidden -= tag in ("script", "style")

    def handle_data(self, data: str) -> None:
        if not self.hidden and data.strip():
            self.lines.append(" ".join(data.split()))


def text_of(page: str) -> list[str]:
    """Return the lines of text of a page."""
    parser = PageText()
    parser.feed(page)
    return parser.lines


if __name__ == "__main__":
    main()
