"""The deadline that counts for a student: the task's own, the group's, or an extension."""

from datetime import UTC, datetime, timedelta

from courses.models import Extension, GroupDeadline
from courses.rules.deadlines import Deadlines, effective_deadline
from courses.tests.conftest import DEADLINE

LATER = DEADLINE + timedelta(days=3)


def test_the_deadline_of_the_task_counts_by_default(school):
    assert effective_deadline(school.alice, school.first).at == DEADLINE
    assert effective_deadline(school.alice, school.second).at is None


def test_the_deadline_of_a_group_replaces_that_of_the_task(school):
    GroupDeadline.objects.create(task=school.first, group=school.alice.group, deadline=LATER)

    assert effective_deadline(school.alice, school.first).at == LATER
    assert effective_deadline(school.bob, school.first).at == DEADLINE


def test_an_extension_moves_the_deadline_of_one_student_and_keeps_the_old_one(school):
    Extension.objects.create(task=school.first, enrolment=school.alice, deadline=LATER)

    due = effective_deadline(school.alice, school.first)
    assert (due.at, due.before_extension, due.extended) == (LATER, DEADLINE, True)
    assert not effective_deadline(school.bob, school.first).extended


def test_an_extension_never_makes_a_deadline_earlier(school):
    earlier = DEADLINE - timedelta(days=1)
    Extension.objects.create(task=school.first, enrolment=school.alice, deadline=earlier)
    assert effective_deadline(school.alice, school.first).at == DEADLINE


def test_an_extension_extends_the_deadline_of_the_group(school):
    GroupDeadline.objects.create(task=school.first, group=school.alice.group, deadline=LATER)
    Extension.objects.create(task=school.first, enrolment=school.alice, deadline=LATER + timedelta(days=1))
    assert effective_deadline(school.alice, school.first).before_extension == LATER


def test_the_deadlines_of_a_whole_class_take_two_queries(school, django_assert_num_queries):
    with django_assert_num_queries(2):
        deadlines = Deadlines([school.first, school.second])
    with django_assert_num_queries(0):
        assert deadlines.effective_deadline(school.bob, school.first).at == DEADLINE


def test_a_deadline_keeps_its_local_time_when_the_clocks_change(school):
    zone = school.course.timezone
    summer = datetime(2026, 10, 20, 23, 59, tzinfo=zone)
    winter = datetime(2026, 10, 27, 23, 59, tzinfo=zone)
    school.first.deadline, school.second.deadline = summer, winter
    school.first.save()
    school.second.save()

    deadlines = [effective_deadline(school.alice, task) for task in (school.first, school.second)]

    assert [due.at.astimezone(zone).strftime("%H:%M") for due in deadlines] == ["23:59", "23:59"]
    assert [due.at.astimezone(UTC).hour for due in deadlines] == [21, 22]
