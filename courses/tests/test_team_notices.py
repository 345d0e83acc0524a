"""The mails of the morning to teachers and assistants: repositories that fail, and those that wait for the teacher."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from courses.domain import courses, roster, student_repositories, teaching_team
from courses.models import Course, Enrolment
from courses.reminders import course_teams
from courses.reminders.team_notices import notify_teams
from gitsync.models import Registration
from mail import choices
from mail.models import Mail, Notice

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("without_mails")]
NOW = datetime(2026, 11, 3, 8, 30, tzinfo=UTC)
TUESDAY = datetime(2026, 11, 3, 6, 0, tzinfo=UTC)  # seven o'clock in Paris
DAY, HOUR, MINUTE = timedelta(days=1), timedelta(hours=1), timedelta(minutes=1)


@pytest.fixture(autouse=True)
def frozen():
    with time_machine.travel(NOW, tick=False) as clock:
        yield clock


def waiting_notices(kind):
    return sorted(Notice.objects.filter(kind=kind).values_list("person__username", "subject"))


@pytest.fixture
def helper(school, person):
    roster.enrol(None, school.course, username=person("helper").username, role=Enrolment.Role.ASSISTANT)


def test_teachers_and_assistants_read_in_the_morning_which_repositories_fail(school, fail, helper):
    fail("alice", TUESDAY - 3 * HOUR), fail("bob", TUESDAY - 2 * HOUR, "no_access")
    for moment in (TUESDAY - 61 * MINUTE, TUESDAY + 2 * HOUR):  # 05:59 and 09:00
        notify_teams(moment)
    assert not Notice.objects.exists()
    notify_teams(TUESDAY), notify_teams(TUESDAY + 15 * MINUTE), notify_teams(TUESDAY + DAY)
    subject = "2 repositories in “Structures” cannot be read"
    assert waiting_notices("courses.students_failing") == [("helper", subject), ("teacher", subject)]
    notice = Notice.objects.get(person__username="teacher")
    assert notice.path == f"/courses/{school.course.pk}/?state=failing"
    assert notice.text.splitlines()[:2] == [
        "* Bob Martin: The repository is private, or does not exist.",
        "* Alice Martin: There is no repository at this address.",
    ]


def test_a_new_failure_is_in_the_next_morning_with_those_that_go_on(school, fail):
    fail("alice", TUESDAY - 3 * HOUR)
    notify_teams(TUESDAY)
    fail("bob", TUESDAY + HOUR)
    notify_teams(TUESDAY + 90 * MINUTE)
    assert len(waiting_notices("courses.students_failing")) == 1
    notify_teams(TUESDAY + DAY)
    assert [subject[:14] for _name, subject in waiting_notices("courses.students_failing")] == [
        "1 repository i",
        "2 repositories",
    ]


def test_many_failures_are_counted(school, fail, person):
    for number in range(12):
        name = person(f"s{number}").username
        roster.enrol(None, school.course, username=name)
        fail(name, TUESDAY - 3 * HOUR)
    notify_teams(TUESDAY)
    text = Notice.objects.get().text
    assert text.count("* S") == 10 and "and 2 more" in text


def test_nobody_else_is_told(school, fail, staff, person):
    person("other", kind="teacher")
    fail("alice", TUESDAY - 3 * HOUR)
    notify_teams(TUESDAY)
    assert set(Notice.objects.values_list("person__username", flat=True)) == {"teacher"}
    assert not Mail.objects.exists()


def test_an_assistant_of_groups_reads_about_these_alone(school, fail, helper):
    teaching_team.add_to_team(None, school.course, username="helper", role="assistant", group_ids=["A2"])
    fail("alice", TUESDAY - 3 * HOUR)
    notify_teams(TUESDAY)
    assert [name for name, _subject in waiting_notices("courses.students_failing")] == ["teacher"]
    fail("bob", TUESDAY + HOUR)
    notify_teams(TUESDAY + DAY)
    text = Notice.objects.get(person__username="helper").text
    assert "Bob Martin" in text and "Alice" not in text


def test_a_co_teacher_reads_what_the_teacher_reads(school, fail, wait_for_teacher, person):
    person("nadia", kind="teacher")
    teaching_team.add_to_team(None, school.course, username="nadia", role="teacher")
    fail("alice", TUESDAY - 3 * HOUR)
    wait_for_teacher(school.bob)
    notify_teams(TUESDAY + DAY)
    for kind in ("courses.students_failing", "courses.request_waiting"):
        (nadia, nadia_subject), (teacher, teacher_subject) = waiting_notices(kind)
        assert (nadia, teacher) == ("nadia", "teacher") and nadia_subject == teacher_subject


def test_the_teams_of_many_courses_are_read_with_the_statements_of_one(school, teacher, person, queries_of):
    def add(number):
        course = courses.create_course(None, teacher, semester_id="A2026", course_id=f"c{number}", title="More")
        for role, name in (("assistant", f"a{number}"), ("teacher", f"t{number}")):
            person(name, kind="teacher")
            teaching_team.add_to_team(None, course, username=name, role=role)

    assert len(queries_of(course_teams.open_teams)) == 2, "nobody assists"
    add(1)
    assert len(queries_of(course_teams.open_teams)) == 3
    for number in range(2, 6):
        add(number)
    assert len(queries_of(course_teams.open_teams)) == 3
    assert [member.may_change for member in course_teams.open_teams()].count(True) == 11


def test_the_morning_is_that_of_the_reader(school, fail):
    teacher = school.course.teacher
    type(teacher).objects.filter(pk=teacher.pk).update(zone="America/Montreal")
    fail("alice", TUESDAY - 3 * HOUR)
    notify_teams(TUESDAY)
    assert not Notice.objects.exists()
    notify_teams(TUESDAY + 6 * HOUR)
    assert Notice.objects.count() == 1


# --- repositories that wait for the teacher
@pytest.fixture
def wait_for_teacher(school, settings):
    """`wait_for_teacher(school.alice)`: alice gives a repository that the public cannot read."""
    settings.GIT_LOCAL_SERVERS = frozenset({"git.school.example:8080"})

    def give(enrolment):
        url = f"http://git.school.example:8080/{enrolment.person.username}/strudon"
        student_repositories.give_repository(enrolment.person, enrolment, repo_path="/depot", url=url)

    return give


def test_the_teacher_reads_that_a_repository_waits_and_again_when_there_is_a_new_one(school, wait_for_teacher, helper):
    wait_for_teacher(school.alice)
    notify_teams(TUESDAY), notify_teams(TUESDAY + 15 * MINUTE), notify_teams(TUESDAY + DAY)
    assert waiting_notices("courses.request_waiting") == [("teacher", "1 repository waits for you in “Structures”")]
    assert Notice.objects.get().path == f"/courses/{school.course.pk}/repositories/confirm/"
    wait_for_teacher(school.bob)
    notify_teams(TUESDAY + 2 * DAY)
    assert len(waiting_notices("courses.request_waiting")) == 2


def test_confirmed_repositories_and_archived_courses_are_no_news(school, wait_for_teacher):
    wait_for_teacher(school.alice)
    Course.objects.update(archived_at=NOW)
    notify_teams(TUESDAY)
    Course.objects.update(archived_at=None)
    Registration.objects.update(confirmed=True)
    notify_teams(TUESDAY)
    assert not Notice.objects.exists()


def test_a_teacher_may_get_it_at_once(school, wait_for_teacher):
    choices.choose(school.course.teacher.pk, {"courses.request_waiting": "at-once"})
    wait_for_teacher(school.alice)
    notify_teams(TUESDAY), notify_teams(TUESDAY + 15 * MINUTE)
    assert [mail.person.username for mail in Mail.objects.filter(kind="courses.request_waiting")] == ["teacher"]
