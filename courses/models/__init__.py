"""The models of courses: courses, tasks, people, their work, and the messages from and to the Git module.

People write: Semester, Course, Group, Enrolment, Team, TeamRepository, Task, GroupDeadline, Extension, Answer,
CountedCompletion, and the address of a StudentRepository. A RosterImport is a file of people on its way into the
course. A ForgeConnection connects the course with a group of a forge. Derived from ReceivedEvent, Answer and
CountedCompletion alone, and rebuilt from them by `domain.replay.rebuild`: Activity, Progress and the state of a
StudentRepository.

Times that come from Git are epoch seconds (UTC); times that Atelier sets are DateTimeFields. A text that is too long
for a unique index has a SHA-256 beside it (`…_hash`).
"""

from courses.models.answers import Answer
from courses.models.course import Course, CourseQuerySet, Enrolment, Group, Semester
from courses.models.forge import ForgeConnection, ForgeRepository
from courses.models.messages import OutgoingMessage, ReceivedEvent
from courses.models.progress import Activity, CountedCompletion, Progress
from courses.models.roster_imports import LineOutcome, RosterColumn, RosterImport
from courses.models.student_repositories import StudentRepository
from courses.models.tasks import Extension, GroupDeadline, Task
from courses.models.teams import Team, TeamRepository
from courses.models.work_zips import WorkZip

__all__ = [
    "Activity",
    "Answer",
    "CountedCompletion",
    "Course",
    "CourseQuerySet",
    "Enrolment",
    "Extension",
    "ForgeConnection",
    "ForgeRepository",
    "Group",
    "GroupDeadline",
    "LineOutcome",
    "OutgoingMessage",
    "Progress",
    "ReceivedEvent",
    "RosterColumn",
    "RosterImport",
    "Semester",
    "StudentRepository",
    "Task",
    "Team",
    "TeamRepository",
    "WorkZip",
]
