"""A row of the page "Repositories" of a course, and the states that it can have."""

from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple, TypeAlias

from courses.models import StudentRepository
from courses.pages.listed_students import ListedStudent
from courses.rules.statuses import NO_REPOSITORY, UNCONFIRMED, Status
from courses.rules.tree import RepositoryPlace
from gitsync.git.failures import failure_text
from gitsync.queries.reading_states import (
    CANNOT_BE_READ,
    NOT_READ_YET,
    OVER_LIMIT,
    PAUSED,
    UP_TO_DATE,
    ReadingState,
)
from gitsync.queries.readings import Reading, ShortReading
from gitsync.queries.remote_changes import RemoteChange

State: TypeAlias = ReadingState | Status
# The most urgent first.
STATES: tuple[State, ...] = (
    CANNOT_BE_READ,
    OVER_LIMIT,
    PAUSED,
    UNCONFIRMED,
    NO_REPOSITORY,
    NOT_READ_YET,
    UP_TO_DATE,
)
URGENCY = {state.key: number for number, state in enumerate(STATES)}
REPORTED = {  # where the Git module is elsewhere, its events are all that is known
    StudentRepository.State.WAITING: NOT_READ_YET,
    StudentRepository.State.CLONED: UP_TO_DATE,
    StudentRepository.State.FAILING: CANNOT_BE_READ,
}


class Given(NamedTuple):
    """What the course knows of a repository that a student gave."""

    url: str
    state: str
    reason: str
    since: datetime
    seen_at: datetime | None


@dataclass(frozen=True, slots=True)
class ListedRepository:
    """A repository that the course asks of a student, or that they gave. `reading` is filled in for rows of a page."""

    course_pk: int
    student: ListedStudent
    place: RepositoryPlace
    state: State
    given: Given | None
    registration: ShortReading | None
    reading: Reading | None = None

    @property
    def username(self) -> str:
        return self.student.person.username

    @property
    def url(self) -> str:
        if self.registration:
            return self.registration.repo_url
        return self.given.url if self.given else ""

    @property
    def may_be_read(self) -> bool:
        """Whether the buttons of the page do something for this row."""
        return self.registration is not None and not self.registration.hidden

    @property
    def change(self) -> RemoteChange | None:
        return self.reading.change if self.reading else None

    @property
    def failure(self) -> str:
        """Why the repository cannot be read; "" for one that can."""
        if self.reading:
            return self.reading.failure
        return failure_text(self.given.reason) if self.given and self.state is CANNOT_BE_READ else ""

    @property
    def failing_since(self) -> datetime | None:
        if self.reading:
            return self.reading.failing_since
        return self.given.since if self.given and self.state is CANNOT_BE_READ else None

    @property
    def read_at(self) -> datetime | None:
        if self.reading:
            return self.reading.last_good_at
        return self.given.seen_at if self.given and self.registration is None else None


def state_of(given: Given | None, registration: ShortReading | None) -> State:
    if registration is not None:
        return UNCONFIRMED if registration.waits else registration.state
    return REPORTED[StudentRepository.State(given.state)] if given else NO_REPOSITORY
