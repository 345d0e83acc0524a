"""The one seam to the Git module: the verbs of gitsync in this installation, or the contract's messages over HTTP
to GIT_MODULE_URL. Always called in the transaction of the change that it tells.
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
from gitsync.queries.sync_history import FirstCompletion, RepositoryHistory, Rewrite
from gitsync.rules import repository_url
from gitsync.rules.repository_url import CanonicalUrl
from gitsync.values import CommitsRequest, CourseIds
from kernel.errors import Malformed, Unknown


@dataclass(frozen=True)
class Hook:
    """What to paste at a forge. `secret` is "" where the Git module is elsewhere: it checks none of ours."""

    url: str
    secret: str = ""


def is_remote() -> bool:
    return bool(settings.GIT_MODULE_URL)


def check_url(url: str) -> CanonicalUrl:
    """The place a URL means, or Malformed (field `url`, not the wire's word) saying why it is none. No network."""
    try:
        place = repository_url.parse(url)
    except Malformed as refusal:
        raise Malformed(refusal.code, refusal.message, field="url") from refusal
    if meant := repository_url.repository_of_page(place):
        sentence = _("This is a page inside a repository. Give the address of the repository: %(url)s")
        raise Malformed("bad_url", sentence % {"url": meant}, field="url")
    return place


def same_repository(one: str, other: str) -> bool:
    """Whether two URLs mean one repository: `.git` or not, another letter case where the forge ignores it."""
    if one == other:
        return True  # even where the settings would not let it in any more
    try:
        places = [repository_url.parse(url) for url in (one, other)]
    except Malformed:
        return False
    return len({(place.host, place.path) for place in places}) == 1


def expect_repository(task: Task) -> None:
    if is_remote():
        outgoing_messages.enqueue(task.course, "RegisterGitRepoForCourse", {"repoPath": task.path})
    else:
        registrations.expect_repository(_ids(task.course), repo_path=task.path)


def register_exercise(task: Task) -> None:
    if is_remote():
        outgoing_messages.enqueue(task.course, "RegisterExercise", {"exercisePath": task.path, **_watched(task)})
    else:
        registrations.register_exercise(_ids(task.course), exercise_path=task.path, **_fields(task))


def modify_exercise(before: Task, task: Task) -> None:
    """Another folder, place or keywords; the path is the same."""
    if is_remote():
        old = {f"old{name[0].upper()}{name[1:]}": value for name, value in _watched(before).items()}
        body = {"exercisePath": task.path, **old, **_watched(task)}
        outgoing_messages.enqueue(task.course, "ModifyExercise", body)
    else:
        registrations.modify_exercise(
            _ids(task.course),
            exercise_path=task.path,
            repo_path=task.repo_path,
            source_folder_path=task.source_folder_path,
            completion_keywords=task.completion_keywords,
        )


def delete_exercise(task: Task) -> None:
    if is_remote():
        outgoing_messages.enqueue(task.course, "DeleteExercise", {"exercisePath": task.path, **_watched(task)})
    else:
        registrations.delete_exercise(_ids(task.course), exercise_path=task.path)


def register_repository(repository: StudentRepository, *, afresh: bool = False) -> None:
    """`afresh`: what was told of this place counts no more. A module elsewhere is not asked to say it again."""
    enrolment = repository.enrolment
    if is_remote():
        outgoing_messages.enqueue(enrolment.course, "RegisterGitRepo", _repository(repository))
    else:
        registrations.register_repository(
            _ids(enrolment.course),
            group_id=_group_id(enrolment),
            student_id=enrolment.person.username,
            repo_path=repository.repo_path,
            repo_url=repository.url,
            afresh=afresh,
        )


def delete_repository(repository: StudentRepository) -> None:
    enrolment = repository.enrolment
    if is_remote():
        outgoing_messages.enqueue(enrolment.course, "DeleteGitRepo", _repository(repository))
    else:
        registrations.delete_repository(
            _ids(enrolment.course),
            student_id=enrolment.person.username,
            repo_path=repository.repo_path,
            repo_url=repository.url,
        )


def commits(repository: StudentRepository) -> dict[str, Any]:
    """The CommitListModel of one repository as it is now. Over the wire this is a request: call it in a task."""
    enrolment = repository.enrolment
    if is_remote():
        body = {
            "studentId": enrolment.person.username,
            "repoPath": repository.repo_path,
            "fromDate": -1,
            "toDate": -1,
        }
        return outgoing_messages.ask(enrolment.course, "GetCommitsForRepo", body)
    asked = CommitsRequest(
        _ids(enrolment.course),
        _group_id(enrolment),
        enrolment.person.username,
        "repoPath",
        repository.repo_path,
    )
    return commit_lists.commits_for_repo(asked)


def hook(course: Course) -> Hook:
    """Where a forge tells of pushes: the course's own address, or that of the Git module which reads elsewhere.

    The course's own is made when it is first shown.
    """
    if is_remote():
        return Hook(f"{settings.GIT_MODULE_URL.rstrip('/')}/_git_hook")
    door = hook_addresses.hook_address_of(_ids(course))
    return Hook(f"{settings.PUBLIC_URL.rstrip('/')}/hooks/{door.token}/", door.secret)


def renew_hook(course: Course, actor: User) -> None:
    """Another address and secret for the course. Raises Unknown where the Git module is elsewhere."""
    if is_remote():
        raise Unknown("unknown", _("The Git module is elsewhere, with an address of its own."))
    hook_addresses.renew_hook_address(_ids(course), actor)


def first_completions(task: Task) -> dict[str, FirstCompletion]:
    """Return the first completions of an exercise by user name; nothing where the Git module is elsewhere."""
    return {} if is_remote() or not task.is_exercise else sync_history.first_completions(_ids(task.course), task.path)


def rewrites(enrolment: Enrolment) -> list[Rewrite]:
    """Return the forced pushes of this student; nothing where the Git module is elsewhere."""
    return [] if is_remote() else sync_history.rewrites(_ids(enrolment.course), enrolment.person.username)


def repository_histories(enrolment: Enrolment) -> dict[str, RepositoryHistory]:
    """Return the history of each repository by its path; nothing where the Git module is elsewhere."""
    return {} if is_remote() else sync_history.repository_histories(_ids(enrolment.course), enrolment.person.username)


def _ids(course: Course) -> CourseIds:
    return CourseIds(course.teacher.username, course.semester.semester_id, course.course_id)


def _fields(task: Task) -> dict[str, str]:
    return {
        "repo_path": task.repo_path,
        "source_folder_path": task.source_folder_path,
        "completion_keywords": task.completion_keywords,
    }


def _watched(task: Task) -> dict[str, str]:
    return {
        "repoPath": task.repo_path,
        "sourceFolderPath": task.source_folder_path,
        "completionKeywords": task.completion_keywords,
    }


def _repository(repository: StudentRepository) -> dict[str, str]:
    group = _group_id(repository.enrolment)
    return {
        **({"groupId": group} if group else {}),
        "studentId": repository.enrolment.person.username,
        "repoPath": repository.repo_path,
        "repoUrl": repository.url,
    }


def _group_id(enrolment: Enrolment) -> str:
    return enrolment.group.group_id if enrolment.group else ""
