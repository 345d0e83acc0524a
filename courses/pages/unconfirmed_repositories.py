"""The repositories of a course that wait for the teacher's confirmation."""

from dataclasses import dataclass

from accounts.models import User
from courses.git import repository_confirmation
from courses.models import Course
from courses.rules.tree import outline, repository_places
from gitsync.queries.waiting import WaitingRegistration


@dataclass(frozen=True)
class UnconfirmedRepository:
    """A repository that waits for confirmation.

    `student` is None when there is no account with the user name. `place` is the title of the task that asks for it, or
    its path in the course. `sharers` are the names of the other students of the course who gave the same repository.
    """

    registration: WaitingRegistration
    student: User | None
    place: str
    sharers: list[str]


def unconfirmed_repositories(course: Course) -> list[UnconfirmedRepository]:
    """Return the repositories to confirm, by user name, in a constant number of queries."""
    registrations = repository_confirmation.waiting_registrations(course)
    if not registrations:
        return []
    titles = {
        place.repo_path: place.title for place in repository_places(outline(list(course.tasks.without_statements())))
    }
    names = {name for row in registrations for name in (row.student_id, *row.sharers)}
    people = {person.username: person for person in User.objects.filter(username__in=names)}
    return [
        UnconfirmedRepository(
            row,
            people.get(row.student_id),
            titles.get(row.repo_path) or row.repo_path,
            [people[name].display_name if name in people else name for name in row.sharers],
        )
        for row in registrations
    ]
