"""A laboratory in NEMO: people, tools and reservations of the benchmark. Runs in NEMO's own virtual environment.

Usage: `python nemo_data.py PEOPLE TOOLS EACH PAST`. Each tool has EACH reservations within the next seven days. PAST
older ones are spread over ten years. The last line of the output is JSON: the session of each person, the token of the
API, the ids of the tools.
"""

import json
import sys
from datetime import timedelta

import django

django.setup()

from django.contrib.auth import BACKEND_SESSION_KEY, SESSION_KEY  # noqa: E402
from django.contrib.sessions.backends.db import SessionStore  # noqa: E402
from django.utils import timezone  # noqa: E402
from NEMO.models import Account, Project, Reservation, Tool, User  # noqa: E402
from rest_framework.authtoken.models import Token  # noqa: E402


def main() -> None:
    people, tools, each, past = (int(word) for word in sys.argv[1:])
    account = Account.objects.create(name="School")
    project = Project.objects.create(name="Courses", application_identifier="courses", account=account)
    machines = [
        Tool.objects.create(
            name=f"node-{number:04}",
            _location="room 1",
            _category="GPU",
            _operational=True,
            _reservation_horizon=3650,
            visible=True,
        )
        for number in range(tools)
    ]
    users = [add_person(f"person{number}", project, machines) for number in range(people)]
    now = timezone.now().replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
    step = timedelta(days=7) / each
    coming = [(machine, now + step * number, step) for machine in machines for number in range(each)]
    gap, hour = timedelta(days=3650) / max(1, past), timedelta(hours=1)
    over = [(machines[number % tools], now - hour * 2 - gap * number, hour) for number in range(past)]
    Reservation.objects.bulk_create(
        [
            Reservation(
                user=users[0],
                creator=users[0],
                tool=tool,
                project=project,
                start=start,
                end=start + length,
                short_notice=False,
            )
            for tool, start, length in coming + over
        ],
        batch_size=2000,
    )
    manager = User.objects.create(username="manager", first_name="M", last_name="M", email="m@example.org")
    manager.is_superuser = manager.is_staff = True
    manager.save()
    print(
        json.dumps(
            {
                "sessions": [session_of(user) for user in users],
                "token": Token.objects.create(user=manager).key,
                "tools": [machine.pk for machine in machines],
            }
        )
    )


def add_person(name: str, project: Project, machines: list[Tool]) -> User:
    """Add a person who may reserve every tool, and pays from one project."""
    user = User.objects.create(
        username=name, first_name="Robert", last_name="Weiss", email=f"{name}@example.org", training_required=False
    )
    user.projects.add(project)
    user.qualifications.add(*machines)
    return user


def session_of(user: User) -> str:
    """Sign this person in, and return the key of the session."""
    session = SessionStore()
    session[SESSION_KEY] = str(user.pk)
    session[BACKEND_SESSION_KEY] = "django.contrib.auth.backends.ModelBackend"
    session.create()
    return session.session_key


main()
