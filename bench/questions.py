#!/usr/bin/env python3
"""GetStudentSummaries and GetLateStudents for 500 students, GetCommitsForExercise of one; beside the same SQL by hand.

Then again after a million commits of other courses have come, each with a file and a match: nothing may grow.
"""

import sys
from collections.abc import Callable
from typing import Any

from bench.support import figures, instance, plain_sql
from bench.support.figures import Figure

STUDENTS, EACH = 500, 20
OTHERS = 1_000_000
DEADLINE = 1_770_000_000


def measure(here: instance.Atelier) -> list[Figure]:
    from gitsync.queries import commit_lists, student_summaries
    from gitsync.tests import builders
    from gitsync.values import CommitsRequest, CourseIds, ExerciseRequest
    from kernel.database.text_hash import text_hash

    exercise = builders.exercise("/tp1", keywords="TP1")
    first = builders.registration("https://git.example/0.git", "s0")
    for number in range(1, STUDENTS):
        builders.registration(f"https://git.example/{number}.git", f"s{number}")
    add(first.pk, STUDENTS, STUDENTS * EACH, text_hash(exercise.exercise_path))
    ids = CourseIds("ada", "H2027", "StruDon")
    whole = ExerciseRequest(ids, "", "/tp1", DEADLINE)
    one = CommitsRequest(ids, "", "s7", "exercisePath", "/tp1", recursive=True)
    acts: dict[str, Callable[[], Any]] = {
        f"GetStudentSummaries, {STUDENTS} students": lambda: student_summaries.student_summaries(whole),
        f"GetLateStudents, {STUDENTS} students": lambda: student_summaries.late_students(whole, DEADLINE + 1),
        "GetCommitsForExercise, one student": lambda: commit_lists.commits_for_exercise(one),
    }
    assert len(student_summaries.student_summaries(whole)["summaries"]) == STUDENTS
    assert len(commit_lists.commits_for_exercise(one)["commits"]["value"]) == EACH
    small = {name: figures.median_ms(act, 15) for name, act in acts.items()}
    limit = {name: figures.median_ms(plain_sql.replay(plain_sql.statements(act)), 15) for name, act in acts.items()}
    other = builders.registration("https://git.example/other0.git", "o0", course_id="Other")
    for number in range(1, STUDENTS):
        builders.registration(f"https://git.example/other{number}.git", f"o{number}", course_id="Other")
    add(other.pk, STUDENTS, OTHERS, text_hash("/tp1"))
    large = {name: figures.median_ms(act, 15) for name, act in acts.items()}
    found = []
    for name in acts:
        ratio, growth = small[name] / limit[name], large[name] / small[name]
        found.append(
            Figure(
                name,
                f"{small[name]:.1f} ms; {large[name]:.1f} ms with {OTHERS:,} commits of others",
                f"the same SQL by hand: {limit[name]:.1f} ms",
                f"{ratio:.2f}x; growth {growth:.2f}x",
                "<= 3x; <= 1.2x",
                ratio <= 3 and growth <= 1.2,
            )
        )
    return found


def add(registration: int, students: int, commits: int, exercise_hash: str) -> None:
    """So many commits, spread over the registrations from that one on, each with one file that matches the exercise."""
    from django.db import connection

    from gitsync.models import Commit, FileChange, Registration

    addresses = list(
        Registration.objects.filter(pk__gte=registration).order_by("pk").values_list("repository_id", flat=True)
    )
    assert addresses == list(range(addresses[0], addresses[0] + students))
    numbers, sha = plain_sql.numbers(commits), plain_sql.hexadecimal("n")
    at, file = (
        (model.objects.order_by("-pk").values_list("pk", flat=True).first() or 0) + 1 for model in (Commit, FileChange)
    )
    soon = f"{DEADLINE} + n - {commits // 2}"
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO gitsync_commit (id, address_id, sha, author_name, author_email, author_time, committer_time, "
            "seen_by, late_time, message, parents_count, reachable, broken, reverts) "
            f"SELECT {at} + n, {addresses[0]} + n % {students}, {sha}, 'Bob', 'bob@x', {soon}, {DEADLINE}, "
            f"{DEADLINE} + n, {soon}, 'work', 1, 1, 0, '' FROM {numbers} numbers"
        )
        cursor.execute(
            "INSERT INTO gitsync_filechange (id, commit_id, path, path_hash, insertions, deletions, `binary`, "
            f"counts_unknown) SELECT {file} + n, {at} + n, 'tp1/Main.java', {sha}, 3, 1, 0, 0 FROM {numbers} numbers"
        )
        cursor.execute(
            "INSERT INTO gitsync_match (registration_id, file_id, exercise_path, exercise_path_hash, reason, "
            f"candidates, late_time) SELECT {registration} + n % {students}, {file} + n, '/tp1', '{exercise_hash}', "
            f"'exact', '[]', {soon} FROM {numbers} numbers"
        )
        cursor.execute(
            "INSERT INTO gitsync_completion (registration_id, commit_id, exercise_path, exercise_path_hash, late_time, "
            f"claimed_time, seen_by) SELECT {registration} + n % {students}, {at} + n, '/tp1', '{exercise_hash}', "
            f"{soon}, {soon}, {DEADLINE} + n FROM {numbers} numbers "
            f"WHERE n >= {commits - students}"
        )
    plain_sql.analyze("gitsync_commit", "gitsync_filechange", "gitsync_match", "gitsync_completion")


if __name__ == "__main__":
    sys.exit(figures.main(measure))
