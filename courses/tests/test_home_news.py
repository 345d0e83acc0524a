"""The news of the home page: what concerns the reader, and nothing of another student."""

from datetime import UTC, datetime

import pytest

from accounts import recent_activity
from courses.domain import answers, course_tasks, extensions, group_deadlines, roster, semesters, teaching_team
from courses.models import Group

pytestmark = [pytest.mark.django_db, pytest.mark.database]
LATER = datetime(2099, 12, 1, tzinfo=UTC)


def news(person):
    return [entry.title for entry in recent_activity.recent_entries(person)]


@pytest.fixture
def readers(school, person):
    people = {"alice": school.alice.person, "bob": school.bob.person, "teacher": school.course.teacher}
    return people | {"stranger": person("stranger"), "other": person("other", kind="teacher")}


def who_sees(readers, title):
    return [name for name, reader in readers.items() if title in news(reader)]


def test_an_extension_is_news_for_its_student_and_the_teacher(school, readers):
    assert not who_sees(readers, "Extension granted")
    extensions.grant_extension(school.course.teacher, school.first, school.alice, deadline=LATER, reason="ill")
    assert who_sees(readers, "Extension granted") == ["alice", "teacher"]


def test_a_deadline_of_a_group_is_news_for_the_group(school, readers):
    group = Group.objects.get(pk=school.alice.group_id)
    assert school.bob.group_id != group.pk
    group_deadlines.set_group_deadline(None, school.first, group, deadline=LATER)
    assert who_sees(readers, "Deadline of a group set") == ["alice", "teacher"]


def test_a_changed_task_is_news_for_everybody_in_the_course(school, readers):
    course_tasks.change_task(None, school.first, deadline=LATER)
    assert who_sees(readers, "Task changed") == ["alice", "bob", "teacher"]


def test_joining_a_course_is_news_for_that_person(school, readers):
    roster.enrol(None, school.course, username="stranger")
    assert "stranger" in who_sees(readers, "Person added to a course")
    roster.remove(None, school.course.enrolments.get(person=readers["stranger"]))
    assert who_sees(readers, "Person removed from a course") == ["teacher", "stranger"]


def test_a_co_teacher_reads_the_news_of_the_teacher_and_an_assistant_of_groups_those_of_the_groups(
    school, readers, person
):
    for name, role, groups in (("nadia", "teacher", []), ("a1", "assistant", ["A1"]), ("a2", "assistant", ["A2"])):
        readers[name] = person(name, kind="teacher")
        teaching_team.add_to_team(None, school.course, username=name, role=role, group_ids=groups)
    extensions.grant_extension(None, school.first, school.alice, deadline=LATER, reason="ill")
    group_deadlines.set_group_deadline(None, school.first, school.alice.group, deadline=LATER)
    course_tasks.change_task(None, school.first, title="Other")
    assert who_sees(readers, "Extension granted") == ["alice", "teacher", "nadia"]
    assert who_sees(readers, "Deadline of a group set") == ["alice", "teacher", "nadia", "a1"]
    assert who_sees(readers, "Task changed") == ["alice", "bob", "teacher", "nadia", "a1", "a2"]


def test_a_semester_that_a_co_teacher_changed_is_news_for_its_teachers_alone(school, readers, person):
    nadia = readers["nadia"] = person("nadia", kind="teacher")
    teaching_team.add_to_team(None, school.course, username="nadia", role="teacher")
    semesters.change_semester(nadia, school.course.semester, title="Autumn")
    assert who_sees(readers, "Semester changed") == ["teacher", "nadia"]
    semesters.change_semester(None, school.course.semester, title="Autumn 2026")
    assert news(nadia)[0] == "Semester changed"


def test_an_answer_is_news_only_for_its_student(school, readers):
    task = course_tasks.add_task(None, school.course, path="/essay", asks_for="tick")
    answers.give_answer(readers["alice"], school.alice, task)
    assert who_sees(readers, "Answer given") == ["alice"]


def test_the_number_of_queries_does_not_grow_with_the_course(school, client_of, assert_flat):
    client = client_of(school.alice.person)
    assert_flat(
        lambda: client.get("/what-changed/"),
        lambda: [course_tasks.add_task(None, school.course, path=f"/more/{number}") for number in range(20)],
    )
