"""`manage.py demo [--remove]` creates the demonstration school or deletes it. It may be run again at any time."""

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from accounts import demo as people_demo
from courses.demo import creation as courses_demo

try:
    from farm.demo import creation as farm_demo
except ImportError:  # pragma: no cover - an installation without the farm's demonstration
    farm_demo = None  # type: ignore[assignment]


class Command(BaseCommand):
    help = "Create the demonstration school (DEMO=1), or delete all of it with --remove."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--remove", action="store_true", help="delete the demonstration school")
        parser.add_argument("--students", type=int, help="only this many students; 13 show every kind of case")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["remove"]:
            courses_demo.remove()
            if farm_demo is not None:
                farm_demo.remove()
            count = people_demo.remove()
            self.stdout.write(f"The demonstration school is deleted, with its {count} people.")
            return
        people = people_demo.fill(options["students"])
        if farm_demo is not None:
            farm_demo.fill()
        titles = courses_demo.fill(people)
        self.stdout.write(f"The demonstration school is there: {len(people)} people; {', '.join(titles)}.")
