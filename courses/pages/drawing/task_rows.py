"""The rows of a task's page: each student's work, and the lists of students after the deadline."""

from collections.abc import Sequence
from urllib.parse import quote

from django.template.context import Context
from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from courses.models import Task
from courses.pages.drawing.addresses import student_address, work_address
from courses.pages.drawing.matrix_rows import FOLDER
from courses.pages.task_report import LIST_LIMIT, Report
from courses.pages.task_summaries import Summary
from courses.rules.statuses import OVERDUE
from courses.templatetags.courses import short_moment, since, span
from kernel.fragments.fragment import Fragment, join
from kernel.templatetags.atelier import moment

EMPTY = SafeString()
STUDENT_ROW = Fragment(
    f"{FOLDER}/task_student_row.html",
    *("href", "name", "group", "state", "marks", "files_href", "last_before", "last_after", "done_at", "removed"),
)
LATE_ROW = Fragment(
    f"{FOLDER}/late_row.html",
    *("href", "name", "group", "done_at", "span", "last", "removed", "failure", "subject", "extend_href"),
)
WORK_STATE = Fragment(f"{FOLDER}/work_state.html", "due")
MARKS = Fragment(f"{FOLDER}/completion_marks.html", "replaced")
REMOVED = Fragment(f"{FOLDER}/removed.html", "done", "removed", "href", "csrf_token", "name")


def draw_task_student_rows(context: Context, report: Report) -> SafeString:
    """Draw the row of each student of the page. `context` has csrf_token and may_override."""
    return join(
        STUDENT_ROW.prepared(
            completed=_completed(work),
            done_before=work.done_before,
            unproven=work.unproven,
            has_before=work.last_before is not None,
            has_after=work.last_after is not None,
        )(
            **_student(report.task, work),
            files_href=work_address(report.task.course_id, report.task.pk, work.enrolment.person.username),
            state=draw_work_state(work),
            marks=_marks(work),
            last_before=moment(work.last_before),
            last_after=moment(work.last_after),
            done_at=moment(work.done_at),
            removed=_removed(context, report.task, work),
        )
        for work in report.rows
    )


def draw_late_rows(context: Context, report: Report, students: Sequence[Summary], done: bool) -> SafeString:
    """Draw the first students of the list of those who are `done`, or not.

    `context` has csrf_token, may_extend and may_override.
    """
    task, may_extend = report.task, bool(context["may_extend"])
    extend = reverse("task-extension", args=(task.course_id, task.pk))
    return join(
        LATE_ROW.prepared(
            done=done,
            is_answered=task.is_answered,
            state=_late_state(work, done),
            status=work.status,
            evidence=_evidence(work, done),
            may_extend=may_extend,
        )(
            **_student(task, work),
            done_at=moment(work.done_at),
            span=span(work.late_by) if done else since(work.due.at, report.now) if work.due.at else "",
            last=moment(work.last) or _("never"),
            removed=_removed(context, task, work),
            failure=work.failure,
            subject=work.subject,
            extend_href=f"{extend}?student={quote(work.enrolment.person.username)}",
        )
        for work in students[:LIST_LIMIT]
    )


def draw_work_state(work: Summary) -> SafeString:
    """Draw the state of a student's task, and the deadline of an extension."""
    due = work.due.at if work.due.extended else None
    state_html = WORK_STATE.prepared(status=work.status, is_extended=due is not None)
    return state_html(due=short_moment(due) if due else "")


def _student(task: Task, work: Summary) -> dict[str, str]:
    href = student_address(task.course_id, work.enrolment.person.username)
    return {"href": f"{href}#task-{task.pk}", "name": work.name, "group": str(work.enrolment.group or "")}


def _completed(work: Summary) -> str:
    if work.finished:
        return "at" if work.done_at else "yes"
    return "removed" if work.removed_at else "no"


def _marks(work: Summary) -> SafeString:
    if not (work.outside_folder or work.reverted or work.replaced_at):
        return EMPTY
    marks_html = MARKS.prepared(
        outside_folder=work.outside_folder, reverted=work.reverted, is_replaced=bool(work.replaced_at)
    )
    return marks_html(replaced=moment(work.replaced_at))


def _removed(context: Context, task: Task, work: Summary) -> SafeString:
    if not work.removed_at:
        return EMPTY
    return REMOVED.prepared(may_override=bool(context["may_override"]))(
        done=moment(work.done_at),
        removed=moment(work.removed_at),
        href=reverse("task-count", args=(task.course_id, task.pk, work.enrolment.person.username)),
        csrf_token=context.get("csrf_token", ""),
        name=work.name,
    )


def _late_state(work: Summary, done: bool) -> str:
    if done:
        return "late-by" if work.late_by else ""
    if work.status is OVERDUE:
        return "overdue"
    return "removed" if work.removed_at else ""


def _evidence(work: Summary, done: bool) -> str:
    if work.failure:
        return "failure"
    if work.subject:
        return "subject"
    return "" if done else "no-push"
