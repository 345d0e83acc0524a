"""The work of one student for one exercise: its commits, and the files of the exercise at one of them.

Which files belong to the exercise is decided by the same rules as for commits. A hidden registration has no work.
"""

import uuid
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from django.db.models import QuerySet

from gitsync.git import store
from gitsync.git.failures import TransportFailed
from gitsync.models import Commit, CourseKey, Registration, WatchedExercise
from gitsync.queries.student_times import times_for_student
from gitsync.reading.archives import Missing, ZipStream
from gitsync.reading.files import File, StoreReader, Unreadable, open_store
from gitsync.rules.matching import Matcher
from gitsync.syncing.derived_rows import MatchableCommit, matchable_commits, matchers_of
from gitsync.values import CourseIds

NOT_READ = "the repository cannot be read"


@dataclass(frozen=True)
class WorkCommit:
    """A commit of the branch. `at` is its lateness time for this student, in epoch seconds."""

    sha: str
    at: int
    message: str


@dataclass(frozen=True)
class ExerciseWork:
    """The commits of the branch in the order of their times, and what decides which files belong to the exercise."""

    exercise_path: str
    folder: uuid.UUID
    commits: list[WorkCommit]
    matcher: Matcher

    @property
    def last(self) -> WorkCommit | None:
        return self.commits[-1] if self.commits else None

    def last_until(self, limit: float) -> WorkCommit | None:
        """Return the last commit that is not after this epoch second."""
        return next((commit for commit in reversed(self.commits) if commit.at <= limit), None)

    def commit(self, sha: str) -> WorkCommit | None:
        """Return the commit of the branch with this sha; None for any other, also where the store has it."""
        return next((commit for commit in self.commits if commit.sha == sha), None)

    def owns(self, file_name: str) -> bool:
        """Return whether a file of the repository belongs to the exercise."""
        return self.matcher.match(file_name).exercise_path == self.exercise_path

    def files(self, reader: StoreReader, sha: str) -> list[File]:
        """Return the files of the exercise at a commit, in git's order. Raises Unreadable."""
        return [file for file in reader.files(sha).files if self.owns(file.name)]

    @contextmanager
    def open(self) -> Iterator[StoreReader]:
        """Open the store; raises TransportFailed where it cannot be read."""
        with open_store(self.folder) as reader:
            yield reader


def exercise_work(course: CourseIds, student_id: str, *, repo_path: str, exercise_path: str) -> ExerciseWork | None:
    """Return the work of a student, or None without a repository that is read and shown. A fixed number of queries."""
    registration = _registrations(course).filter(student__student_id=student_id, repo_path=repo_path).first()
    return _work(registration, exercise_path) if registration else None


def zip_of_class(
    course: CourseIds, exercise_path: str, until: float, students: Collection[str] = ()
) -> Iterator[bytes]:
    """Yield a ZIP with a folder for each student: their files of the exercise at their last commit until this time.

    until: epoch seconds. students: their ids, for only some of the class. Memory holds one file at a time. A student
    without such a commit, or whose repository cannot be read, is in the list of missing files.
    """
    archive = ZipStream()
    paths = WatchedExercise.objects.filter(course__in=_courses(course), exercise_path=exercise_path)
    registrations = _registrations(course).filter(repo_path__in=paths.values("repo_path"))
    if students:
        registrations = registrations.filter(student__student_id__in=students)
    for registration in registrations.order_by("student__student_id", "repo_path"):
        student_id = registration.student.student_id
        work = _work(registration, exercise_path)
        commit = work.last_until(until) if work else None
        if work is None or commit is None:
            archive.missing.append(Missing(student_id, "no commit" if work else NOT_READ))
        else:
            yield from _add_work(archive, work, commit.sha, student_id.replace("/", "_"))
    yield from archive.finish()


def _courses(course: CourseIds) -> QuerySet[CourseKey]:
    return CourseKey.objects.filter(
        teacher_id=course.teacher_id, semester_id=course.semester_id, course_id=course.course_id
    )


def _registrations(course: CourseIds) -> QuerySet[Registration]:
    return (
        Registration.objects.shown()
        .select_related("repository__local_copy", "student")
        .filter(course__in=_courses(course))
    )


def _work(registration: Registration, exercise_path: str) -> ExerciseWork | None:
    local_copy = getattr(registration.repository, "local_copy", None)
    if local_copy is None or not store.exists(local_copy.folder):
        return None
    rows = list(matchable_commits(Commit.objects.filter(repository=registration.repository_id, reachable=True)))
    commits = _commits(registration, rows)
    return ExerciseWork(exercise_path, local_copy.folder, commits, matchers_of(registration).paths)


def _commits(registration: Registration, listed: list[MatchableCommit]) -> list[WorkCommit]:
    times = times_for_student(registration, listed)
    # Parents have smaller keys, and the order of equal times stays.
    commits = [
        WorkCommit(row.sha, times[row.sha].late_time if row.sha in times else row.late_time, row.message)
        for row in listed
    ]
    return sorted(commits, key=lambda commit: commit.at)


def zip_of_work(work: ExerciseWork, sha: str) -> Iterator[bytes]:
    """Yield a ZIP of the exercise's files at a commit, in pieces.

    A store that cannot be read gives a ZIP that says so.
    """
    archive = ZipStream()
    yield from _add_work(archive, work, sha, "")
    yield from archive.finish()


def _add_work(archive: ZipStream, work: ExerciseWork, sha: str, below: str) -> Iterator[bytes]:
    try:
        with work.open() as reader:
            yield from archive.add_files(reader, work.files(reader, sha), below=below)
    except (TransportFailed, Unreadable):
        archive.missing.append(Missing(below or "all files", NOT_READ))
