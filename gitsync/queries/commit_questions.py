"""GetCommitsForRepo and GetCommitsForExercise, answered from stored rows in a fixed number of SQL queries.

Only commits reachable now are listed.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from gitsync.models import Commit, Completion, Match, Registration
from gitsync.queries import answer_models
from gitsync.queries.commit_json import commit_bodies
from gitsync.values import EVERY_COURSE, NO_DATE, CommitsRequest
from kernel.database.text_hash import text_hash
from kernel.errors import Malformed
from kernel.ids import is_under


def commits_for_repo(asked: CommitsRequest) -> dict[str, Any]:
    """A CommitListModel of the student's repositories at the path; "/" = all, recursive = those below it too."""
    registrations = [one for one in _of_student(asked) if _concerns(one.repo_path, asked)]
    commits = _reachable(registrations, asked)
    return answer_models.commit_list_model(asked, commit_bodies(registrations, commits))


def commits_for_exercise(asked: CommitsRequest) -> dict[str, Any]:
    """A CommitListModel of the commits that touch or complete the exercise; "/" = any exercise."""
    registrations = _of_student(asked)
    matches = Match.objects.filter(registration__in=registrations, reason__in=Match.MATCHED)
    completions = Completion.objects.filter(registration__in=registrations)
    hashes = [text_hash(path) for path in _exercises(asked, matches, completions)]
    touching = matches.filter(exercise_path_hash__in=hashes).values("file__commit")
    completing = completions.filter(exercise_path_hash__in=hashes).values("commit")
    commits = _reachable(registrations, asked).filter(Q(pk__in=touching) | Q(pk__in=completing))
    return answer_models.commit_list_model(asked, commit_bodies(registrations, commits))


def with_teacher(asked: CommitsRequest) -> CommitsRequest:
    """The same question with the teacher whom the original does not say: the only one of this student's
    registrations in that course. Raises Malformed when there is none, or more than one.
    """
    if asked.course.teacher_id or _is_of_all(asked):
        return asked
    rows = Registration.objects.filter(
        student__student_id=asked.student_id,
        course__semester_id=asked.course.semester_id,
        course__course_id=asked.course.course_id,
    )
    teachers = set(rows.values_list("course__teacher_id", flat=True))
    if len(teachers) != 1:
        raise Malformed("missing", _("%(field)s is missing.") % {"field": "teacherId"}, field="teacherId")
    return replace(asked, course=replace(asked.course, teacher_id=teachers.pop()))


def _of_student(asked: CommitsRequest) -> list[Registration]:
    """The student's registrations, by course and path. The group is echoed, not asked: a student has one."""
    rows = Registration.objects.filter(
        student__student_id=asked.student_id, course__semester_id=asked.course.semester_id
    )
    if not _is_of_all(asked):
        rows = rows.filter(course__teacher_id=asked.course.teacher_id)
    if asked.course.course_id != EVERY_COURSE:
        rows = rows.filter(course__course_id=asked.course.course_id)
    return sorted(rows.select_related("course"), key=lambda row: (row.course.course_id, row.repo_path, row.pk))


def _is_of_all(asked: CommitsRequest) -> bool:
    """Whether the question is about all the student's courses of the semester, whoever teaches them."""
    return asked.every_teacher and asked.course.course_id == EVERY_COURSE


def _exercises(asked: CommitsRequest, *rows: QuerySet[Any]) -> Iterable[str]:
    """The exercises asked about: those of these rows that lie there, or the one that is named."""
    if asked.path != "/" and not asked.recursive:
        return [asked.path]
    first, *others = (of_one.order_by().values_list("exercise_path", flat=True) for of_one in rows)
    return [path for path in first.union(*others) if _concerns(path, asked)]


def _concerns(path: str, asked: CommitsRequest) -> bool:
    return asked.path == "/" or path == asked.path or (asked.recursive and is_under(path, asked.path))


def _reachable(registrations: Sequence[Registration], asked: CommitsRequest) -> QuerySet[Commit]:
    commits = Commit.objects.filter(repository__in=_repository_ids(registrations), reachable=True)
    if asked.from_date != NO_DATE:
        commits = commits.filter(author_time__gte=asked.from_date)
    if asked.to_date != NO_DATE:
        commits = commits.filter(author_time__lte=asked.to_date)
    return commits.order_by("author_time", "sha")


def _repository_ids(registrations: Iterable[Registration]) -> list[int]:
    return sorted({registration.repository_id for registration in registrations})
