"""Migrations that change existing rows."""

import pytest
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.utils import timezone

from courses.domain import student_repositories
from courses.models import Progress
from gitsync.models import Commit, Completion, Registration
from kernel.database.text_hash import text_hash

pytestmark = pytest.mark.django_db(transaction=True)
EXERCISE = "/tp1/exercice1"


def migrate(name=None):
    """Migrate to the migration of this name, or to the last ones of every app."""
    executor = MigrationExecutor(connection)
    executor.migrate([("courses", name)] if name else executor.loader.graph.leaf_nodes())


def test_progress_takes_over_when_the_git_module_first_saw_the_work(school):
    url = "https://git.example/alice/strudon.git"
    student_repositories.give_repository(school.alice.person, school.alice, repo_path="/depot", url=url)
    registration = Registration.objects.get()
    commit = Commit.objects.create(
        repository=registration.repository, sha="a" * 40, author_time=1, committer_time=1, late_time=1, seen_by=500
    )
    Completion.objects.create(
        registration=registration,
        commit=commit,
        exercise_path=EXERCISE,
        exercise_path_hash=text_hash(EXERCISE),
        late_time=1,
        claimed_time=1,
        seen_by=500,
    )
    done = {"state": Progress.State.DONE, "since": timezone.now()}
    Progress.objects.create(enrolment=school.alice, task=school.first, completed_time=1, **done)
    Progress.objects.create(enrolment=school.bob, task=school.first, completed_time=1, **done)
    Progress.objects.create(enrolment=school.alice, task=school.second, completed_time=900, **done)
    migrate("0005_student_repository")
    migrate()
    rows = Progress.objects.order_by("pk").values_list("proven_time", flat=True)
    assert list(rows) == [500, None, None]
