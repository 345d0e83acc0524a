"""The rows that benchmarks insert with SQL fit the tables: a new column without a value would stop a benchmark."""

from types import SimpleNamespace

import pytest

from accounts.models import User
from bench import matrix, questions
from bench.support import course_history, farm_history
from farm.models import Allocation, Reservation
from gitsync.models import Completion, Match
from gitsync.tests import builders
from kernel.database.text_hash import text_hash

# ANALYZE ends a transaction of MariaDB.
pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.database]


def test_a_course_of_the_matrix_benchmark_gives_the_same_numbers_by_page_and_by_sql():
    school = SimpleNamespace(person=lambda name, **values: User.objects.create_user(name, **values))
    course = course_history.new_course(school, "Big", 20, 6, 60)
    assert matrix.compare(course, "").what == "matrix, 20 students x 6 tasks, 12 queries"


def test_the_commits_of_the_questions_benchmark_are_matched_and_complete():
    rows = [builders.registration(f"https://git.example/r{number}.git", f"s{number}") for number in range(3)]
    questions.add_commits(rows[0].pk, 3, 9, text_hash("/tp1"))
    assert Match.objects.count() == 9
    assert Completion.objects.count() == 3


def test_the_past_and_the_future_of_a_farm_are_bookings(alice):
    machines = farm_history.add_machines(3)
    farm_history.add_past(alice.pk, 30, machines)
    farm_history.add_future(alice.pk, machines, 2)
    assert Reservation.objects.count() == Allocation.objects.count() == 36
