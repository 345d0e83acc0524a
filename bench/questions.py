#!/usr/bin/env python3
"""Three requests of the Git wire, compared with the same SQL sent by hand.

They are GetStudentSummaries and GetLateStudents for 500 students, and GetCommitsForExercise for one of them. Then they
are measured again with a million more commits in other courses, each with a file and a match. The indexes are
larger then, so the same SQL by hand is slower too. Atelier may not slow down by more than 1.2 times as much.
"""

import sys
from collections.abc import Callable
from typing import Any

from bench.support import figures, instance, plain_sql
from bench.support.figures import Figure

STUDENTS, EACH = 500, 20
OTHERS = 1_000_000
DEADLINE = 1_770_000_000


def measure(atelier: instance.Atelier) -> list[Figure]:
    from gitsync.queries import commit_lists, student_summaries
    from gitsync.tests import builders
    from gitsync.values import CommitsRequest, CourseIds, ExerciseRequest
    from kernel.database.text_hash import text_hash

    exercise = builders.exercise("/tp1", keywords="TP1")
    first = builders.registration("https://git.example/0.git", "s0")
    for number in range(1, STUDENTS):
        builders.registration(f"https://git.example/{number}.git", f"s{number}")
    add_commits(first.pk, STUDENTS, STUDENTS * EACH, text_hash(exercise.exercise_path))
    ids = CourseIds("ada", "H2027", "StruDon")
    class_request = ExerciseRequest(ids, "", "/tp1", DEADLINE)
    student_request = CommitsRequest(ids, "", "s7", "exercisePath", "/tp1", recursive=True)
    requests: dict[str, Callable[[], Any]] = {
        f"GetStudentSummaries, {STUDENTS} students": lambda: student_summaries.student_summaries(class_request),
        f"GetLateStudents, {STUDENTS} students": lambda: student_summaries.late_students(class_request, DEADLINE + 1),
        "GetCommitsForExercise, one student": lambda: commit_lists.commits_for_exercise(student_request),
    }
    assert len(student_summaries.student_summaries(class_request)["summaries"]) == STUDENTS
    assert len(commit_lists.commits_for_exercise(student_request)["commits"]["value"]) == EACH
    by_hand = {name: plain_sql.replay(plain_sql.statements(request)) for name, request in requests.items()}
    small, limit = medians(requests), medians(by_hand)
    other = builders.registration("https://git.example/other0.git", "o0", course_id="Other")
    for number in range(1, STUDENTS):
        builders.registration(f"https://git.example/other{number}.git", f"o{number}", course_id="Other")
    add_commits(other.pk, STUDENTS, OTHERS, text_hash("/tp1"))
    large, large_limit = medians(requests), medians(by_hand)
    results = []
    for name in requests:
        ratio, growth = small[name] / limit[name], large[name] / small[name]
        growth_by_hand = large_limit[name] / limit[name]
        results.append(
            Figure(
                name,
                f"{small[name]:.1f} ms; {large[name]:.1f} ms with {OTHERS:,} commits of others",
                f"the same SQL by hand: {limit[name]:.1f} ms; {large_limit[name]:.1f} ms with those",
                f"{ratio:.2f}x; growth {growth:.2f}x, by hand {growth_by_hand:.2f}x",
                "<= 3x; growth <= 1.2x of that by hand",
                ratio <= 3 and growth <= 1.2 * growth_by_hand,
            )
        )
    return results


def medians(calls: dict[str, Callable[[], Any]]) -> dict[str, float]:
    return {name: figures.median_ms(call, 15) for name, call in calls.items()}


def add_commits(registration: int, students: int, commits: int, exercise_hash: str) -> None:
    """Add commits, each with one file that matches the exercise.

    They are spread over the `students` registrations that begin with the id `registration`; the ids of their
    repositories must be consecutive. `exercise_hash` is the hash of the path of the exercise.
    """
    from django.db import connection

    from gitsync.models import Commit, FileChange, Registration

    repositories = list(
        Registration.objects.filter(pk__gte=registration).order_by("pk").values_list("repository_id", flat=True)
    )
    assert repositories == list(range(repositories[0], repositories[0] + students))
    numbers, sha = plain_sql.numbers(commits), plain_sql.hexadecimal("n")
    first_commit, first_file = (
        (model.objects.order_by("-pk").values_list("pk", flat=True).first() or 0) + 1 for model in (Commit, FileChange)
    )
    commit_time = f"{DEADLINE} + n - {commits // 2}"
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO gitsync_commit (id, address_id, sha, author_name, author_email, author_time, committer_time, "
            "seen_by, late_time, message, parents_count, reachable, broken, reverts) "
            f"SELECT {first_commit} + n, {repositories[0]} + n % {students}, {sha}, 'Bob', 'bob@x', {commit_time}, "
            f"{DEADLINE}, {DEADLINE} + n, {commit_time}, 'work', 1, 1, 0, '' FROM {numbers} numbers"
        )
        cursor.execute(
            "INSERT INTO gitsync_filechange (id, commit_id, path, path_hash, insertions, deletions, `binary`, "
            f"counts_unknown) SELECT {first_file} + n, {first_commit} + n, 'tp1/Main.java', {sha}, 3, 1, 0, 0 "
            f"FROM {numbers} numbers"
        )
        cursor.execute(
            "INSERT INTO gitsync_match (registration_id, file_id, exercise_path, exercise_path_hash, reason, "
            f"candidates, late_time) SELECT {registration} + n % {students}, {first_file} + n, '/tp1', "
            f"'{exercise_hash}', 'exact', '[]', {commit_time} FROM {numbers} numbers"
        )
        cursor.execute(
            "INSERT INTO gitsync_completion (registration_id, commit_id, exercise_path, exercise_path_hash, late_time, "
            f"claimed_time, seen_by) SELECT {registration} + n % {students}, {first_commit} + n, '/tp1', "
            f"'{exercise_hash}', {commit_time}, {commit_time}, {DEADLINE} + n FROM {numbers} numbers "
            f"WHERE n >= {commits - students}"
        )
    plain_sql.analyze("gitsync_commit", "gitsync_filechange", "gitsync_match", "gitsync_completion")


if __name__ == "__main__":
    sys.exit(figures.main(measure))
