"""The ZIP of the work of many: a folder for each student or team, and a README.txt that says what is not in it.

`manage.py gitsync export` and the courses use it. Memory holds one file at a time.
"""

import math
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from django.db.models import OuterRef

from gitsync.domain.exercise_work import ExerciseWork, WorkCommit, add_work, shown_registrations, work_of_registration
from gitsync.models import Registration, WatchedExercise
from gitsync.reading.archives import Section, ZipStream, one_line
from gitsync.values import CourseIds

README = "README.txt"
MAX_BYTES = 4_000_000_000  # of all files, before they are compressed
MAX_BYTES_EACH = 200_000_000  # of the files of one student or team, so that nobody takes the place of the others
MAX_FILES = 100_000
MAX_FILES_EACH = 5_000
NO_REPOSITORY = "no repository that was read and that the teacher may see"


@dataclass(frozen=True)
class Part:
    """One folder of the ZIP, for a student or for a team that shares a repository.

    name: of the folder; it becomes a safe one. students: the ids of the members; the first with a repository counts.
    until: epoch seconds; the last commit until then is taken.
    """

    name: str
    students: tuple[str, ...]
    until: float = math.inf


class ClassZip:
    """Makes the ZIP of one exercise. While `pieces` runs, the numbers say how far it is.

    `parts_done` counts the folders that are done, `size` the bytes of their files before they are compressed,
    `left_out` the files that are not in the ZIP or not whole, `empty` the folders without a commit to take.
    """

    def __init__(self, course: CourseIds, exercise_path: str) -> None:
        self._course, self._exercise_path = course, exercise_path
        self._archive = ZipStream(README)
        self.parts_done = self.files = self.size = self.left_out = self.empty = 0

    def pieces(self, parts: Sequence[Part]) -> Iterator[bytes]:
        """Yield the bytes of the ZIP, often none. README.txt names the repositories that cannot be read."""
        registrations = self._registrations(parts)
        lines = [f"The files of {one_line(self._exercise_path)}, with a folder for each student or team.", ""]
        for part in parts:
            section = Section(
                self._archive.new_folder(part.name),
                min(MAX_FILES_EACH, MAX_FILES - self.files),
                min(MAX_BYTES_EACH, MAX_BYTES - self.size),
            )
            work = self._work([row for name in part.students for row in registrations.get(name, [])])
            commit = work.last_until(part.until) if work else None
            if work and commit:
                yield from add_work(self._archive, work, commit.sha, section)
            lines += _lines(part, section, work, commit)
            self.parts_done += 1
            self.files += section.files
            self.size += section.size
            self.left_out += len(section.notes) + section.more
            self.empty += commit is None
            yield b""
        yield from self._archive.finish("\n".join([*lines, ""]))

    def _registrations(self, parts: Sequence[Part]) -> dict[str, list[Registration]]:
        """Return the registrations of the exercise's repository by the id of the student. One query."""
        exercises = WatchedExercise.objects.filter(course=OuterRef("course"), exercise_path=self._exercise_path)
        rows = shown_registrations(self._course).filter(repo_path__in=exercises.values("repo_path"))
        wanted = {name for part in parts for name in part.students}
        by_student = defaultdict(list)
        for registration in rows.order_by("repo_path", "pk"):
            if registration.student.student_id in wanted:
                by_student[registration.student.student_id].append(registration)
        return by_student

    def _work(self, registrations: list[Registration]) -> ExerciseWork | None:
        works = (work_of_registration(registration, self._exercise_path) for registration in registrations)
        return next((work for work in works if work), None)


def _lines(part: Part, section: Section, work: ExerciseWork | None, commit: WorkCommit | None) -> list[str]:
    """Return the lines of README.txt about one folder."""
    name = one_line(part.name)
    if work is None:
        return [f"{name}: nothing. {NO_REPOSITORY.capitalize()}."]
    if commit is None:
        return [f"{name}: nothing. {f'No commit until {_written(part.until)}' if work.commits else 'No commit'}."]
    renamed = f" in the folder {section.folder}" if section.folder != part.name else ""
    files = "1 file" if section.files == 1 else f"{section.files} files"
    first = f"{name}: {files}{renamed}, of commit {commit.sha} ({_written(commit.at)})"
    return [first, *(f"    {line}" for line in section.lines())]


def _written(seconds: float) -> str:
    try:
        return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%d %H:%M} UTC"
    except (ValueError, OverflowError, OSError):  # a commit may have any date
        return f"second {seconds}"


def parts_of_all(course: CourseIds, until: float = math.inf, students: Sequence[str] = ()) -> list[Part]:
    """Return a part for each student of a course who has a repository that is not hidden, or for only these students.

    A student who is named and has none is a part, too.
    """
    names = shown_registrations(course).values_list("student__student_id", flat=True)
    return [Part(name, (name,), until) for name in sorted(set(students) or set(names))]
