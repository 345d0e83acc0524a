"""The rules of courses/rules/permissions.py, checked for each kind of person."""

import pytest

from courses.models import Course
from courses.rules import permissions
from courses.tests.access_people import (
    KNOWS_COURSE,
    SEES_ALICE,
    SEES_BOB,
    SEES_CLASS,
    STUDENTS,
    TEACHERS,
    let_assistants,
    make_people,
)


@pytest.fixture
def people(school, staff, program):
    return make_people(school, staff, program)


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
