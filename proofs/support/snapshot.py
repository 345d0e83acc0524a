"""What an instance shows: a group's rights, every kind of page in words, and the answers of the APIs, as one JSON file.

It runs under an older version of Atelier as well (`proofs/upgrade.py`), so it knows addresses and tables, but no model:

    python snapshot.py prepare FILE       make a group with rights on every model and a person in it
    python snapshot.py read FILE MOMENT   write what people see at that moment (ISO 8601)
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
    """The rights of a new group "managers", which has all those of the three apps."""
    from django.contrib.auth import get_user_model
    from django.contrib.auth.models import Group, Permission

    group = Group.objects.create(name="managers")
    group.permissions.set(Permission.objects.filter(content_type__app_label__in=APPS))
    person = get_user_model().objects.create_user("manager", is_staff=True)
    person.groups.add(group)
    return sorted(person.get_all_permissions())


def read(moment: datetime) -> dict[str, Any]:
    import time_machine
    from django.conf import settings
    from django.contrib.auth import get_user_model
    from django.test import Client

    settings.ALLOWED_HOSTS = ["testserver"]
    found: dict[str, Any] = {"rights": sorted(get_user_model().objects.get(username="manager").get_all_permissions())}
    with time_machine.travel(moment, tick=False):
        for name in PEOPLE:
            client = Client()
            client.force_login(get_user_model().objects.get(username=name))
            for address in addresses():
                answer = client.get(address)
                body = answer.json() if "json" in answer.headers["Content-Type"] else words_of(answer.content.decode())
                found[f"{name} {address}"] = [answer.status_code, body]
    return found


def addresses() -> list[str]:
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
    nouns = ("tasks", "matrix", "repositories")
    programs += [f"courses/{pk}/{noun}" for pk in keys("courses_course") for noun in nouns]
    wires = ["/Ressource", "/Reservation", "/RessourceReserve"]
    return ["/", *farm, *courses, *(f"/api/v1/{path}" for path in programs), *wires]


def rows(sql: str) -> list[tuple[Any, ...]]:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(f"{sql} ORDER BY 1")
        return list(cursor.fetchall())


def keys(table: str) -> list[int]:
    return [row[0] for row in rows(f"SELECT id FROM {table}")]


def usernames(course: int) -> list[str]:
    joined = "FROM courses_enrolment e JOIN accounts_user u ON u.id = e.person_id"
    return [row[0] for row in rows(f"SELECT u.username {joined} WHERE e.course_id = {course}")]


class Words(HTMLParser):
    """The text that a person reads, line by line."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: list[str] = []
        self.hidden = 0

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        self.hidden += tag in ("script", "style")

    def handle_endtag(self, tag: str) -> None:
        self.hidden -= tag in ("script", "style")

    def handle_data(self, data: str) -> None:
        if not self.hidden and data.strip():
            self.lines.append(" ".join(data.split()))


def words_of(page: str) -> list[str]:
    words = Words()
    words.feed(page)
    return words.lines


if __name__ == "__main__":
    main()
