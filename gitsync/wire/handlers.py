"""One function per message and request of the Git wire: parse, check the caller, call one command or query, answer."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from django.utils.translation import gettext as _

from accounts.principals import Principal
from gitsync.domain import registrations
from gitsync.models import Request
from gitsync.queries import commit_lists, student_summaries
from gitsync.rules.permissions import is_student, is_teacher_only, must_act_for, must_teach, teaches
from gitsync.values import EVERY_COURSE, CommitsRequest
from gitsync.wire import parsing
from kernel.errors import Malformed, Refused

Body = dict[str, Any]
Handler = Callable[[Principal, Body], Body]


def handle(caller: Principal, body: Body) -> Body:
    """Answer one message or request.

    Raises kernel.errors.Refused: Malformed, NotAllowed, or 501 for a name that is not in the contract.
    """
    name = body.get("_C")
    if not isinstance(name, str) or not name:
        raise Malformed("missing", _("%(field)s is missing.") % {"field": "_C"}, field="_C")
    handler = HANDLERS.get(name)
    if handler is None:
        raise Refused("unknown_message", _("This message is not known here."), field="_C", status=501)
    return handler(caller, body)


def register_exercise(caller: Principal, body: Body) -> Body:
    message = parsing.read_exercise(body)
    must_teach(caller, message.course.teacher_id)
    return _accepted(
        registrations.register_exercise(
            message.course,
            group_id=message.group_id or "",
            exercise_path=message.exercise_path,
            repo_path=message.repo_path or "/",
            source_folder_path=message.source_folder_path or "/",
            completion_keywords=message.completion_keywords or "",
        )
    )


def modify_exercise(caller: Principal, body: Body) -> Body:
    message = parsing.read_changed_exercise(body)
    must_teach(caller, message.course.teacher_id)
    return _accepted(
        registrations.modify_exercise(
            message.course,
            group_id=message.group_id,
            exercise_path=message.exercise_path,
            repo_path=message.repo_path,
            source_folder_path=message.source_folder_path,
            completion_keywords=message.completion_keywords,
            old=message.old,
        )
    )


def delete_exercise(caller: Principal, body: Body) -> Body:
    message = parsing.read_named_exercise(body)
    must_teach(caller, message.course.teacher_id)
    return _accepted(
        registrations.delete_exercise(message.course, group_id=message.group_id, exercise_path=message.exercise_path)
    )


def deregister_exercise(caller: Principal, body: Body) -> Body:
    message = parsing.read_named_exercise(body, any_semester=True)
    must_teach(caller, message.course.teacher_id)
    return _accepted(
        registrations.deregister_exercise(
            message.course, group_id=message.group_id, exercise_path=message.exercise_path
        )
    )


def register_repository_for_course(caller: Principal, body: Body) -> Body:
    course, repo_path = parsing.read_expected_repository(body)
    must_teach(caller, course.teacher_id)
    return _accepted(registrations.expect_repository(course, repo_path=repo_path))


def register_repository(caller: Principal, body: Body) -> Body:
    message = parsing.read_repository(body)
    must_act_for(caller, message.course, message.student_id, message.repo_path, message.group_id)
    return _accepted(
        registrations.register_repository(
            message.course,
            group_id=message.group_id,
            student_id=message.student_id,
            repo_path=message.repo_path,
            repo_url=message.repo_url,
            confirmed=teaches(caller, message.course.teacher_id),
        )
    )


def delete_repository(caller: Principal, body: Body) -> Body:
    message = parsing.read_repository(body)
    must_act_for(caller, message.course, message.student_id, message.repo_path, message.group_id or None)
    return _accepted(
        registrations.delete_repository(
            message.course, student_id=message.student_id, repo_path=message.repo_path, repo_url=message.repo_url
        )
    )


def get_commits_for_repo(caller: Principal, body: Body) -> Body:
    return commit_lists.commits_for_repo(_authorized(caller, parsing.read_commits_of_repository(body)))


def get_commits_for_exercise(caller: Principal, body: Body) -> Body:
    return commit_lists.commits_for_exercise(_authorized(caller, parsing.read_commits_of_exercise(body)))


def get_commits_for_path(caller: Principal, body: Body) -> Body:
    request = _authorized(caller, parsing.read_commits_of_one_exercise(body))
    return commit_lists.commits_for_exercise(_authorized(caller, commit_lists.with_teacher(request)))


def get_late_students(caller: Principal, body: Body) -> Body:
    request = parsing.read_exercise_request(body)
    must_teach(caller, request.course.teacher_id)
    return student_summaries.late_students(request)


def get_student_summaries(caller: Principal, body: Body) -> Body:
    request = parsing.read_exercise_request(body)
    must_teach(caller, request.course.teacher_id)
    return student_summaries.student_summaries(request)


def _authorized(caller: Principal, request: CommitsRequest) -> CommitsRequest:
    """Check that the caller may read these commits, and add whose courses they may see. Raises NotAllowed."""
    must_act_for(caller, request.course, request.student_id, group_id=request.group_id or None)
    enrolled_only = is_student(caller) and request.course.course_id == EVERY_COURSE
    return replace(request, every_teacher=not is_teacher_only(caller), enrolled_only=enrolled_only)


def _accepted(request: Request) -> Body:
    return {"request_id": request.pk}


HANDLERS: dict[str, Handler] = {
    "RegisterExercise": register_exercise,
    "ModifyExercise": modify_exercise,
    "DeleteExercise": delete_exercise,
    "RegisterGitRepoForCourse": register_repository_for_course,
    "RegisterGitRepo": register_repository,
    "DeleteGitRepo": delete_repository,
    "GetCommitsForRepo": get_commits_for_repo,
    "GetCommitsForExercise": get_commits_for_exercise,
    "GetLateStudents": get_late_students,
    "GetStudentSummaries": get_student_summaries,
    # names that only the original programs sent
    "DeRegisterExercise": deregister_exercise,
    "RegisterGitRepoForTeacher": register_repository_for_course,
    "GetCommitsForPath": get_commits_for_path,
    "GetCommitsForPathAndTimePeriod": get_commits_for_path,
}
