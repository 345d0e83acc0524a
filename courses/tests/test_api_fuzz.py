"""Random requests to /api/v1/courses/ and /api/v1/gitsync/.

Each gets a response that the OpenAPI document knows, never a 500, and leaves no half-saved row.
"""

from datetime import timedelta

import pytest

from accounts.models import AuditEvent
from courses.domain import extensions, group_deadlines
from courses.domain.student_repositories import give_repository
from courses.models import (
    Answer,
    Course,
    Enrolment,
    Extension,
    GroupDeadline,
    Progress,
    Semester,
    StudentRepository,
    Task,
)
from courses.tests.conftest import DEADLINE
from gitsync.models import LocalCopy, OutboxEvent, Registration, Request, WatchedExercise
from kernel.testing import fuzz

pytestmark = pytest.mark.django_db
EXAMPLES = 6  # requests per operation, valid and invalid; the proof `fuzz` sends many more
ROWS = (
    Semester, Course, Task, Enrolment, GroupDeadline, Extension, StudentRepository, Answer, Progress, Registration,
    WatchedExercise, Request, LocalCopy, OutboxEvent, AuditEvent,
)  # fmt: skip
URL = "https://github.com/alice/strudon.git"


@pytest.fixture
def clients(school, staff, program, charlie, api_of):
    give_repository(school.alice.person, school.alice, repo_path="/depot", url=URL)
    people = {
        "staff": staff,
        "teacher": school.course.teacher,
        "alice": school.alice.person,
        "stranger": charlie,
        "program": program,
    }
    return {name: api_of(person) for name, person in people.items()}


@pytest.fixture
def numbers(school, clients):
    """The keys of rows that exist: the course, a task, a student, a group, their deadlines, rows of the Git module."""
    group_deadline = group_deadlines.set_group_deadline(
        school.course.teacher, school.first, school.alice.group, deadline=DEADLINE + timedelta(days=1)
    )
    extension = extensions.grant_extension(
        school.course.teacher, school.first, school.bob, deadline=DEADLINE + timedelta(days=2), reason="ill"
    )
    event = OutboxEvent.objects.create(
        target=OutboxEvent.Target.LOCAL, kind="OnClone", body={}, next_attempt_at=DEADLINE, delivered_at=DEADLINE
    )
    ids = {
        "/courses/semesters": school.course.semester_id,
        "/courses/": school.course.pk,
        "/requests": Request.objects.latest("pk").pk,
        "/repositories": LocalCopy.objects.get().repository_id,
        "/gitsync/events": event.pk,
    }
    below = {
        "task_pk": school.first.pk,
        "enrolment_pk": school.bob.pk,
        "group_pk": school.alice.group.pk,
        "deadline_pk": group_deadline.pk,
        "extension_pk": extension.pk,
    }

    def keys_for(operation):
        first = next((key for part, key in ids.items() if part in operation.path), 0)
        keys = {"id": first, **below}
        return {name: str(key) for name, key in keys.items() if f"{{{name}}}" in operation.path} or None

    return keys_for


@pytest.mark.parametrize("paths", ["^/api/v1/courses/", "^/api/v1/gitsync/"])
def test_no_request_breaks_the_api_or_leaves_a_half_saved_row(clients, numbers, paths):
    report = fuzz.fuzz_api(paths, clients=clients, models=ROWS, path_ids=numbers, examples=EXAMPLES)
    assert not report.faults, "\n".join(report.faults)
    assert report.operations >= (42 if "courses" in paths else 10)
    assert len(report.statuses) >= report.operations * EXAMPLES
    assert {200, 403, 404} <= set(report.statuses)


@pytest.mark.parametrize("path", ["", "tasks/", "enrolments/", "matrix/", "repositories/", "tasks/1/"])
def test_a_course_key_too_large_for_the_database_is_not_found(clients, path):
    for client in clients.values():
        method = client.delete if path == "tasks/1/" else client.get
        assert method(f"/api/v1/courses/{10**30}/{path}").status_code == 404
