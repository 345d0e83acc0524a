"""How the repositories of a course are read, and the commands to read, pause and resume them.

Only the Git module of this installation knows and does this. With another one, pages show what its events report.
"""

from collections.abc import Collection

from accounts.principals import Principal
from courses.git.git_module import is_remote, wire_ids
from courses.models import Course
from gitsync.domain import bulk_reading
from gitsync.domain.bulk_reading import Outcome
from gitsync.queries import readings
from gitsync.queries.readings import Reading, ShortReading

COMMANDS = {"read": bulk_reading.read_now, "pause": bulk_reading.pause, "resume": bulk_reading.resume}


def short_readings(course: Course) -> list[ShortReading]:
    """Return the registrations of a course; none where the Git module is elsewhere. One query."""
    return [] if is_remote() else readings.short_readings(wire_ids(course))


def details_of(repository_ids: Collection[int]) -> dict[int, Reading]:
    """Return how these repositories are read, by their keys. Two queries."""
    return readings.readings(repository_ids)


def run(command: str, course: Course, actor: Principal, keys: Collection[int]) -> Outcome:
    """Read, pause or resume the repositories of these registrations. `command` is a key of COMMANDS.

    Nothing happens where the Git module is elsewhere: it has no such message.
    """
    if is_remote():
        return Outcome(frozenset())
    return COMMANDS[command](wire_ids(course), actor, keys, subject=f"course:{course.pk}")
