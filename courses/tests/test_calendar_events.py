"""Deadlines in calendars: own ones with those of groups and extensions, those of a class, one as a file."""

from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from django.urls import reverse
from django.utils import timezone

from calendars.addresses import make_address
from courses.domain import course_tasks, courses, extensions, group_deadlines, roster
from courses.models import Task
from courses.tests.conftest import DEADLINE, group_of
from kernel.errors import NotAllowed
from kernel.testing.calendars import read_events, titles

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]
DAY = timedelta(days=1)


@pytest.fixture
def read(ask):
    return lambda person, course=None: read_events(ask(person, course).content)


def key(task):
    return f"task-{task.pk}"


def test_a_student_reads_their_own_deadlines(school, read):
    school.first.title = 'Exercice "1", suite'
    school.first.save()
    [event] = read(school.alice.person).values()
    assert event.summary.value == 'Due: Exercice "1", suite'
    assert event.dtstart.value == DEADLINE
    assert "dtend" not in event.contents
    assert event.description.value.startswith("Structures\n")
    assert event.url.value.endswith(f"/courses/{school.course.pk}/tasks/{school.first.pk}/own/")


def test_the_deadline_of_the_group_and_the_extension_of_the_student_count(school, teacher, read):
    group_deadlines.set_group_deadline(teacher, school.first, group_of(school.course, "A1"), deadline=DEADLINE + DAY)
    group_deadlines.set_group_deadline(
        teacher, school.second, group_of(school.course, "A2"), deadline=DEADLINE + 5 * DAY
    )
    alice, bob = read(school.alice.person), read(school.bob.person)
    assert {name: event.dtstart.value for name, event in alice.items()} == {key(school.first): DEADLINE + DAY}
    assert {name: event.dtstart.value for name, event in bob.items()} == {
        key(school.first): DEADLINE,
        key(school.second): DEADLINE + 5 * DAY,
    }
    extensions.grant_extension(teacher, school.first, school.bob, deadline=DEADLINE + 9 * DAY, reason="In hospital")
    event = read(school.bob.person)[key(school.first)]
    assert event.dtstart.value == DEADLINE + 9 * DAY
    assert "Extended for you" in event.description.value
    assert "hospital" not in event.description.value, "calendars are often kept by others"
    assert event.sequence.value == "1"
    assert read(school.alice.person)[key(school.first)].dtstart.value == DEADLINE + DAY


def test_an_extension_of_an_old_deadline_is_in_the_calendar(school, teacher, read, clock):
    school.first.deadline = DEADLINE - 60 * DAY
    school.first.save()
    extensions.grant_extension(teacher, school.first, school.alice, deadline=DEADLINE + DAY, reason="Ill")
    assert read(school.alice.person)[key(school.first)].dtstart.value == DEADLINE + DAY
    assert read(school.bob.person) == {}


def test_a_teacher_and_an_assistant_read_the_deadlines_of_the_class_without_names(
    school, teacher, charlie, person, read, ask
):
    roster.enrol(None, school.course, username="charlie", role="assistant")
    group_deadlines.set_group_deadline(teacher, school.first, group_of(school.course, "A1"), deadline=DEADLINE + DAY)
    extensions.grant_extension(teacher, school.first, school.bob, deadline=DEADLINE + 9 * DAY, reason="Ill")
    for reader in (teacher, charlie):
        for course in (None, school.course):
            content = ask(reader, course).content
            assert titles(content) == ["Due: Exercice 1", "Due: Exercice 1 (A1)"]
            assert b"bob" not in content.lower()
            assert [event.dtstart.value for event in read_events(content).values()] == [DEADLINE, DEADLINE + DAY]


def test_a_removed_deadline_and_a_deleted_task_stay_as_cancelled(school, teacher, read):
    other = course_tasks.add_task(teacher, school.course, path="/other", title="Other", deadline=DEADLINE + DAY)
    assert len(read(school.alice.person)) == len(read(teacher)) == 2
    course_tasks.change_task(teacher, school.first, deadline=None)
    course_tasks.delete_task(teacher, other)
    for reader in (school.alice.person, teacher):
        assert [event.status.value for event in read(reader).values()] == ["CANCELLED"] * 2


def test_a_person_who_is_removed_from_a_course_reads_nothing_new_of_it(school, teacher, read, ask):
    student = school.alice.person
    before = read(student, school.course)[key(school.first)]
    assert before.status.value == "CONFIRMED"
    read(student)
    roster.remove(teacher, school.alice)
    course_tasks.change_task(teacher, school.first, title="A new secret title", deadline=DEADLINE + DAY)
    with pytest.raises(NotAllowed):
        make_address(student, school.course.pk, form_key="another")
    event = read(student)[key(school.first)]
    assert (event.status.value, event.summary.value) == ("CANCELLED", "Due: Exercice 1")
    assert event.dtstart.value == DEADLINE
    assert "description" not in event.contents


def test_the_address_of_a_course_answers_gone_after_its_person_left_and_again_when_they_are_back(
    school, teacher, client
):
    path = reverse("calendar-file", args=[make_address(school.alice.person, school.course.pk, form_key="k")])
    assert client.get(path).status_code == 200
    roster.remove(teacher, school.alice)
    assert client.get(path).status_code == 410
    roster.enrol(teacher, school.course, username="alice")
    assert client.get(path).status_code == 200


def test_an_archived_course_has_no_calendar(school, teacher, client, read):
    path = reverse("calendar-file", args=[make_address(teacher, school.course.pk, form_key="k")])
    courses.change_course(teacher, school.course, archived=True)
    assert client.get(path).status_code == 410
    assert read(teacher) == read(school.alice.person) == {}


ZONES = ["Europe/Paris", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu"]


@pytest.mark.parametrize("zone", ZONES)
def test_a_deadline_is_at_the_time_of_the_page_in_the_zone_of_the_reader(school, teacher, read, clock, zone):
    """Deadlines at 23:59 in the zone of the course, before and after both changes of the clock of a year."""
    student, local = school.alice.person, ZoneInfo(zone)
    student.zone = zone
    student.save()
    days = ["2026-11-20", "2027-03-13", "2027-03-14", "2027-03-27", "2027-03-28", "2027-04-03", "2027-04-04",
            "2027-10-02", "2027-10-03", "2027-10-30", "2027-10-31", "2027-11-06", "2027-11-07"]  # fmt: skip
    wall_times = {}
    for day in days:
        with timezone.override(local):
            at = timezone.make_aware(timezone.datetime.fromisoformat(f"{day}T23:59"))
        path = f"/{day}"
        task = course_tasks.add_task(teacher, school.course, path=path, title=day, deadline=at)
        wall_times[key(task)] = f"{day}T23:59:00"
    events = read(student)
    for name, wall_time in wall_times.items():
        shown = events[name].dtstart.value.astimezone(local).replace(tzinfo=None)
        assert shown.isoformat() == wall_time


def test_more_tasks_courses_and_students_cost_no_query_more(school, teacher, person, ask, client, assert_flat):
    roster.enrol(None, school.course, username=person("sam", kind="teacher").username)
    sam = roster.enrol(None, school.course, username="sam").person
    taught = courses.create_course(sam, sam, semester_id="A2026", course_id="Own", title="Own")
    course_tasks.add_task(sam, taught, path="/a", asks_for=Task.Asks.TEXT, deadline=DEADLINE)

    def grow():
        for number in range(10):
            for course in (school.course, taught):
                course_tasks.add_task(None, course, path=f"/more{number}", asks_for=Task.Asks.TEXT, deadline=DEADLINE)
            other = courses.create_course(sam, sam, semester_id="A2026", course_id=f"Own{number}", title="Own")
            course_tasks.add_task(sam, other, path="/a", asks_for=Task.Asks.TEXT, deadline=DEADLINE)
            roster.enrol(None, school.course, username=person(f"student{number}").username)
        ask(sam)  # it saves what it sends; an unchanged calendar is counted

    for course in (None, school.course):
        ask(sam, course)
    path = reverse("calendar-file", args=[make_address(sam, None, form_key="k")])
    assert_flat(lambda: client.get(path), grow, limit=15)
