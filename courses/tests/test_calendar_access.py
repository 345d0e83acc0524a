"""Who reads which deadlines in a calendar: each kind of person, at addresses and in files."""

from datetime import timedelta

import pytest
from django.urls import reverse

from calendars.addresses import make_address
from calendars.events import Window
from courses.domain import course_tasks, courses, extensions, group_deadlines, roster, teaching_team
from courses.pages import calendar_events
from courses.tests.conftest import DEADLINE, group_of
from kernel.errors import NotAllowed
from kernel.testing.calendars import read_events, titles

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]
DAY = timedelta(days=1)


@pytest.fixture
def people(school, person, staff, charlie, program):
    roster.enrol(None, school.course, username="charlie", role="assistant")
    other = person("other", kind="teacher")
    team = [("co-teacher", "teacher", []), ("assistant of A1", "assistant", ["A1"])]
    team += [("assistant of A2", "assistant", ["A2"]), ("staff who co-teaches", "teacher", [])]
    members = {}
    for number, (who, role, groups) in enumerate(team):
        members[who] = person(f"member{number}", kind="teacher", is_staff=who.startswith("staff"))
        teaching_team.add_to_team(None, school.course, username=f"member{number}", role=role, group_ids=groups)
    courses.create_course(other, other, semester_id="A2026", course_id="Other", title="Other")
    return {
        "stranger": person("stranger"),
        "other teacher": other,
        "classmate": school.bob.person,
        "student": school.alice.person,
        "assistant": charlie,
        "teacher": school.course.teacher,
        "staff": staff,
        "program": program,
        **members,
    }


# The titles in each person's calendars. Alice, in group A1, has an extension; staff see their own courses only.
CLASS = ["Due: Exercice 1", "Due: Exercice 1 (A1)", "Due: Essay"]
READS = {
    "classmate": ["Due: Exercice 1", "Due: Essay"],
    "student": ["Due: Essay", "Due: Exercice 1"],
    "assistant": CLASS,
    "assistant of A1": CLASS,
    "assistant of A2": ["Due: Exercice 1", "Due: Essay"],
    "co-teacher": CLASS,
    "staff who co-teaches": CLASS,
    "teacher": CLASS,
}


def test_each_kind_of_person_reads_their_own_and_nothing_more(school, essay, people, teacher, ask):
    course_tasks.change_task(teacher, essay, deadline=DEADLINE + 2 * DAY)
    group_deadlines.set_group_deadline(teacher, school.first, group_of(school.course, "A1"), deadline=DEADLINE + DAY)
    extensions.grant_extension(teacher, school.first, school.alice, deadline=DEADLINE + 9 * DAY, reason="Ill")
    for name, user in people.items():
        assert titles(ask(user).content) == READS.get(name, []), name
        if name in READS:
            assert titles(ask(user, school.course).content) == READS[name], name
        else:
            with pytest.raises(NotAllowed):
                ask(user, school.course)


def test_an_assistant_whose_groups_change_reads_others_and_a_removed_one_nothing(school, people, teacher, ask, client):
    group_deadlines.set_group_deadline(teacher, school.first, group_of(school.course, "A1"), deadline=DEADLINE + DAY)
    reader, course = people["assistant of A2"], school.course
    path = reverse("calendar-file", args=[make_address(reader, course.pk, form_key="another")])
    assert titles(client.get(path).content) == ["Due: Exercice 1"]
    member = teaching_team.add_to_team(None, course, username=reader.username, role="assistant", group_ids=["A1"])
    assert titles(client.get(path).content) == ["Due: Exercice 1", "Due: Exercice 1 (A1)"]
    teaching_team.remove_from_team(None, member)
    assert client.get(path).status_code == 410


def test_a_teacher_of_their_own_courses_needs_no_statement_for_groups(school, people, teacher, queries_of):
    window = Window(DEADLINE - DAY, DEADLINE + DAY)

    def statements(person):
        return queries_of(lambda: calendar_events.own_deadlines(person, window))

    assert not any("assisted_groups" in query for query in statements(teacher))
    assert len(statements(people["assistant of A1"])) == len(statements(teacher)) + 1


def test_the_form_offers_exactly_the_courses_of_the_person(school, people, client_of):
    for name, user in people.items():
        if name != "program":
            text = client_of(user).get("/account/calendar-addresses/new/").content.decode()
            assert ("Deadlines of Structures" in text) == (name in READS), name
            assert ("Deadlines of Other" in text) == (name == "other teacher"), name


def test_courses_of_the_same_title_are_told_apart_by_their_semesters(school, teacher):
    assert list(calendar_events.course_titles(teacher).values()) == ["Structures"]
    courses.create_course(teacher, teacher, semester_id="A2027", course_id="StruDon", title="Structures")
    assert list(calendar_events.course_titles(teacher).values()) == ["Structures, A2026", "Structures, A2027"]


def test_the_file_of_a_deadline_is_the_student_s_own_or_that_of_the_class(school, essay, people, teacher, client_of):
    extensions.grant_extension(teacher, school.first, school.alice, deadline=DEADLINE + 9 * DAY, reason="Ill")
    group_deadlines.set_group_deadline(teacher, school.first, group_of(school.course, "A1"), deadline=DEADLINE + DAY)
    path = reverse("task-deadline-calendar", args=[school.course.pk, school.first.pk])
    class_days = [DEADLINE, DEADLINE + DAY]
    days = {"classmate": [DEADLINE], "student": [DEADLINE + 9 * DAY], "assistant": class_days}
    days |= {"assistant of A1": class_days, "assistant of A2": [DEADLINE]}
    days |= dict.fromkeys(("teacher", "co-teacher", "staff", "staff who co-teaches"), class_days)
    for name, user in people.items():
        answer = client_of(user).get(path)
        assert answer.status_code == (200 if name in days else 404), name
        if name in days:
            assert [event.dtstart.value for event in read_events(answer.content).values()] == days[name], name


def test_a_task_without_a_deadline_has_no_file_and_no_link(school, teacher, client_of):
    for task, status in ((school.first, 200), (school.second, 404)):
        path = reverse("task-deadline-calendar", args=[school.course.pk, task.pk])
        for user, page in ((teacher, "course-task"), (school.alice.person, "task-own")):
            client = client_of(user)
            assert client.get(path).status_code == status
            text = client.get(reverse(page, args=[school.course.pk, task.pk])).content.decode()
            assert (path in text) == (status == 200)
