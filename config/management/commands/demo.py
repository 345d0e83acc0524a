"""`manage.py demo [--remove]`: the demonstration school, or its end. Twice the same changes nothing."""

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from accounts import demo as people_demo
from courses.demo import content as courses_demo

try:
    from farm.demo import content as farm_demo
except ImportError:  # pragma: no cover - the farm fills its part as soon as it can
    farm_demo = None  # type: ignore[assignment]


class Command(BaseCommand):
    help = "Fill the demonstration school (DEMO=1), or take all of it away with --remove."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--remove", action="store_true", help="take the demonstration school away")
        parser.add_argument("--students", type=int, help="only the first of them; 13 show every kind of case")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["remove"]:
            courses_demo.remove()
            if farm_demo is not None:
                farm_demo.remove()
            gone = people_demo.remove()
            self.stdout.write(f"The demonstration school is gone, {gone} people with it.")
            return
        people = people_demo.fill(options["students"])
        if farm_demo is not None:
            farm_demo.fill()
        titles = courses_demo.fill(people)
        self.stdout.write(f"The demonstration school is there: {len(people)} people; {', '.join(titles)}.")
