"""Every file of a course: hostile names and titles run nowhere, and large classes need no more queries."""

from datetime import timedelta

import pytest

from courses.models import Activity
from courses.tests.conftest import DEADLINE, complete_exercise
from courses.tests.exported import many_students, path_of, rows_of, sheet_of
from kernel.database.text_hash import text_hash
from kernel.epoch import to_epoch

HOSTILE = '=HYPERLINK("http://x.example";"click")'
ON_TIME = DEADLINE - timedelta(days=2)
pytestmark = pytest.mark.django_db
FILES = [
    "matrix.{}", "roster.{}", "repositories.{}", "tasks.{}", "tasks/{first}/students.{}", "tasks/{depot}/students.{}",
    "students/alice/commits.{}", "students/alice/tasks.{}", "grades.{}",
]  # fmt: skip


@pytest.mark.parametrize("rest", FILES)
def test_hostile_names_and_titles_run_nowhere(school, client_of, send_event, rest):
    complete_exercise(send_event, "alice", at=ON_TIME)
    type(school.alice.person).objects.update(last_name=HOSTILE, first_name="+1+1", email="@x")
    school.first.title = school.repository.title = HOSTILE
    school.first.save()
    school.repository.save()
    school.alice.group.title = "\uff1d1+1"
    school.alice.group.save()
    Activity.objects.update(subject="-cmd|' /C calc'!A0")
    client = client_of(school.course.teacher)
    names = {"first": school.first.pk, "depot": school.repository.pk}
    for row in rows_of(client, path_of(school, rest.format("csv", **names))):
        assert not [cell for cell in row if cell.startswith(("=", "+", "-", "@", "\t", "\r", "\uff1d"))]
    sheet = sheet_of(client, path_of(school, rest.format("xlsx", **names)))
    assert {cell.data_type for row in sheet.iter_rows() for cell in row} <= {"s", "n", "d"}


@pytest.mark.parametrize("rest", FILES)
def test_a_file_needs_as_many_queries_for_many_students(school, person, client_of, send_event, assert_flat, rest):
    complete_exercise(send_event, "alice", at=ON_TIME)
    client = client_of(school.course.teacher)
    path = path_of(school, rest.format("csv", first=school.first.pk, depot=school.repository.pk))

    def grow():
        many_students(school, person, count=30)
        Activity.objects.bulk_create(
            Activity(
                enrolment=school.alice,
                repo_path_hash=text_hash("/depot"),
                commit_id=f"{number:040}",
                at=to_epoch(ON_TIME),
                exercise_path="/tp1/exercice1",
                exercise_path_hash=school.first.path_hash,
            )
            for number in range(60)
        )

    assert_flat(lambda: client.get(path).getvalue(), grow)
