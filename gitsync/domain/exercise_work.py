"""The work of one student for one exercise: its commits, and the files of the exercise at one of them.

Which files belong to the exercise is decided by the same rules as for commits. A hidden registration has no work.
"""

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from django.db.models import QuerySet

from gitsync.git import store
from gitsync.git.failures import TransportFailed
from gitsync.git.tree_diff import MAX_FILES
from gitsync.models import Commit, CourseKey, Registration
from gitsync.queries.student_times import times_for_student
from gitsync.reading.archives import Section, ZipStream, note_long_paths, text_of
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
    registration = shown_registrations(course).filter(student__student_id=student_id, repo_path=repo_path).first()
    return work_of_registration(registration, exercise_path) if registration else None


def shown_registrations(course: CourseIds) -> QuerySet[Registration]:
    """Return the registrations of a course that are not hidden, with their repositories."""
    courses = CourseKey.objects.filter(
        teacher_id=course.teacher_id, semester_id=course.semester_id, course_id=course.course_id
    )
    rows = Registration.objects.shown().filter(course__in=courses)
    return rows.select_related("repository__local_copy", "student", "course")


def work_of_registration(registration: Registration, exercise_path: str) -> ExerciseWork | None:
    """Return the work in the repository of a registration, or None when it was never read."""
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
    archive, section = ZipStream(), Section()
    yield from add_work(archive, work, sha, section)
    yield from archive.finish(text_of(section))


def add_work(archive: ZipStream, work: ExerciseWork, sha: str, section: Section) -> Iterator[bytes]:
    """Add the exercise's files at a commit to a section of a ZIP. The section says what could not be read."""
    try:
        with work.open() as reader:
            listing = reader.files(sha)
            note_long_paths(section, listing.left_out)
            yield from archive.add_files(reader, (file for file in listing.files if work.owns(file.name)), section)
    except TransportFailed:
        section.add_note("all files", NOT_READ)
    except Unreadable:
        section.add_note("all files", f"the folders of the commit are damaged, or have more than {MAX_FILES} files")
