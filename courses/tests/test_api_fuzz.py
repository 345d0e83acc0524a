"""Whatever is sent to /api/v1/courses/ and /api/v1/gitsync/: never a 500, no half-done row."""

import pytest
from schemathesis.checks import not_a_server_error

from accounts.models import AuditEvent
from courses.models import Course, Enrolment, Extension, GroupDeadline, Progress, RepositoryClaim, Task
from courses.registration import give_repository
from gitsync.models import Clone, Registration, Request, WatchedExercise
from kernel.testing import fuzz

pytestmark = pytest.mark.django_db
EXAMPLES = 6  # of each operation, in and out of its shape; by hand with 60 now and then
CHECKS = [not_a_server_error]  # fuzz.CHECKS as soon as these views write their refusals into the document
ROWS = (
    Course, Task, Enrolment, GroupDeadline, Extension, RepositoryClaim, Progress, Registration, WatchedExercise,
    Request, Clone, AuditEvent,
)  # fmt: skip
URL = "https://github.com/alice/strudon.git"


@pytest.fixture
def clients(school, staff, machine, charlie, api_of):
    give_repository(school.alice.person, school.alice, repo_path="/depot", url=URL)
    people = {
        "staff": staff,
        "teacher": school.course.teacher,
        "alice": school.alice.person,
        "stranger": charlie,
        "machine": machine,
    }
    return {name: api_of(person) for name, person in people.items()}


@pytest.fixture
def numbers(school, clients):
    """Of what is there: the course, its first task, a student, a group, the repository, the last message."""
    request = Request.objects.latest("pk").pk
    known = {
        "pk": school.course.pk,
        "task_pk": school.first.pk,
        "enrolment_pk": school.bob.pk,
        "group_pk": school.alice.group.pk,
        "course_pk": school.course.pk,
    }

    def of(operation):
        ids = {**known, "id": request if "/requests" in operation.path else Clone.objects.get().address_id}
        return {name: number for name, number in ids.items() if f"{{{name}}}" in operation.path} or None

    return of


@pytest.mark.parametrize("paths", ["^/api/v1/courses/", "^/api/v1/gitsync/"])
def test_no_request_breaks_the_api_or_leaves_half_a_row(clients, numbers, paths):
    tried = fuzz.try_api(paths, clients=clients, models=ROWS, numbers=numbers, examples=EXAMPLES, checks=CHECKS)
    assert not tried.faults, "\n".join(tried.faults)
    assert tried.operations >= (11 if "courses" in paths else 4)
    assert len(tried.seen) >= tried.operations * EXAMPLES
    assert {200, 403, 404} <= set(tried.seen)


@pytest.mark.parametrize("path", ["", "tasks/", "enrolments/", "matrix/", "repositories/", "tasks/1/"])
def test_a_course_of_a_number_too_large_for_any_key_is_not_there(clients, path):
    for client in clients.values():
        method = client.delete if path == "tasks/1/" else client.get
        assert method(f"/api/v1/courses/{10**30}/{path}").status_code == 404
