"""The verbs behind the messages about exercises: what is watched, and where a repository is expected."""

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
Old = tuple[str | None, str | None, str | None]


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
    """Watch an exercise in one group ("" = the whole course); what was there at its path is replaced."""
    key = locked_course(course)
    wanted = {
        "repo_path": repo_path,
        "source_folder_path": source_folder_path,
        "completion_keywords": completion_keywords,
    }
    rows = _exercises(key, exercise_path).filter(group_id=group_id)
    changed = _set(rows, wanted) if rows else _watch(key, group_id, exercise_path, wanted)
    body = message_body(course, groupId=group_id, exercisePath=exercise_path, **_as_wire(wanted))
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
    old: Old = (None, None, None),
) -> Request:
    """Change what is said (None = as it is) of one group's row, or without a group of every row of the path.

    An unknown exercise is created. `old` values (in the order of the new ones) that are not what is stored are logged.
    """
    key = locked_course(course)
    said = {
        "repo_path": repo_path,
        "source_folder_path": source_folder_path,
        "completion_keywords": completion_keywords,
    }
    wanted = {name: value for name, value in said.items() if value is not None}
    rows = _exercises(key, exercise_path)
    if group_id is not None:
        rows = rows.filter(group_id=group_id)
    for row in rows:
        stored = (row.repo_path, row.source_folder_path, row.completion_keywords)
        if any(was is not None and was != now for was, now in zip(old, stored, strict=True)):
            log.warning("ModifyExercise %s of course %s: old values are not the stored ones", exercise_path, key)
    changed = _set(rows, wanted) if rows else _watch(key, group_id or "", exercise_path, wanted)
    body = message_body(course, groupId=group_id, exercisePath=exercise_path, **_as_wire(wanted))
    return _accept_change("ModifyExercise", body, key, changed=changed)


@transaction.atomic
def delete_exercise(course: CourseIds, *, group_id: str | None = None, exercise_path: str) -> Request:
    """Watch an exercise no longer, in one group, or without a group in all. Unknown is fine."""
    key = locked_course(course)
    rows = _exercises(key, exercise_path)
    if group_id is not None:
        rows = rows.filter(group_id=group_id)
    removed, _by_kind = rows.delete()
    body = message_body(course, groupId=group_id, exercisePath=exercise_path)
    return _accept_change("DeleteExercise", body, key, changed=removed > 0)


@transaction.atomic
def deregister_exercise(course: CourseIds, *, group_id: str | None = None, exercise_path: str) -> Request:
    """As `delete_exercise`, also where the semester is not said: then it is the one where the exercise is watched.

    Raises Malformed when that is so in several: another semester's exercise must not be lost by a guess.
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
    found = CourseIds(course.teacher_id, semesters.pop(), course.course_id)
    return delete_exercise(found, group_id=group_id, exercise_path=exercise_path)


@transaction.atomic
def expect_repository(course: CourseIds, *, repo_path: str) -> Request:
    """Every student of the course is expected to register a repository at this path."""
    key = locked_course(course)
    ExpectedRepository.objects.get_or_create(
        course=key, repo_path_hash=text_hash(repo_path), defaults={"repo_path": repo_path}
    )
    return accepted_messages.accept(
        "RegisterGitRepoForCourse", message_body(course, repoPath=repo_path), course=key, follow_up=False
    )


def locked_course(course: CourseIds) -> CourseKey:
    """The course's row, made if it is new; every verb locks it first."""
    key, _made = CourseKey.objects.get_or_create(**course.lookups())
    return CourseKey.objects.select_for_update().get(pk=key.pk)


def message_body(course: CourseIds, **values: str | None) -> dict[str, str]:
    """What is kept of an accepted message; what was not said is left out."""
    ids = {"teacherId": course.teacher_id, "semesterId": course.semester_id, "courseId": course.course_id}
    return ids | {name: value for name, value in values.items() if value is not None}


def _exercises(key: CourseKey, exercise_path: str) -> QuerySet[WatchedExercise]:
    return WatchedExercise.objects.filter(course=key, exercise_path_hash=text_hash(exercise_path))


def _watch(key: CourseKey, group_id: str, exercise_path: str, values: dict[str, str]) -> bool:
    WatchedExercise.objects.create(
        course=key,
        group_id=group_id,
        exercise_path=exercise_path,
        exercise_path_hash=text_hash(exercise_path),
        **values,
    )
    return True


def _set(rows: QuerySet[WatchedExercise], values: dict[str, str]) -> bool:
    """Whether any row was not so already."""
    others = [row for row in rows if any(getattr(row, name) != value for name, value in values.items())]
    if others:
        WatchedExercise.objects.filter(pk__in=[row.pk for row in others]).update(**values)
    return bool(others)


def _accept_change(kind: str, body: dict[str, str], key: CourseKey, *, changed: bool) -> Request:
    """The Request of a message about exercises: it is done once every registration has been matched anew."""
    follow_up = changed and key.registrations.exists()
    request = accepted_messages.accept(kind, body, course=key, follow_up=follow_up)
    if follow_up:
        task_queue.queue_after_commit("gitsync.tasks.rematch_course", key.pk)
    return request


def _as_wire(values: dict[str, str]) -> dict[str, str]:
    names = {
        "repo_path": "repoPath",
        "source_folder_path": "sourceFolderPath",
        "completion_keywords": "completionKeywords",
    }
    return {names[name]: value for name, value in values.items()}
