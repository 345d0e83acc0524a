"""A teacher who puts ids of another course into the addresses of their own: 404, and nothing changes."""

import pytest
from django.db import connection
from django.urls import reverse
from django.utils import timezone

from courses import urls
from courses.api.urls import urlpatterns as api_patterns
from courses.domain import course_tasks, courses, extensions, group_deadlines, roster, teams, work_zips
from courses.git.git_module import wire_ids
from courses.models import ForgeConnection, RosterImport, StudentRepository
from courses.tests.conftest import DEADLINE, group_of
from gitsync.domain.credentials import save_token

pytestmark = pytest.mark.django_db
NAMES = {"pk", "file_format"}  # the arguments that are no ids of rows below a course
METHODS = ("get", "post", "put", "patch", "delete")


@pytest.fixture
def foreign(school):
    """The ids of rows of StruDon, by the arguments of addresses."""
    course, teacher, later = school.course, school.course.teacher, DEADLINE.replace(day=10)
    group = group_of(course, "A1")
    extension = extensions.grant_extension(teacher, school.first, school.alice, deadline=later, reason="Ill")
    repository = StudentRepository.objects.create(
        enrolment=school.alice, repo_path="/depot", url="https://g.example/a", since=timezone.now()
    )
    return {
        "task_pk": school.first.pk,
        "group_pk": group.pk,
        "enrolment_pk": school.alice.pk,
        "import_pk": RosterImport.objects.create(course=course, state=RosterImport.State.DONE).pk,
        "extension_pk": extension.pk,
        "deadline_pk": group_deadlines.set_group_deadline(teacher, school.first, group, deadline=later).pk,
        "repository_pk": repository.pk,
        "team_pk": teams.create_team(teacher, course, title="Team", members=[school.bob.pk]).pk,
        "connection_pk": ForgeConnection.objects.create(
            course=course, forge="gitlab", base_url="https://gitlab.com", owner="own", repo_path="/", state="proposed"
        ).pk,
        "credential_pk": save_token(teacher, wire_ids(course), host="git.example", token="t").pk,
        "zip_pk": work_zips.ask(teacher, school.first, choice="latest", limit=None).pk,
        "username": "alice",
        "file_format": "csv",
    }


@pytest.fixture
def own(person):
    """The course of another teacher, with a task and a student."""
    other = person("other", kind="teacher")
    course = courses.create_course(other, other, semester_id="A2026", course_id="Own", title="Own")
    course_tasks.add_task(other, course, path="/own", title="Own", deadline=DEADLINE)
    person("carla")
    roster.enrol(other, course, username="carla", group_id="A1")
    return course


def addresses(patterns):
    for pattern in patterns:
        names = set(pattern.pattern.regex.groupindex or pattern.pattern.converters)
        if "pk" in names and names - NAMES and pattern.name not in (None, "course-team-add"):  # anybody may be added
            yield pattern.name, names


def stored():
    """Return every row of the tables of courses and people."""
    rows = {}
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            if table.startswith(("courses_", "accounts_auditevent", "mail_mail", "gitsync_request")):
                cursor.execute(f"SELECT * FROM {table} ORDER BY 1")
                rows[table] = cursor.fetchall()
    return rows


@pytest.mark.parametrize(("patterns", "is_api"), [(urls.urlpatterns, False), (api_patterns, True)])
def test_ids_of_another_course_are_unknown_in_ones_own(school, own, foreign, client_of, api_of, patterns, is_api):
    client = (api_of if is_api else client_of)(own.semester.teacher)
    before = stored()
    asked = set()
    for name, names in addresses(patterns):
        path = reverse(name, kwargs={key: foreign[key] for key in names - {"pk"}} | {"pk": own.pk})
        for method in METHODS if is_api else METHODS[:2]:
            body = {"data": {}, "format": "json"} if is_api and method != "get" else {}
            answer = getattr(client, method)(path, **body)
            leads_up = answer.status_code == 302 and answer.url.startswith(f"/courses/{own.pk}/")
            assert answer.status_code in (403, 404, 405) or (leads_up and method == "get"), (method, path)
            asked.add(name)
    assert len(asked) > 5
    assert stored() == before
