"""Commands behind the messages about exercises: watch them, and expect repositories at a path of the course.

Each command locks the course's row first and does all of its work in one transaction, with its Request row.
"""

import logging

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from gitsync.models import CourseKey, ExpectedRepository, Request, WatchedExercise
from gitsync.syncing import accepted_messages
from gitsync.values import CourseIds
from kernel import task_queue
from kernel.database.text_hash import text_hash
from kernel.errors import Malformed

log = logging.getLogger(__name__)
OldValues = tuple[str | None, str | None, str | None]  # repo_path, source_folder_path, completion_keywords


@transaction.atomic
def register_exercise(
    course: CourseIds,
    *,
    group_id: str = "",
    exercise_path: str,
    repo_path: str = "/",
    source_folder_path: str,
    completion_keywords: str,
) -> Request:
    """Watch an exercise in one group ("" is the whole course), in place of the group's former one at this path."""
    key = lock_course(course)
    values = {
        "repo_path": repo_path,
        "source_folder_path": source_folder_path,
        "completion_keywords": completion_keywords,
    }
    rows = _exercises(key, exercise_path).filter(group_id=group_id)
    changed = _update(rows, values) if rows else _create(key, group_id, exercise_path, values)
    body = message_body(course, groupId=group_id, exercisePath=exercise_path, **_wire_keys(values))
    return _accept_change("RegisterExercise", body, key, changed=changed)


@transaction.atomic
def modify_exercise(
    course: CourseIds,
    *,
    group_id: str | None = None,
    exercise_path: str,
    repo_path: str | None = None,
    source_folder_path: str | None = None,
    completion_keywords: str | None = None,
    old: OldValues = (None, None, None),
) -> Request:
    """Change an exercise in one group, or in every group when `group_id` is None. A value of None stays as it is.

    old: the values that the sender believes are stored; a difference is logged.

    An unknown exercise is created.
    """
    key = lock_course(course)
    arguments = {
        "repo_path": repo_path,
        "source_folder_path": source_folder_path,
        "completion_keywords": completion_keywords,
    }
    values = {name: value for name, value in arguments.items() if value is not None}
    rows = _exercises(key, exercise_path)
    if group_id is not None:
        rows = rows.filter(group_id=group_id)
    for row in rows:
        stored = (row.repo_path, row.source_folder_path, row.completion_keywords)
        if any(expected is not None and expected != value for expected, value in zip(old, stored, strict=True)):
            log.warning("ModifyExercise %s of course %s: old values are not the stored ones", exercise_path, key)
    changed = _update(rows, values) if rows else _create(key, group_id or "", exercise_path, values)
    body = message_body(course, groupId=group_id, exercisePath=exercise_path, **_wire_keys(values))
    return _accept_change("ModifyExercise", body, key, changed=changed)


@transaction.atomic
def delete_exercise(course: CourseIds, *, group_id: str | None = None, exercise_path: str) -> Request:
    """Stop watching an exercise in one group, or in every group when `group_id` is None. It may be unknown."""
    key = lock_course(course)
    rows = _exercises(key, exercise_path)
    if group_id is not None:
        rows = rows.filter(group_id=group_id)
    removed, _by_kind = rows.delete()
    body = message_body(course, groupId=group_id, exercisePath=exercise_path)
    return _accept_change("DeleteExercise", body, key, changed=removed > 0)


@transaction.atomic
def deregister_exercise(course: CourseIds, *, group_id: str | None = None, exercise_path: str) -> Request:
    """Do as `delete_exercise`; without a semester, take the one where the exercise is watched.

    Raises Malformed when several semesters watch it: a guess could delete another semester's exercise.
    """
    if course.semester_id:
        return delete_exercise(course, group_id=group_id, exercise_path=exercise_path)
    rows = WatchedExercise.objects.filter(
        course__teacher_id=course.teacher_id,
        course__course_id=course.course_id,
        exercise_path_hash=text_hash(exercise_path),
    )
    if group_id is not None:
        rows = rows.filter(group_id=group_id)
    semesters = set(rows.values_list("course__semester_id", flat=True))
    if len(semesters) > 1:
        raise Malformed("missing", _("%(field)s is missing.") % {"field": "semesterId"}, field="semesterId")
    if not semesters:
        body = message_body(course, groupId=group_id, exercisePath=exercise_path)
        return accepted_messages.accept("DeleteExercise", body, follow_up=False)
    watching = CourseIds(course.teacher_id, semesters.pop(), course.course_id)
    return delete_exercise(watching, group_id=group_id, exercise_path=exercise_path)


@transaction.atomic
def expect_repository(course: CourseIds, *, repo_path: str) -> Request:
    """Expect every student of the course to register a repository at this path."""
    key = lock_course(course)
    ExpectedRepository.objects.get_or_create(
        course=key, repo_path_hash=text_hash(repo_path), defaults={"repo_path": repo_path}
    )
    return accepted_messages.accept(
        "RegisterGitRepoForCourse", message_body(course, repoPath=repo_path), course=key, follow_up=False
    )


def lock_course(course: CourseIds) -> CourseKey:
    """Return the course's row, locked; it is created when the course is new."""
    key, _is_new = CourseKey.objects.get_or_create(**course.lookups())
    return CourseKey.objects.select_for_update().get(pk=key.pk)


def message_body(course: CourseIds, **values: str | None) -> dict[str, str]:
    """Return the body that is kept of an accepted message, without the values that are None."""
    ids = {"teacherId": course.teacher_id, "semesterId": course.semester_id, "courseId": course.course_id}
    return ids | {name: value for name, value in values.items() if value is not None}


def _exercises(key: CourseKey, exercise_path: str) -> QuerySet[WatchedExercise]:
    return WatchedExercise.objects.filter(course=key, exercise_path_hash=text_hash(exercise_path))


def _create(key: CourseKey, group_id: str, exercise_path: str, values: dict[str, str]) -> bool:
    WatchedExercise.objects.create(
        course=key,
        group_id=group_id,
        exercise_path=exercise_path,
        exercise_path_hash=text_hash(exercise_path),
        **values,
    )
    return True


def _update(rows: QuerySet[WatchedExercise], values: dict[str, str]) -> bool:
    """Set the values in every row; return whether any row has changed."""
    different = [row for row in rows if any(getattr(row, name) != value for name, value in values.items())]
    if different:
        WatchedExercise.objects.filter(pk__in=[row.pk for row in different]).update(**values)
    return bool(different)


def _accept_change(kind: str, body: dict[str, str], key: CourseKey, *, changed: bool) -> Request:
    """Write the Request of a message about exercises: it is done when every registration is matched again."""
    follow_up = changed and key.registrations.exists()
    request = accepted_messages.accept(kind, body, course=key, follow_up=follow_up)
    if follow_up:
        task_queue.queue_after_commit("gitsync.tasks.rematch_course", key.pk)
    return request


def _wire_keys(values: dict[str, str]) -> dict[str, str]:
    names = {
        "repo_path": "repoPath",
        "source_folder_path": "sourceFolderPath",
        "completion_keywords": "completionKeywords",
    }
    return {names[name]: value for name, value in values.items()}
