"""Answer GetCommitsForRepo and GetCommitsForExercise from stored rows.

The number of SQL queries is fixed; for a student, one more for each course of the answer.

The lists contain only commits that the branch contains now.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from gitsync.models import Commit, Registration
from gitsync.queries import response_models
from gitsync.queries.commit_json import commits_as_json
from gitsync.queries.commit_rows import JsonCommit, commits_of_exercise
from gitsync.rules.enrolment import is_enrolled
from gitsync.values import EVERY_COURSE, NO_DATE, CommitsRequest, CourseIds
from kernel.errors import Malformed
from kernel.ids import is_under


def commits_for_repo(request: CommitsRequest) -> dict[str, Any]:
    """Return a CommitListModel of the student's repositories at the path; "/" means all.

    `recursive` adds the repositories below the path.
    """
    registrations = [row for row in _registrations(request) if _is_requested(row.repo_path, request)]
    commits = list(map(JsonCommit._make, _reachable_commits(registrations, request).values_list(*JsonCommit._fields)))
    return response_models.commit_list_model(request, commits_as_json(registrations, commits))


def commits_for_exercise(request: CommitsRequest) -> dict[str, Any]:
    """Return a CommitListModel of the commits that touch or complete the exercise.

    The path "/" means any exercise.

    `recursive` adds the exercises below it.
    """
    registrations = _registrations(request)
    keys = [registration.pk for registration in registrations]
    commits = commits_of_exercise(keys, _repository_ids(registrations), request)
    return response_models.commit_list_model(request, commits_as_json(registrations, commits))


def with_teacher(request: CommitsRequest) -> CommitsRequest:
    """Return the request with the teacher that the originals do not send.

    It is the only teacher of the student's registrations in that course. Raises Malformed when there is none, or more
    than one.
    """
    if request.course.teacher_id or _is_for_every_course(request):
        return request
    rows = Registration.objects.filter(
        student__student_id=request.student_id,
        course__semester_id=request.course.semester_id,
        course__course_id=request.course.course_id,
    )
    teachers = set(rows.values_list("course__teacher_id", flat=True))
    if len(teachers) != 1:
        raise Malformed("missing", _("%(field)s is missing.") % {"field": "teacherId"}, field="teacherId")
    return replace(request, course=replace(request.course, teacher_id=teachers.pop()))


def _registrations(request: CommitsRequest) -> list[Registration]:
    """Return the student's registrations by course and path, without the hidden ones.

    The group is not a filter: a student has only one.
    """
    rows = Registration.objects.shown().filter(
        student__student_id=request.student_id, course__semester_id=request.course.semester_id
    )
    if not _is_for_every_course(request):
        rows = rows.filter(course__teacher_id=request.course.teacher_id)
    if request.course.course_id != EVERY_COURSE:
        rows = rows.filter(course__course_id=request.course.course_id)
    registrations = list(rows.select_related("course"))
    if request.enrolled_only:
        courses = {
            CourseIds(row.course.teacher_id, row.course.semester_id, row.course.course_id): row.course_id
            for row in registrations
        }
        enrolled = {pk for ids, pk in courses.items() if is_enrolled(ids, request.student_id)}
        registrations = [row for row in registrations if row.course_id in enrolled]
    return sorted(registrations, key=lambda row: (row.course.course_id, row.repo_path, row.pk))


def _is_for_every_course(request: CommitsRequest) -> bool:
    """Return whether the request is for all courses of the semester, of any teacher."""
    return request.every_teacher and request.course.course_id == EVERY_COURSE


def _is_requested(path: str, request: CommitsRequest) -> bool:
    return request.path == "/" or path == request.path or (request.recursive and is_under(path, request.path))


def _reachable_commits(registrations: Sequence[Registration], request: CommitsRequest) -> QuerySet[Commit]:
    commits = Commit.objects.filter(repository__in=_repository_ids(registrations), reachable=True)
    if request.from_date != NO_DATE:
        commits = commits.filter(author_time__gte=request.from_date)
    if request.to_date != NO_DATE:
        commits = commits.filter(author_time__lte=request.to_date)
    return commits.order_by("author_time", "sha")


def _repository_ids(registrations: Iterable[Registration]) -> list[int]:
    return sorted({registration.repository_id for registration in registrations})
