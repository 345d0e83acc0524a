"""Client of the Git module: function calls in this installation, or HTTP to GIT_MODULE_URL when that is set.

Courses change and read gitsync only through this module and its neighbours `repository_confirmation`, `remote_changes`
and `starters`. Call the functions that change something inside the transaction of the change. gitsync then writes its
rows in the same transaction. A message for a Git module elsewhere is stored as a row and sent after the commit.
"""

from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _

from accounts.models import User
from courses.git import outgoing_messages
from courses.models import Course, Enrolment, StudentRepository, Task
from gitsync.domain import hook_addresses, registrations
from gitsync.queries import commit_lists, sync_history
from gitsync.queries.sync_history import RepositoryHistory, Rewrite
from gitsync.values import CommitsRequest, CourseIds
from kernel.errors import Unknown


@dataclass(frozen=True)
class HookAddress:
    """The URL and the secret that a teacher or student enters at a forge.

    `secret` is "" where the Git module is elsewhere: it does not check this installation's secrets.
    """

    url: str
    secret: str = ""


def is_remote() -> bool:
    """Whether the Git module is elsewhere."""
    return bool(settings.GIT_MODULE_URL)


def expect_repository(task: Task) -> None:
    """Announce that every student registers a repository at the task's path."""
    if is_remote():
        outgoing_messages.enqueue(task.course, "RegisterGitRepoForCourse", {"repoPath": task.path})
    else:
        registrations.expect_repository(wire_ids(task.course), repo_path=task.path)


def register_exercise(task: Task) -> None:
    """Announce a new exercise."""
    if is_remote():
        outgoing_messages.enqueue(task.course, "RegisterExercise", {"exercisePath": task.path, **_exercise_body(task)})
    else:
        registrations.register_exercise(wire_ids(task.course), exercise_path=task.path, **_exercise_fields(task))


def modify_exercise(before: Task, task: Task) -> None:
    """Announce another source folder, repository path or keywords; the path of the exercise is unchanged."""
    if is_remote():
        old = {f"old{name[0].upper()}{name[1:]}": value for name, value in _exercise_body(before).items()}
        body = {"exercisePath": task.path, **old, **_exercise_body(task)}
        outgoing_messages.enqueue(task.course, "ModifyExercise", body)
    else:
        registrations.modify_exercise(
            wire_ids(task.course),
            exercise_path=task.path,
            repo_path=task.repo_path,
            source_folder_path=task.source_folder_path,
            completion_keywords=task.completion_keywords,
        )


def delete_exercise(task: Task) -> None:
    """Announce that an exercise is no longer watched."""
    if is_remote():
        outgoing_messages.enqueue(task.course, "DeleteExercise", {"exercisePath": task.path, **_exercise_body(task)})
    else:
        registrations.delete_exercise(wire_ids(task.course), exercise_path=task.path)


def register_repository(repository: StudentRepository, *, afresh: bool = False, confirmed: bool = False) -> None:
    """Announce a student's repository.

    afresh: earlier events about this path no longer count, so gitsync sends everything again. A Git module elsewhere
        does not do that: the contract has no such message.

    confirmed: whether the teacher says that the repository is the student's. Where only the student says so and the
        public cannot read it, it is hidden until the teacher confirms it (`repository_confirmation`).
    """
    enrolment = repository.enrolment
    if is_remote():
        outgoing_messages.enqueue(enrolment.course, "RegisterGitRepo", _repository_body(repository))
    else:
        registrations.register_repository(
            wire_ids(enrolment.course),
            group_id=_group_id(enrolment),
            student_id=enrolment.person.username,
            repo_path=repository.repo_path,
            repo_url=repository.url,
            afresh=afresh,
            confirmed=confirmed,
        )


def delete_repository(repository: StudentRepository) -> None:
    """Announce that a student's repository is removed."""
    enrolment = repository.enrolment
    if is_remote():
        outgoing_messages.enqueue(enrolment.course, "DeleteGitRepo", _repository_body(repository))
    else:
        registrations.delete_repository(
            wire_ids(enrolment.course),
            student_id=enrolment.person.username,
            repo_path=repository.repo_path,
            repo_url=repository.url,
        )


def commits(repository: StudentRepository) -> dict[str, Any]:
    """Return the CommitListModel of one repository as it is now.

    With a Git module elsewhere this is an HTTP request: call it in a task. It raises requests.RequestException or
    ValueError then.
    """
    enrolment = repository.enrolment
    if is_remote():
        body = {
            "studentId": enrolment.person.username,
            "repoPath": repository.repo_path,
            "fromDate": -1,
            "toDate": -1,
        }
        return outgoing_messages.query(enrolment.course, "GetCommitsForRepo", body)
    request = CommitsRequest(
        wire_ids(enrolment.course),
        _group_id(enrolment),
        enrolment.person.username,
        "repoPath",
        repository.repo_path,
    )
    return commit_lists.commits_for_repo(request)


def hook_address(course: Course) -> HookAddress:
    """Return the URL where a forge reports pushes: the course's own, or that of the Git module elsewhere.

    The course's own hook address is created when it is first shown.
    """
    if is_remote():
        return HookAddress(f"{settings.GIT_MODULE_URL.rstrip('/')}/_git_hook")
    row = hook_addresses.hook_address_of(wire_ids(course))
    return HookAddress(f"{settings.PUBLIC_URL.rstrip('/')}/hooks/{row.token}/", row.secret)


def renew_hook_address(course: Course, actor: User) -> None:
    """Replace the course's URL and secret. Raises Unknown where the Git module is elsewhere."""
    if is_remote():
        raise Unknown("unknown", _("The Git module is elsewhere and has its own hook address."))
    hook_addresses.renew_hook_address(wire_ids(course), actor)


def rewrites(enrolment: Enrolment) -> list[Rewrite]:
    """Return the forced pushes of this student; nothing where the Git module is elsewhere."""
    return [] if is_remote() else sync_history.rewrites(wire_ids(enrolment.course), enrolment.person.username)


def repository_histories(enrolment: Enrolment) -> dict[str, RepositoryHistory]:
    """Return how each repository of a student was registered (before, and by whom else), by its path in the course.

    Empty when the Git module is another installation.
    """
    return (
        {} if is_remote() else sync_history.repository_histories(wire_ids(enrolment.course), enrolment.person.username)
    )


def wire_ids(course: Course) -> CourseIds:
    """Return the ids of a course on the wire."""
    return CourseIds(course.teacher.username, course.semester.semester_id, course.course_id)


def _exercise_fields(task: Task) -> dict[str, str]:
    return {
        "repo_path": task.repo_path,
        "source_folder_path": task.source_folder_path,
        "completion_keywords": task.completion_keywords,
    }


def _exercise_body(task: Task) -> dict[str, str]:
    return {
        "repoPath": task.repo_path,
        "sourceFolderPath": task.source_folder_path,
        "completionKeywords": task.completion_keywords,
    }


def _repository_body(repository: StudentRepository) -> dict[str, str]:
    group = _group_id(repository.enrolment)
    return {
        **({"groupId": group} if group else {}),
        "studentId": repository.enrolment.person.username,
        "repoPath": repository.repo_path,
        "repoUrl": repository.url,
    }


def _group_id(enrolment: Enrolment) -> str:
    return enrolment.group.group_id if enrolment.group else ""
