"""The rows of a student's list of commits."""

from django.utils.safestring import SafeString

from courses.pages.commit_list import Commit, CommitPage, CommitTask
from courses.pages.drawing.addresses import work_address
from courses.pages.drawing.lanes import lines_text
from courses.pages.drawing.matrix_rows import FOLDER
from courses.templatetags.courses import span
from kernel.fragments.fragment import Fragment, join
from kernel.templatetags.atelier import moment
from kernel.web.query_string import encode_query

SHORT_ID = 8  # characters of a commit's id
ROW = Fragment(
    f"{FOLDER}/commit_row.html",
    *("at", "subject", "sha", "author", "other", "amount", "remarks", "tasks", "effort"),
)
TASK = Fragment(f"{FOLDER}/commit_task.html", "href", "number", "title", "first", "span")
REMARK = Fragment(f"{FOLDER}/remark.html", "remark")


def draw_commit_rows(page: CommitPage) -> SafeString:
    """Draw the row of each commit of the page."""
    return join(_row(commit) for commit in page.commits)


def _row(commit: Commit) -> SafeString:
    revert = "by" if commit.reverted_by else "of" if commit.reverts else ""
    row_html = ROW.prepared(
        revert=revert,
        has_tasks=bool(commit.tasks),
        is_handed_out=commit.handed_out and not commit.tasks,
        has_author=bool(commit.author),
    )
    return row_html(
        at=moment(commit.at),
        subject=commit.subject or commit.commit_id,
        sha=commit.commit_id[:SHORT_ID],
        author=commit.author,
        other=(commit.reverted_by or commit.reverts)[:SHORT_ID],
        amount=lines_text(commit.effort),
        remarks=join(REMARK.prepared()(remark=remark) for remark in commit.remarks),
        tasks=join(_task(commit, commit_task) for commit_task in commit.tasks),
        effort=commit.effort,
    )


def _task(commit: Commit, commit_task: CommitTask) -> SafeString:
    student_task = commit_task.student_task
    task, username = student_task.node.task, student_task.enrolment.person.username
    files = work_address(task.course_id, task.pk, username)
    task_html = TASK.prepared(
        is_repeated=commit_task.repeated,
        completes=commit_task.completes,
        on_time=commit_task.on_time,
        outside_folder=commit_task.outside_folder,
        is_late=bool(commit_task.late_by),
        has_files=task.is_exercise,
    )
    return task_html(
        href=f"{files}?{encode_query(commit=commit.commit_id)}",
        number=student_task.node.number,
        title=task.title,
        first=moment(student_task.done_at),
        span=span(commit_task.late_by),
    )
