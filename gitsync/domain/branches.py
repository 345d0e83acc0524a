"""The command with which a teacher chooses the branch of a repository that counts."""

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.audit import record
from accounts.principals import Principal
from gitsync.models import LocalCopy, Registration
from gitsync.rules.permissions import sees_everything
from gitsync.syncing import sync_queue
from gitsync.values import CourseIds
from kernel.database.text_hash import text_hash
from kernel.errors import Conflict, Malformed


@transaction.atomic
def choose_branch(course: CourseIds, actor: Principal, *, student_id: str, repo_path: str, branch: str) -> None:
    """Choose the branch of a student's repository that counts, from the next sync on.

    branch: "" for the remote's default branch.

    The branch counts in every course that has the repository. So only the teacher whose course had it first chooses, or
    staff: else any teacher could register a repository of somebody else's student, and change what counts there.

    Raises Malformed when the repository has no such branch, and Conflict when the choice is another teacher's.
    """
    rows = Registration.objects.shown().filter(
        **course.lookups("course"), student__student_id=student_id, repo_path_hash=text_hash(repo_path)
    )
    repository_id = rows.values_list("repository", flat=True).first()
    local_copy = LocalCopy.objects.locked(repository_id) if repository_id else None
    if local_copy is None or (branch and branch not in local_copy.heads):
        raise Malformed("bad_branch", _("The repository has no such branch any more. Reload the page."), field="branch")
    _check_is_first(course, actor, local_copy.repository_id)
    before = local_copy.chosen_branch
    is_taken_back = before and not branch
    counts = "" if is_taken_back else local_copy.branch  # "": for the next sync this is no rewrite of the history
    LocalCopy.objects.filter(pk=local_copy.pk).update(chosen_branch=branch, branch=counts)
    sync_queue.request_sync(local_copy.repository_id, force=True)
    record(
        actor,
        "gitsync.choose_branch",
        f"repository:{local_copy.repository_id}",
        before={"branch": before},
        after={"branch": branch, "course": "/".join((course.teacher_id, course.semester_id, course.course_id))},
    )


def _check_is_first(course: CourseIds, actor: Principal, repository_id: int) -> None:
    if actor is None or sees_everything(actor):
        return
    owners = Registration.objects.shown().filter(repository=repository_id).order_by("pk")
    if owners.values_list("course__teacher_id", flat=True).first() != course.teacher_id:
        sentence = _(
            "This repository also counts in a course of another teacher, who had it first. Ask them, or staff."
        )
        raise Conflict("not_first", sentence)
