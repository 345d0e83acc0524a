"""The table of courses/rules/permissions.py, checked for each kind of person with the rules and every page."""

import re

import pytest
from django.db import transaction
from django.urls import reverse

from courses import urls
from courses.domain import courses
from courses.models import Course
from courses.rules import permissions
from courses.tests.access_people import (
    KNOWS_COURSE,
    SEES_ALICE,
    SEES_BOB,
    SEES_CLASS,
    STUDENTS,
    TEACHERS,
    address,
    make_people,
    make_rows,
)

ASSISTANTS = SEES_CLASS - TEACHERS


@pytest.fixture
def people(school, staff, program):
    return make_people(school, staff, program)


@pytest.fixture
def rows(school):
    return make_rows(school)


def let_assistants(course, *, may):
    courses.change_course(None, course, assistants_extend=may, assistants_override=may)


@pytest.mark.parametrize(
    ("permission", "allowed"),
    [
        (lambda user, school: permissions.may_know(user, school.course), KNOWS_COURSE),
        (lambda user, school: permissions.may_see_class(user, school.course), SEES_CLASS),
        (lambda user, school: permissions.may_change(user, school.course), TEACHERS),
        (lambda user, school: permissions.may_see_student(user, school.alice), SEES_ALICE),
        (lambda user, school: permissions.may_see_student(user, school.bob), SEES_BOB),
        (lambda user, school: permissions.may_change_semester(user, school.course.semester), TEACHERS),
        (lambda user, school: permissions.may_delete_semester(user, school.course.semester), {"teacher", "staff"}),
        (lambda user, school: permissions.may_give_repository(user, school.alice), {"student"}),
        (lambda user, school: permissions.may_answer(user, school.alice), {"student"}),
        (lambda user, school: permissions.may_extend_for(user, school.alice), TEACHERS),
        (lambda user, school: permissions.may_override_for(user, school.alice), TEACHERS),
    ],
)
def test_each_permission_allows_exactly_the_people_of_the_table(school, people, permission, allowed):
    assert {name for name, user in people.items() if permission(user, school)} == allowed


@pytest.mark.parametrize("permission", [permissions.may_extend_for, permissions.may_override_for])
def test_the_course_lets_assistants_act_for_the_students_whom_they_see(school, people, permission):
    let_assistants(school.course, may=True)
    for enrolment, seen_by in ((school.alice, SEES_ALICE), (school.bob, SEES_BOB)):
        enrolment.course = school.course
        allowed = {name for name, user in people.items() if permission(user, enrolment)}
        assert allowed == seen_by - STUDENTS


def test_an_assistant_sees_the_students_of_their_groups(school, people):
    limits = {name: permissions.visible_groups(user, school.course) for name, user in people.items()}
    groups = {group.group_id: group.pk for group in school.course.groups.all()}
    assert {name for name, limit in limits.items() if limit is None} == TEACHERS | {"assistant"}
    assert limits["assistant of A1"] == {groups["A1"]}
    assert limits["assistant of A2"] == {groups["A2"]}
    assert {limits[name] for name in people.keys() - SEES_CLASS} == {permissions.NOBODY}
    for name in people.keys() - {"anonymous", "program"}:
        known = permissions.group_limits(people[name], [school.course])
        assert known.get(school.course.pk) == (limits[name] or None), name


def test_the_lists_of_courses_agree_with_the_permissions(school, people):
    for name, user in people.items():
        if name in ("anonymous", "program"):
            continue
        assert (school.course in Course.objects.visible_to(user)) == (name in KNOWS_COURSE), name
        assert (school.course in Course.objects.with_class_visible_to(user)) == (name in SEES_CLASS), name
        taught = SEES_CLASS - {"staff"}
        assert (school.course in Course.objects.taught_or_assisted_by(user)) == (name in taught), name
        assert permissions.changeable_keys(user, [school.course]) == ({school.course.pk} & _keys(name in TEACHERS))


def _keys(is_allowed):
    return set(Course.objects.values_list("pk", flat=True)) if is_allowed else set()


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
    ("course-groups", [], TEACHERS, {}),
    ("course-group", ["group_pk"], TEACHERS, {}),
    ("course-tasks", [], SEES_CLASS, {}),
    ("course-hook-new", [], TEACHERS, {}),
    ("course-repositories-confirm", [], TEACHERS, {}),
    ("course-settings", [], TEACHERS, {}),
    ("course-semester", [], TEACHERS, {}),
    ("task-new", [], TEACHERS, {}),
    ("task-edit", ["task_pk"], TEACHERS, {}),
    ("course-task", ["task_pk"], SEES_CLASS, dict.fromkeys(STUDENTS, 302)),
    ("course-task-fragment", ["task_pk"], SEES_CLASS, {}),
    ("task-extension", ["task_pk"], TEACHERS, {}),
    ("task-group-deadline", ["task_pk"], TEACHERS, {}),
    *((f"course-{name}-file", ["csv"], SEES_CLASS, {}) for name in ("matrix", "roster", "repositories", "tasks")),
    ("course-task-file", ["task_pk", "xlsx"], SEES_CLASS, {}),
    ("task-zips", ["task_pk"], SEES_CLASS, {}),
    ("task-zips-fragment", ["task_pk"], SEES_CLASS, {}),
    ("task-work", ["task_pk", "alice"], SEES_ALICE, NOT_ALICE),
    ("course-grades", [], TEACHERS, {}),
    ("course-grades-file", ["csv"], TEACHERS, {}),
    ("student-commits-file", ["alice", "csv"], SEES_ALICE, NOT_ALICE),
    ("student-tasks-file", ["alice", "xlsx"], SEES_ALICE, NOT_ALICE),
    ("course-student", ["alice"], SEES_ALICE, NOT_ALICE),
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
    ("course-group-delete", ["group_pk"], TEACHERS, {}),
    ("course-hook-new", [], TEACHERS, {}),
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
    tested |= {"task-work-zip", "task-zip-file", "task-zip-end"}  # test_work.py, test_work_zip_pages.py
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
