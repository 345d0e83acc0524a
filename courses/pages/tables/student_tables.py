"""The work of one student as tables: their commits, and the state of each of their tasks."""

from collections.abc import Iterator
from datetime import datetime
from itertools import islice

from django.utils.translation import gettext as _

from courses.git import starters
from courses.models import Activity, Enrolment
from courses.pages.completion_marks import reverted_commits
from courses.pages.epoch_times import time_of_epoch
from courses.pages.student_overview import StudentTask, overview_of
from courses.pages.tables.columns import numbered_title, yes_or_no
from courses.pages.team_members import StudentTeam, authors_of, team_of
from courses.rules.permissions import GroupLimit
from gitsync.git.remarks import remark_sentences
from kernel.exports.table import Cell, Table, moment_column

AT_ONCE = 500  # commits whose rows are in memory


def commits_table(enrolment: Enrolment, now: datetime, *, limit: GroupLimit = None) -> Table:
    """Return a row for each commit and each task that it works on, the newest first.

    A constant number of queries, and one for each AT_ONCE rows; two for a student with a team, whose commits have
    authors: members of the team within `limit`.
    """
    columns = [
        moment_column(_("When")),
        _("Commit"),
        _("Message"),
        _("Task"),
        _("Lines"),
        _("Completes it"),
        _("Late"),
        _("Outside the task’s folder"),
        _("Reverts"),
        _("Reverted by"),
        _("Handed out by the teacher"),
        _("Remarks"),
    ]
    team = team_of(enrolment, limit)
    if team:
        columns.append(_("Author"))
    of = f"{enrolment.course.course_id} {enrolment.person.username}"
    return Table("commits", of, _("Commits"), columns, _commit_rows(enrolment, team, now))


def _commit_rows(enrolment: Enrolment, team: StudentTeam | None, now: datetime) -> Iterator[list[Cell]]:
    tasks = {task.node.task.path_hash: task for task in overview_of(enrolment, now).work}
    activities = Activity.objects.filter(enrolment=enrolment)
    reverts = activities.exclude(reverts="").order_by("at", "pk").values_list("commit_id", "reverts")
    reverted_by = reverted_commits(dict(reverts))
    rows = activities.order_by("-at", "-commit_id", "pk").iterator(chunk_size=AT_ONCE)
    while batch := list(islice(rows, AT_ONCE)):
        handed_out = starters.handed_out(enrolment.course, {row.commit_id for row in batch})
        authors = authors_of(enrolment, team, {row.commit_id: row.repo_path_hash for row in batch}) if team else {}
        for row in batch:
            task = tasks.get(row.exercise_path_hash)
            at = time_of_epoch(row.at, now)
            yield [
                at,
                row.commit_id,
                row.subject,
                numbered_title(task.node) if task else "",
                row.effort,
                yes_or_no(row.completes),
                yes_or_no(task and task.due.is_before(at)),
                yes_or_no(row.outside_folder),
                row.reverts,
                reverted_by.get(row.commit_id, ""),
                yes_or_no(row.commit_id in handed_out),
                " ".join(remark_sentences(row.remarks)),
                *([authors.get(row.commit_id, "")] if team else []),
            ]


def student_tasks_table(enrolment: Enrolment, now: datetime) -> Table:
    """Return a row for each task that asks for work, in reading order, in a constant number of queries."""
    columns = [
        _("Task"),
        _("State"),
        moment_column(_("Deadline")),
        _("Extension"),
        moment_column(_("Completed")),
        moment_column(_("Last push")),
        _("Lines"),
    ]
    of = f"{enrolment.course.course_id} {enrolment.person.username}"
    return Table("tasks", of, _("Tasks"), columns, map(_task_cells, overview_of(enrolment, now).work))


def _task_cells(task: StudentTask) -> list[Cell]:
    label = task.status.label if task.status else ""
    extended = yes_or_no(task.due.extended)
    return [numbered_title(task.node), label, task.due.at, extended, task.done_at, task.last_activity, task.effort]
