"""Counts the repositories of a connection from which a hook has arrived, of those with an installed hook."""

from typing import NamedTuple

from courses.git.readings import short_readings
from courses.models import ForgeConnection, ForgeRepository


class HeardHooks(NamedTuple):
    """`heard` of `total` repositories with a hook have sent one."""

    heard: int
    total: int

    @property
    def silent(self) -> int:
        return self.total - self.heard


def count_heard(connection: ForgeConnection) -> HeardHooks | None:
    """Return the counts of an installed connection, in two queries; None before, and without a Git module here."""
    if connection.state != ForgeConnection.State.INSTALLED:
        return None
    hooked = connection.repositories.filter(state=ForgeRepository.State.INSTALLED, enrolment__isnull=False)
    students = set(hooked.values_list("enrolment__person__username", flat=True))
    rows = {
        reading.repository_id: reading.has_hook
        for reading in short_readings(connection.course)
        if reading.student_id in students and reading.repo_path == connection.repo_path
    }
    return HeardHooks(sum(rows.values()), len(rows)) if rows else None
