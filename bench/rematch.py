#!/usr/bin/env python3
"""The time to match 100,000 stored file rows again after an exercise has changed.

The course has 30 exercises. The time includes the new state and the events. It is compared with a loop as the original
has it: for each file row it looks for the exercise anew, remembering no path, and sends one UPDATE. The exercises are
prepared once for the loop, too. The loop goes over
some of the same rows, in one transaction, and neither writes events nor compares with the old state.
"""

import sys
import time

from bench.support import figures, instance
from bench.support.figures import Figure

STUDENTS, COMMITS, FILES, EXERCISES = 20, 1000, 5, 30
LOOP_ROWS = 3000  # of the loop that it is compared with


def measure(atelier: instance.Atelier) -> list[Figure]:
    from gitsync.models import Commit, FileChange, Match, Registration
    from gitsync.syncing import derived_rows, rematch
    from gitsync.tests import builders
    from kernel.database.text_hash import text_hash

    exercises = [builders.exercise(f"/tp{n % 10 + 1}/exercice{n % 3 + 1}") for n in range(EXERCISES)]
    for student in range(STUDENTS):
        registration = builders.registration(f"https://git.example/{student}.git", f"s{student}")
        Commit.objects.bulk_create(
            [
                Commit(
                    repository=registration.repository,
                    sha=f"{n:040x}",
                    author_time=n,
                    committer_time=n,
                    seen_by=n,
                    late_time=n,
                )
                for n in range(COMMITS)
            ],
            batch_size=500,
        )
        files = [
            FileChange(commit_id=pk, path=path, path_hash=text_hash(path), insertions=1)
            for index, pk in enumerate(registration.repository.commits.values_list("pk", flat=True))
            for path in (f"TP{(index + f) % 10 + 1}/ex{f % 3 + 1}/Main{index % 40}.java" for f in range(FILES))
        ]
        FileChange.objects.bulk_create(files, batch_size=500)
        derived_rows.match_commits(registration, registration.repository.commits.order_by("pk"))
    Registration.objects.update(announced=Registration.Announced.CLONED)
    rows = Match.objects.count()
    row_ms = []
    for folder in ("/tp01/ex1", "/devoir1"):  # first no match changes; then a tenth of them moves
        exercises[0].source_folder_path = folder
        exercises[0].save()
        before = Match.objects.filter(exercise_path=exercises[0].exercise_path).count()
        began = time.perf_counter()
        rematch.rematch_course(builders.course().pk)
        row_ms.append((time.perf_counter() - began) * 1000 / rows)
        moved = before - Match.objects.filter(exercise_path=exercises[0].exercise_path).count()
    assert rows == STUDENTS * COMMITS * FILES
    assert moved > 0
    took, limit = max(row_ms), original_loop_ms()
    return [
        Figure(
            f"{rows:,} file rows x {EXERCISES} exercises, {moved:,} matches moved",
            f"{took:.4f} ms per row",
            f"one search and one UPDATE for each row: {limit:.4f} ms",
            f"{limit / took:.0f}x as fast",
            ">= 10x as fast",
            limit >= 10 * took,
        )
    ]


def original_loop_ms() -> float:
    """Match LOOP_ROWS file rows as the original does, and return the milliseconds per row."""
    from django.db import transaction

    from gitsync.models import Match, Registration
    from gitsync.rules.matching import Matcher
    from gitsync.syncing import derived_rows, match_columns

    registration = Registration.objects.order_by("pk")[0]
    watched = list(derived_rows.matchers_of(registration).paths.exercises)
    matcher = Matcher(registration.repo_path, watched)
    began = time.perf_counter()
    with transaction.atomic():
        for pk, path in Match.objects.order_by("pk").values_list("pk", "file__path")[:LOOP_ROWS]:
            matcher._cache.clear()
            result = matcher.match(path)
            Match.objects.filter(pk=pk).update(**match_columns.columns(result))
    return (time.perf_counter() - began) * 1000 / LOOP_ROWS


if __name__ == "__main__":
    sys.exit(figures.main(measure))
