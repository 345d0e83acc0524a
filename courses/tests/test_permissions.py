"""The table of courses/rules/permissions.py, checked for each kind of person with every page."""

import re

import pytest
from django.db import transaction
from django.urls import reverse

from courses import urls
from courses.tests.access_people import (
    KNOWS_COURSE,
    SEES_ALICE,
    SEES_CLASS,
    STUDENTS,
    TEACHERS,
    address,
    let_assistants,
    make_people,
    make_rows,
)

ASSISTANTS = SEES_CLASS - TEACHERS
FILES = ("matrix", "roster", "repositories", "tasks", "teams")


@pytest.fixture
def people(school, staff, program):
    return make_people(school, staff, program)


@pytest.fixture
def rows(school):
    return make_rows(school)


ON_A_STUDENTS_PAGE = dict.fromkeys(SEES_ALICE - {"student"}, 403) | {"student": 200}
NOT_ALICE = {"classmate": 404, "assistant of A2": 404}
# URL name, arguments, people who get 200, and the statuses of others who know the course (403 where none is given)
PAGES = [
    ("course-matrix", [], SEES_CLASS, dict.fromkeys(STUDENTS, 302)),
    ("course-matrix-fragment", [], SEES_CLASS, {}),
    ("course-roster", [], SEES_CLASS, {}),
    ("course-roster-remove", ["alice_pk"], TEACHERS, {}),
    ("course-roster-import-new", [], TEACHERS, {}),
    ("course-roster-import", ["import_pk"], TEACHERS, {}),
    ("course-roster-import-fragment", ["import_pk"], TEACHERS, {}),
    ("course-team", [], SEES_CLASS, {}),
    ("course-team-fragment", [], SEES_CLASS, {}),
    ("course-team-add", ["stranger"], TEACHERS, {}),
    ("course-team-member", ["member_pk"], TEACHERS, {}),
    ("course-team-remove", ["member_pk"], TEACHERS, {}),
    ("course-teams", [], SEES_CLASS, {}),
    ("course-student-team", ["student_team_pk"], TEACHERS, {}),
    ("course-groups", [], TEACHERS, {}),
    ("course-group", ["group_pk"], TEACHERS, {}),
    ("course-tasks", [], SEES_CLASS, {}),
    ("course-hook-new", [], TEACHERS, {}),
    ("course-repositories", [], SEES_CLASS, {}),
    ("course-repositories-fragment", [], SEES_CLASS, {}),
    ("course-reading-file", ["csv"], SEES_CLASS, {}),
    ("course-repositories-confirm", [], TEACHERS, {}),
    ("course-credentials", [], TEACHERS, {}),
    ("course-credentials-fragment", [], TEACHERS, {}),
    ("course-credential", ["credential_pk"], TEACHERS, {}),
    ("course-forge", [], TEACHERS, {}),
    ("course-forge-connection", ["connection_pk"], TEACHERS, {}),
    ("course-forge-fragment", ["connection_pk"], TEACHERS, {}),
    *((name, [], TEACHERS, {}) for name in ("course-settings", "course-semester", "task-new")),
    ("task-edit", ["task_pk"], TEACHERS, {}),
    ("course-task", ["task_pk"], SEES_CLASS, dict.fromkeys(STUDENTS, 302)),
    ("course-task-fragment", ["task_pk"], SEES_CLASS, {}),
    ("task-extension", ["task_pk"], TEACHERS, {}),
    ("task-group-deadline", ["task_pk"], TEACHERS, {}),
    *((f"course-{name}-file", ["csv"], SEES_CLASS, {}) for name in FILES),
    ("course-task-file", ["task_pk", "xlsx"], SEES_CLASS, {}),
    ("task-zips", ["task_pk"], SEES_CLASS, {}),
    ("task-zips-fragment", ["task_pk"], SEES_CLASS, {}),
    ("task-work", ["task_pk", "alice"], SEES_ALICE, NOT_ALICE),
    ("course-grades", [], TEACHERS, {}),
    ("course-grades-file", ["csv"], TEACHERS, {}),
    ("student-commits-file", ["alice", "csv"], SEES_ALICE, NOT_ALICE),
    ("student-tasks-file", ["alice", "xlsx"], SEES_ALICE, NOT_ALICE),
    ("course-student", ["alice"], SEES_ALICE, NOT_ALICE),
    ("task-work", ["task_pk", "alice"], SEES_ALICE, NOT_ALICE),
    ("course-student-fragment", ["alice"], SEES_ALICE, NOT_ALICE),
    ("course-repository", ["alice"], set(), ON_A_STUDENTS_PAGE | NOT_ALICE),
    ("course-repository-fragment", ["alice"], set(), ON_A_STUDENTS_PAGE | NOT_ALICE),
    ("course-roster-invitations", [], TEACHERS, {}),
    ("task-deadline-calendar", ["task_pk"], KNOWS_COURSE, {}),
    # each student's own page: nobody answers for another
    ("task-own", ["tick_pk"], STUDENTS, dict.fromkeys(SEES_CLASS, 302)),
    ("task-own-fragment", ["tick_pk"], STUDENTS, {}),
]


@pytest.mark.parametrize(("name", "args", "allowed", "others"), PAGES)
def test_each_page_answers_only_the_people_who_may_see_it(
    school, people, rows, client_of, client, name, args, allowed, others
):
    url = address(school.course, rows, name, *args)
    if name.startswith("course-repository"):
        url += "?at=/depot"
    for who, user in people.items():
        response = (client if who == "anonymous" else client_of(user)).get(url)
        assert response.status_code == _expected(who, allowed, others), who


def _expected(who, allowed, others):
    if who == "anonymous":
        return 302
    return 200 if who in allowed else others.get(who, 403 if who in KNOWS_COURSE else 404)


# URL name, arguments, the people who may send the button's form, and the statuses of others who know the course
BUTTONS = [
    ("course-archive", [], TEACHERS, {}),
    ("course-roster", [], TEACHERS, {}),
    ("course-roster-remove", ["alice_pk"], TEACHERS, {}),
    ("course-team-add", ["stranger"], TEACHERS, {}),
    ("course-team-member", ["member_pk"], TEACHERS, {}),
    ("course-team-remove", ["member_pk"], TEACHERS, {}),
    ("course-teams", [], TEACHERS, {}),
    ("course-student-team-repository", ["student_team_pk"], TEACHERS, {}),
    ("course-student-team-delete", ["student_team_pk"], TEACHERS, {}),
    ("course-group-delete", ["group_pk"], TEACHERS, {}),
    ("course-hook-new", [], TEACHERS, {}),
    ("course-credential-test", ["credential_pk"], TEACHERS, {}),
    ("course-credential-accept", ["credential_pk"], TEACHERS, {}),
    ("course-credential-revoke", ["credential_pk"], TEACHERS, {}),
    ("task-delete", ["task_pk"], TEACHERS, {}),
    ("task-extension", ["task_pk"], TEACHERS, {}),
    ("task-extension-withdraw", ["task_pk", "extension_pk"], TEACHERS, {}),
    ("task-group-deadline-remove", ["task_pk", "deadline_pk"], TEACHERS, {}),
    ("task-count", ["task_pk", "alice"], TEACHERS, {}),
    ("course-repository-move", ["alice"], TEACHERS | {"student"}, NOT_ALICE),
    ("course-repository-branch", ["alice"], TEACHERS, NOT_ALICE),
]


@pytest.mark.parametrize("assistants_may", [False, True])
@pytest.mark.parametrize(("name", "args", "allowed", "others"), BUTTONS)
def test_each_button_works_only_for_the_people_who_may_use_it(
    school, people, rows, client_of, client, name, args, allowed, others, assistants_may
):
    let_assistants(school.course, may=assistants_may)
    url = address(school.course, rows, name, *args)
    if assistants_may and name in ("task-extension-withdraw", "task-count"):
        allowed, others = allowed | {"assistant", "assistant of A1"}, {"assistant of A2": 404}
    if assistants_may and name == "task-extension":
        allowed = allowed | ASSISTANTS
    for who, user in people.items():
        with transaction.atomic():
            response = (client if who == "anonymous" else client_of(user)).post(url)
            transaction.set_rollback(True)
        if who in allowed:
            assert response.status_code in (200, 302, 422), who
        else:
            assert response.status_code == _expected(who, set(), others), who


def test_a_student_alone_removes_their_repository(school, people, client_of, client):
    url = reverse("course-repository-remove", args=[school.course.pk, "alice", 1])
    for who, user in people.items():
        response = (client if who == "anonymous" else client_of(user)).post(url)
        expected = ON_A_STUDENTS_PAGE | NOT_ALICE | {"student": 404, "anonymous": 302}  # there is no repository 1
        assert response.status_code == expected.get(who, 404), who


def test_the_page_of_a_semester_answers_its_teachers_and_staff(school, people, client_of, client):
    url = reverse("semester", args=[school.course.semester_id])
    for who, user in people.items():
        response = (client if who == "anonymous" else client_of(user)).get(url)
        assert response.status_code == (200 if who in TEACHERS else 302 if who == "anonymous" else 404), who


def test_only_its_teacher_and_staff_delete_a_semester(school, people, client_of, client):
    url = reverse("semester-delete", args=[school.course.semester_id])
    for who, user in people.items():
        response = (client if who == "anonymous" else client_of(user)).post(url)
        allowed = who in ("teacher", "staff", "anonymous")  # it has a course: they are led back to its page
        assert response.status_code == (302 if allowed else 404), who


def test_every_address_of_a_course_is_in_a_table():
    tested = {name for name, *_rest in PAGES} | {name for name, *_rest in BUTTONS}
    tested |= {"course-repository-remove", "semester", "semester-delete"}
    # test_work_files.py, test_work.py, test_work_zip_pages.py
    tested |= {"course-repository-access"}  # test_private_repository.py
    tested |= {"task-work-file", "task-work-zip", "task-zip-file", "task-zip-end"}
    addresses = {pattern.name for pattern in urls.urlpatterns if pattern.pattern.converters}
    assert addresses - tested == set()


def test_a_student_s_pages_do_not_mention_a_classmate(school, client_of):
    client = client_of(school.alice.person)
    pages = [
        reverse("courses"),
        reverse("home"),
        reverse("course-student", args=[school.course.pk, "alice"]),
        reverse("api-course-repositories", args=[school.course.pk]),
        reverse("api-course-tasks", args=[school.course.pk]),
    ]
    for url in pages:
        text = client.get(url).content.decode()
        assert not re.search(r"\bBob\b", text), url  # whole words: a random token of the page may contain the letters
        assert "/bob/" not in text, url
