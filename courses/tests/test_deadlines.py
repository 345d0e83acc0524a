from datetime import UTC, datetime, timedelta

from courses.models import Extension, GroupDeadline
from courses.rules.deadlines import Deadlines, effective_deadline
from courses.tests.conftest import DEADLINE

LATER = DEADLINE + timedelta(days=3)


def test_the_task_s_deadline_counts_where_nothing_else_is_said(school):
    assert effective_deadline(school.alice, school.first).at == DEADLINE
    assert effective_deadline(school.alice, school.second).at is None


def test_a_group_s_deadline_stands_for_the_task_s(school):
    GroupDeadline.objects.create(task=school.first, group=school.alice.group, deadline=LATER)

    assert effective_deadline(school.alice, school.first).at == LATER
    assert effective_deadline(school.bob, school.first).at == DEADLINE


def test_an_extension_moves_the_deadline_of_one_student_and_remembers_the_old_one(school):
    Extension.objects.create(task=school.first, enrolment=school.alice, deadline=LATER)

    due = effective_deadline(school.alice, school.first)
    assert (due.at, due.before_extension, due.extended) == (LATER, DEADLINE, True)
    assert not effective_deadline(school.bob, school.first).extended


def test_an_extension_never_makes_a_deadline_earlier(school):
    earlier = DEADLINE - timedelta(days=1)
    Extension.objects.create(task=school.first, enrolment=school.alice, deadline=earlier)
    assert effective_deadline(school.alice, school.first).at == DEADLINE


def test_an_extension_counts_from_the_group_s_deadline(school):
    GroupDeadline.objects.create(task=school.first, group=school.alice.group, deadline=LATER)
    Extension.objects.create(task=school.first, enrolment=school.alice, deadline=LATER + timedelta(days=1))
    assert effective_deadline(school.alice, school.first).before_extension == LATER


def test_the_whole_class_is_read_in_two_queries(school, django_assert_num_queries):
    with django_assert_num_queries(2):
        deadlines = Deadlines([school.first, school.second])
    with django_assert_num_queries(0):
        assert deadlines.effective_deadline(school.bob, school.first).at == DEADLINE


def test_a_deadline_keeps_its_wall_time_over_the_change_of_clocks(school):
    zone = school.course.timezone
    summer = datetime(2026, 10, 20, 23, 59, tzinfo=zone)
    winter = datetime(2026, 10, 27, 23, 59, tzinfo=zone)
    school.first.deadline, school.second.deadline = summer, winter
    school.first.save()
    school.second.save()

    told = [effective_deadline(school.alice, task) for task in (school.first, school.second)]

    assert [due.at.astimezone(zone).strftime("%H:%M") for due in told] == ["23:59", "23:59"]
    assert [due.at.astimezone(UTC).hour for due in told] == [21, 22]
