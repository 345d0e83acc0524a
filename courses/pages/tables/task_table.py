"""A task over the whole class as a table: a row for each student, as on the page of the task."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from django.utils.translation import gettext as _

from courses.domain.answers import answers_of_class
from courses.models import Task
from courses.pages.listed_students import read_students
from courses.pages.matrix_filters import family_order
from courses.pages.tables.columns import person_cells, person_columns, yes_or_no
from courses.pages.task_summaries import Summary, class_summaries
from kernel.exports.table import Cell, Table, moment_column

AT_ONCE = 100  # students whose texts are in memory


def task_table(task: Task, now: datetime, *, state: str = "") -> Table:
    """Return the work of each student on a task. `state` is the key of a status, "" for every student.

    A constant number of queries, and one for each AT_ONCE students of a task that asks for a text or a tick.
    """
    groups = list(task.course.groups.order_by("group_id"))
    students = sorted(read_students(task.course, groups), key=lambda student: family_order(student.person))
    works = [work for work in class_summaries(task, students, now) if not state or work.status.key == state]
    columns = [*person_columns(), _("State"), moment_column(_("Deadline")), _("Extension")]
    name, of = "task", f"{task.course.course_id} {task.title}"
    if task.is_answered:
        columns += [moment_column(_("Given")), moment_column(_("Last changed")), _("Text")]
        return Table(name, of, task.title, columns, _answer_rows(task, works))
    columns += [
        moment_column(_("Last commit before the deadline")),
        moment_column(_("Last commit after it")),
        moment_column(_("Completed")),
        _("Completed before"),
        _("Date not verified"),
        moment_column(_("Removed by a rewrite")),
        _("Last commit"),
    ]
    return Table(name, of, task.title, columns, map(_commit_row, works))


def _student_cells(work: Summary) -> list[Cell]:
    person = person_cells(work.enrolment.person, work.enrolment.group)
    return [*person, work.status.label, work.due.at, yes_or_no(work.due.extended)]


def _commit_row(work: Summary) -> list[Cell]:
    return [
        *_student_cells(work),
        work.last_before,
        work.last_after,
        work.done_at,
        yes_or_no(work.done_before),
        yes_or_no(work.unproven),
        work.removed_at,
        work.subject,
    ]


def _answer_rows(task: Task, works: Sequence[Summary]) -> Iterator[list[Cell]]:
    for first in range(0, len(works), AT_ONCE):
        batch = works[first : first + AT_ONCE]
        answers = answers_of_class(task, [work.enrolment.pk for work in batch])
        for work in batch:
            answer = answers.get(work.enrolment.pk)
            given: list[Cell] = [answer.given_at, answer.changed_at, answer.text] if answer else [None, None, None]
            yield [*_student_cells(work), *given]
