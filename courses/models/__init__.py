"""Courses, their tasks and people, and what the Git module's events say about them.

Facts that people write: Semester to RepositoryClaim's address, Answer. Derived from ReceivedEvent and Answer alone, and
rebuilt from them by `catching_up.rebuild`: RepositoryClaim's state, Activity, Progress. Epoch seconds (UTC) where a
time comes out of Git, DateTimeFields for times of our own doing. Wide unique texts carry a SHA-256 (`…_hash`).
"""

from courses.models.course import Course, CourseQuerySet, Enrolment, Group, Semester
from courses.models.messages import OutgoingMessage, ReceivedEvent
from courses.models.tasks import Extension, GroupDeadline, Task
from courses.models.work import Activity, Answer, Progress, StudentRepository

__all__ = [
    "Activity",
    "Answer",
    "Course",
    "CourseQuerySet",
    "Enrolment",
    "Extension",
    "Group",
    "GroupDeadline",
    "OutgoingMessage",
    "Progress",
    "ReceivedEvent",
    "Semester",
    "StudentRepository",
    "Task",
]
