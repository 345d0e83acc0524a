"""A task over the whole class as a table: a row for each student, as on the page of the task."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from functools import partial
from itertools import chain

from django.utils.translation import gettext as _

from courses.domain.answers import answers_of_class
from courses.models import Task
from courses.pages.listed_students import groups_of, read_students
from courses.pages.matrix_filters import family_order
from courses.pages.tables.columns import person_cells, person_columns, team_cells, team_columns, yes_or_no
from courses.pages.task_summaries import Summary, summaries
from courses.pages.team_members import team_titles
from courses.rules.permissions import GroupLimit
from kernel.exports.table import Cell, Table, moment_column

AT_ONCE = 100  # students whose commits and texts are in memory


def task_table(task: Task, now: datetime, *, limit: GroupLimit = None, state: str = "") -> Table:
    """Return the work of each student of `limit` on a task. `state` is the key of a status, "" for every student.

    As many queries for each AT_ONCE students as the page of the task needs.
    """
    groups = list(groups_of(task.course, limit))
    teams = team_titles(task.course)
    students = [
        student._replace(team=teams.get(student.pk, "")) for student in read_students(task.course, groups, limit)
    ]
    students.sort(key=lambda student: family_order(student.person))
    batches = (
        [work for work in summaries(task, students[first : first + AT_ONCE], now) if state in ("", work.status.key)]
        for first in range(0, len(students), AT_ONCE)
    )
    columns = [*person_columns(), *team_columns(task.course), _("State"), moment_column(_("Deadline")), _("Extension")]
    name, of = "task", f"{task.course.course_id} {task.title}"
    if task.is_answered:
        columns += [moment_column(_("Given")), moment_column(_("Last changed")), _("Text")]
        return Table(name, of, task.title, columns, _answer_rows(task, batches))
    columns += [
        moment_column(_("Last commit before the deadline")),
        moment_column(_("Last commit after it")),
        moment_column(_("Completed")),
        _("Completed before"),
        _("Date not verified"),
        moment_column(_("Removed by a rewrite")),
        _("Last commit"),
    ]
    return Table(name, of, task.title, columns, map(partial(_commit_row, task), chain.from_iterable(batches)))


def _student_cells(task: Task, work: Summary) -> list[Cell]:
    person = person_cells(work.enrolment.person, work.enrolment.group)
    team = team_cells(task.course, str(work.enrolment.team or ""))
    return [*person, *team, work.status.label, work.due.at, yes_or_no(work.due.extended)]


def _commit_row(task: Task, work: Summary) -> list[Cell]:
    return [
        *_student_cells(task, work),
        work.last_before,
        work.last_after,
        work.done_at,
        yes_or_no(work.done_before),
        yes_or_no(work.unproven),
        work.removed_at,
        work.subject,
    ]


def _answer_rows(task: Task, batches: Iterable[list[Summary]]) -> Iterator[list[Cell]]:
    for works in batches:
        answers = answers_of_class(task, [work.enrolment.pk for work in works])
        for work in works:
            answer = answers.get(work.enrolment.pk)
            given: list[Cell] = [answer.given_at, answer.changed_at, answer.text] if answer else [None, None, None]
            yield [*_student_cells(task, work), *given]
