"""One short function per message and request of the Git wire: read, check who asks, call one verb, answer."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from django.utils.translation import gettext as _

from gitsync.domain import registrations
from gitsync.models import Request
from gitsync.queries import commit_lists, student_summaries
from gitsync.rules.permissions import is_teacher_only, must_act_for, must_teach
from gitsync.values import CommitsRequest
from gitsync.wire import parsing
from kernel.errors import Malformed, Refused

Body = dict[str, Any]
Handler = Callable[[Any, Body], Body]


def handle(user: Any, body: Body) -> Body:
    """The answer to one body from one caller; refusals are raised."""
    name = body.get("_C")
    if not isinstance(name, str) or not name:
        raise Malformed("missing", _("%(field)s is missing.") % {"field": "_C"}, field="_C")
    handler = HANDLERS.get(name)
    if handler is None:
        raise Refused("unknown_message", _("This message is not known here."), field="_C", status=501)
    return handler(user, body)


def register_exercise(user: Any, body: Body) -> Body:
    told = parsing.read_exercise(body)
    must_teach(user, told.course.teacher_id)
    return _accepted(
        registrations.register_exercise(
            told.course,
            group_id=told.group_id or "",
            exercise_path=told.exercise_path,
            repo_path=told.repo_path or "/",
            source_folder_path=told.source_folder_path or "/",
            completion_keywords=told.completion_keywords or "",
        )
    )


def modify_exercise(user: Any, body: Body) -> Body:
    told = parsing.read_changed_exercise(body)
    must_teach(user, told.course.teacher_id)
    return _accepted(
        registrations.modify_exercise(
            told.course,
            group_id=told.group_id,
            exercise_path=told.exercise_path,
            repo_path=told.repo_path,
            source_folder_path=told.source_folder_path,
            completion_keywords=told.completion_keywords,
            old=told.old,
        )
    )


def delete_exercise(user: Any, body: Body) -> Body:
    told = parsing.read_named_exercise(body)
    must_teach(user, told.course.teacher_id)
    return _accepted(
        registrations.delete_exercise(told.course, group_id=told.group_id, exercise_path=told.exercise_path)
    )


def deregister_exercise(user: Any, body: Body) -> Body:
    told = parsing.read_named_exercise(body, any_semester=True)
    must_teach(user, told.course.teacher_id)
    return _accepted(
        registrations.deregister_exercise(told.course, group_id=told.group_id, exercise_path=told.exercise_path)
    )


def register_repository_for_course(user: Any, body: Body) -> Body:
    course, repo_path = parsing.read_expected_repository(body)
    must_teach(user, course.teacher_id)
    return _accepted(registrations.expect_repository(course, repo_path=repo_path))


def register_repository(user: Any, body: Body) -> Body:
    told = parsing.read_repository(body)
    must_act_for(user, told.course.teacher_id, told.student_id)
    return _accepted(
        registrations.register_repository(
            told.course,
            group_id=told.group_id,
            student_id=told.student_id,
            repo_path=told.repo_path,
            repo_url=told.repo_url,
        )
    )


def delete_repository(user: Any, body: Body) -> Body:
    told = parsing.read_repository(body)
    must_act_for(user, told.course.teacher_id, told.student_id)
    return _accepted(
        registrations.delete_repository(
            told.course, student_id=told.student_id, repo_path=told.repo_path, repo_url=told.repo_url
        )
    )


def get_commits_for_repo(user: Any, body: Body) -> Body:
    return commit_lists.commits_for_repo(_may_ask(user, parsing.read_commits_of_repository(body)))


def get_commits_for_exercise(user: Any, body: Body) -> Body:
    return commit_lists.commits_for_exercise(_may_ask(user, parsing.read_commits_of_exercise(body)))


def get_commits_for_path(user: Any, body: Body) -> Body:
    asked = _may_ask(user, parsing.read_commits_of_one_exercise(body))
    return commit_lists.commits_for_exercise(_may_ask(user, commit_lists.with_teacher(asked)))


def get_late_students(user: Any, body: Body) -> Body:
    asked = parsing.read_question(body)
    must_teach(user, asked.course.teacher_id)
    return student_summaries.late_students(asked)


def get_student_summaries(user: Any, body: Body) -> Body:
    asked = parsing.read_question(body)
    must_teach(user, asked.course.teacher_id)
    return student_summaries.student_summaries(asked)


def _may_ask(user: Any, asked: CommitsRequest) -> CommitsRequest:
    must_act_for(user, asked.course.teacher_id, asked.student_id)
    return replace(asked, every_teacher=not is_teacher_only(user))


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
    # what the originals sent besides
    "DeRegisterExercise": deregister_exercise,
    "RegisterGitRepoForTeacher": register_repository_for_course,
    "GetCommitsForPath": get_commits_for_path,
    "GetCommitsForPathAndTimePeriod": get_commits_for_path,
}
