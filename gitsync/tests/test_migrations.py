"""Migrations that change existing rows."""

import pytest
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from gitsync.models import Completion, FileChange, Match
from gitsync.tests import builders

pytestmark = pytest.mark.django_db(transaction=True)


def migrate(name=None):
    """Migrate to the migration of this name, or to the last ones of every app: those of other apps need ours."""
    executor = MigrationExecutor(connection)
    executor.migrate([("gitsync", name)] if name else executor.loader.graph.leaf_nodes())


def test_existing_matches_get_the_lateness_time_of_their_commits():
    registration = builders.registration("https://git.example/bob.git", "bob")
    late_times = [1_700_000_000, 1_700_000_500]
    for number, late_time in enumerate(late_times):
        commit = registration.repository.commits.create(
            sha=f"{number:040x}", author_time=1, committer_time=1, seen_by=late_time, late_time=late_time
        )
        file = FileChange.objects.create(commit=commit, path="tp1/a.py", path_hash="f" * 64)
        Match.objects.create(registration=registration, file=file, exercise_path_hash="e" * 64, late_time=0)
    Completion.objects.create(
        registration=registration,
        commit=commit,
        exercise_path="/tp1",
        exercise_path_hash="e" * 64,
        late_time=0,
        claimed_time=0,
        seen_by=0,
    )
    migrate("0002_name_in_words")
    migrate()
    completion = Completion.objects.get()
    assert (completion.late_time, completion.claimed_time, completion.seen_by) == (late_times[1],) * 3
    assert list(Match.objects.order_by("file").values_list("late_time", flat=True)) == late_times
