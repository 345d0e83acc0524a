"""The mail with the week of a course."""

from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine

from courses.domain import answers, courses, roster, teaching_team
from courses.models import Enrolment, Semester, Task
from courses.pages.weekly_counts import WeeklyCounts, weekly_counts
from courses.reminders.team_notices import tell_teams
from courses.tests.conftest import DEADLINE, complete_exercise
from mail.digests import write_digests
from mail.models import Mail, Notice

pytestmark = pytest.mark.django_db
MONDAY = datetime(2026, 11, 9, 5, 0, tzinfo=UTC)  # six o'clock in Paris
DAY, HOUR, MINUTE = timedelta(days=1), timedelta(hours=1), timedelta(minutes=1)


@pytest.fixture(autouse=True)
def frozen():
    with time_machine.travel(MONDAY, tick=False) as clock:
        yield clock


def summaries():
    return sorted(Notice.objects.filter(kind="courses.weekly_summary").values_list("person__username", "subject"))


def test_it_is_written_on_monday_from_six_on_once_for_the_teacher_and_the_assistants(school, person):
    roster.enrol(None, school.course, username=person("helper").username, role=Enrolment.Role.ASSISTANT)
    for moment in (MONDAY - MINUTE, MONDAY - DAY, MONDAY + DAY):
        tell_teams(moment)
    assert summaries() == []
    for minutes in (0, 15, 60 * 17):
        tell_teams(MONDAY + minutes * MINUTE)
    assert summaries() == [("helper", "Your week in “Structures”"), ("teacher", "Your week in “Structures”")]
    tell_teams(MONDAY + 7 * DAY)
    assert len(summaries()) == 4


def test_it_counts_what_was_done_who_is_late_and_who_was_silent(school, essay, send_event, frozen, person):
    roster.enrol(None, school.course, username=person("helper").username, role=Enrolment.Role.ASSISTANT)
    roster.enrol(None, school.course, username=person("dora").username)
    frozen.move_to(MONDAY - 9 * DAY)
    complete_exercise(send_event, "bob", at=MONDAY - 9 * DAY)  # before the week
    frozen.move_to(MONDAY - 2 * DAY)
    complete_exercise(send_event, "alice", at=MONDAY - 3 * DAY)
    answers.give_answer(school.alice.person, school.alice, essay, text="Done")
    frozen.move_to(MONDAY)
    assert weekly_counts([school.course], MONDAY) == {
        school.course.pk: WeeklyCounts(students=3, tasks=3, done=2, late=2, silent=2)
    }
    tell_teams()
    text = Notice.objects.get(person__username="teacher").text
    assert "2 tasks were done in the last seven days." in text
    assert "2 students are late with a task." in text
    assert "2 students have done nothing in the last seven days." in text
    assert "The course has 3 students." in text


def test_a_co_teacher_reads_of_the_class_and_an_assistant_of_groups_of_their_students(
    school, essay, send_event, frozen, person
):
    person("nadia", kind="teacher")
    teaching_team.add_to_team(None, school.course, username="nadia", role="teacher")
    for name, groups in (("helper", ["A1"]), ("other", ["A2"]), ("both", ["A1", "A2"])):
        person(name)
        teaching_team.add_to_team(None, school.course, username=name, role="assistant", group_ids=groups)
    roster.enrol(None, school.course, username=person("dora").username)
    frozen.move_to(MONDAY - 2 * DAY)
    complete_exercise(send_event, "alice", at=MONDAY - 3 * DAY)
    frozen.move_to(MONDAY)
    tell_teams()
    texts = dict(Notice.objects.filter(kind="courses.weekly_summary").values_list("person__username", "text"))
    numbers = {name: [line.split(" ")[0] for line in text.splitlines()[:3]] for name, text in texts.items()}
    assert numbers == {
        "teacher": ["1", "3", "2"],
        "nadia": ["1", "3", "2"],
        "helper": ["1", "1", "0"],
        "other": ["0", "1", "1"],
        "both": ["1", "2", "1"],
    }
    assert "The course has 3 students." in texts["nadia"] and "Your groups have 2 students." in texts["both"]


def test_there_is_none_without_students_or_without_tasks_or_of_an_archived_course(teacher, school):
    courses.create_course(teacher, teacher, semester_id="A2026", course_id="Empty", title="Empty")
    courses.change_course(teacher, school.course, archived=True)
    tell_teams(MONDAY)
    assert summaries() == []
    courses.change_course(teacher, school.course, archived=False)
    Task.objects.filter(asks_for=Task.Asks.EXERCISE).delete()
    tell_teams(MONDAY)
    assert summaries() == []


@pytest.mark.parametrize(
    ("first", "last", "number"),
    [
        (None, None, 1),
        (date(2026, 11, 9), None, 0),  # it begins today
        (date(2026, 11, 2), date(2027, 1, 31), 1),
        (date(2026, 9, 1), date(2026, 11, 8), 1),  # it ended yesterday
        (date(2026, 9, 1), date(2026, 11, 1), 0),
    ],
)
def test_there_is_none_outside_the_semester(school, first, last, number):
    Semester.objects.update(starts_on=first, ends_on=last)
    tell_teams(MONDAY)
    assert len(summaries()) == number


def test_monday_is_that_of_the_reader(school):
    teacher = school.course.teacher
    type(teacher).objects.filter(pk=teacher.pk).update(zone="Pacific/Honolulu")
    tell_teams(MONDAY)
    assert summaries() == []
    tell_teams(MONDAY + 11 * HOUR)  # six o'clock in Honolulu
    assert len(summaries()) == 1


def test_it_is_in_the_daily_mail_of_the_same_morning(school):
    with time_machine.travel(MONDAY + MINUTE, tick=False):
        tell_teams()
    write_digests(MONDAY + 91 * MINUTE)
    assert "1. Your week in “Structures”" in Mail.objects.get(kind="mail.digest").text


def test_several_courses_need_as_many_queries_as_one_and_none_is_counted_twice(school, teacher, queries_of):
    def add(number):
        course = courses.create_course(teacher, teacher, semester_id="A2026", course_id=f"c{number}", title="More")
        roster.enrol(None, course, username="alice")
        Task.objects.create(course=course, path="/a", path_hash=str(number), title="A", deadline=DEADLINE)

    add(1)
    queries = queries_of(lambda: tell_teams(MONDAY))
    counted = [query for query in queries if "courses_progress" in query or "courses_activity" in query]
    tell_teams(MONDAY + 7 * DAY)
    for number in range(2, 8):
        add(number)
    again = queries_of(lambda: tell_teams(MONDAY + 14 * DAY))
    assert len([query for query in again if "courses_progress" in query or "courses_activity" in query]) == len(counted)
    quiet = queries_of(lambda: tell_teams(MONDAY + 14 * DAY))
    assert not any("courses_progress" in query for query in quiet) and len(quiet) <= 10
