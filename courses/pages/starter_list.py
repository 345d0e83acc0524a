"""The starter repositories of a course, with the task of each and how reading it is going."""

from dataclasses import dataclass

from courses.git import starters
from courses.models import Course, Task
from gitsync.queries.starter_states import StarterState


@dataclass(frozen=True)
class ListedStarter:
    """A starter repository. `task` is the exercise that it is for, None for the whole course."""

    task: Task | None
    state: StarterState


def starter_list(course: Course) -> list[ListedStarter]:
    """Return the starter repositories of a course, that of the whole course first. Two queries at most."""
    states = starters.starter_states(course)
    if not states:
        return []
    tasks = {task.path: task for task in course.tasks.without_statements()}
    return [ListedStarter(tasks.get(path), state) for path, state in sorted(states.items())]
