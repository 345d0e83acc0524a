"""Mails about repositories: a student's own that cannot be read, and those that teachers have to look at."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from courses.domain import courses, roster, student_repositories
from courses.models import Course, Enrolment
from courses.reminders.failing_repositories import tell_failing
from courses.reminders.team_notices import tell_teams
from gitsync.models import LocalCopy, Registration
from mail import choices
from mail.digests import write_digests
from mail.models import Mail, Notice

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 3, 8, 30, tzinfo=UTC)  # a Tuesday, half past nine in Paris
TUESDAY = datetime(2026, 11, 3, 6, 0, tzinfo=UTC)  # seven o'clock in Paris
DAY, HOUR, MINUTE = timedelta(days=1), timedelta(hours=1), timedelta(minutes=1)


@pytest.fixture(autouse=True)
def frozen():
    with time_machine.travel(NOW, tick=False) as clock:
        yield clock


@pytest.fixture
def school(school):
    """The course, when the mails about it have been read."""
    Mail.objects.all().delete()
    return school


@pytest.fixture
def fail(school, send_event, frozen):
    """`fail("alice", TUESDAY)`: from this moment the repository of alice cannot be read."""

    def send(student="alice", moment=NOW, reason="not_found"):
        frozen.move_to(moment)
        send_event("OnPullFailed", student, repoUrl=f"https://git.example/{student}/x", repoPath="/depot", reason=reason)

    return send


def told(kind="courses.repository_failing"):
    return sorted(Mail.objects.filter(kind=kind).values_list("person__username", flat=True))


# --- the student's own
def test_a_failure_is_told_once_after_an_hour(school, fail):
    fail()
    tell_failing(NOW + 59 * MINUTE)
    assert told() == []
    for minutes in (60, 65, 600, 6000):
        tell_failing(NOW + minutes * MINUTE)
    assert told() == ["alice"]
    mail = Mail.objects.get()
    assert mail.subject == "Your repository in “Structures” cannot be read"
    assert "your repository for “Dépôt” since Tue 3 Nov 09:30." in mail.text
    assert "There is no repository at this address." in mail.text
    assert mail.path == f"/courses/{school.course.pk}/students/alice/repository/?at=%2Fdepot"


def test_a_short_failure_is_no_news(school, fail, send_event):
    fail()
    send_event("OnPull", "alice", repoUrl="https://git.example/alice/x", repoPath="/depot")
    tell_failing(NOW + 2 * HOUR)
    assert told() == []


def test_a_new_failure_is_told_again(school, fail, send_event, frozen):
    fail()
    tell_failing(NOW + HOUR)
    frozen.move_to(NOW + 2 * HOUR)
    send_event("OnPull", "alice", repoUrl="https://git.example/alice/x", repoPath="/depot")
    fail("alice", NOW + 3 * HOUR)
    tell_failing(NOW + 4 * HOUR)
    assert told() == ["alice", "alice"]


@pytest.mark.parametrize(("attempts", "expected"), [(2, []), (3, ["alice"])])
def test_a_failure_is_told_after_the_third_attempt(school, fail, attempts, expected):
    url = "https://git.example/alice/x"
    student_repositories.give_repository(school.alice.person, school.alice, repo_path="/depot", url=url)
    fail()
    LocalCopy.objects.update(status=LocalCopy.Status.FAILING, attempts=attempts)
    tell_failing(NOW + 7 * MINUTE)
    assert told() == expected


def test_a_repository_of_another_course_or_student_does_not_count(school, fail, bob):
    url = "https://git.example/bob/x"
    student_repositories.give_repository(bob, school.bob, repo_path="/depot", url=url)
    LocalCopy.objects.update(status=LocalCopy.Status.FAILING, attempts=9)
    fail("alice")
    tell_failing(NOW + 7 * MINUTE)
    assert told() == []


def test_a_git_module_elsewhere_counts_no_attempts(school, fail, settings):
    fail()
    settings.GIT_MODULE_URL = "https://git-module.example"
    tell_failing(NOW + 7 * MINUTE)
    assert told() == []
    tell_failing(NOW + HOUR)
    assert told() == ["alice"]


def test_people_who_left_archived_courses_and_old_failures_are_no_news(school, fail, bob):
    fail("alice"), fail("bob")
    type(bob).objects.filter(pk=bob.pk).update(is_active=False)
    courses.change_course(None, school.course, archived=True)
    tell_failing(NOW + HOUR)
    courses.change_course(None, school.course, archived=False)
    tell_failing(NOW + 31 * DAY)
    assert told() == []
    Enrolment.objects.filter(pk=school.alice.pk).update(role="assistant")
    tell_failing(NOW + HOUR)
    assert told() == []


def test_the_choice_of_the_student_counts(school, fail):
    choices.choose(school.alice.person_id, {"courses.repository_failing": "never"})
    choices.choose(school.bob.person_id, {"courses.repository_failing": "daily"})
    fail("alice"), fail("bob")
    tell_failing(NOW + HOUR), tell_failing(NOW + 2 * HOUR)
    assert told() == [] and Notice.objects.get().person == school.bob.person
    write_digests(NOW + DAY)
    assert "cannot be read" in Mail.objects.get(kind="mail.digest").text


def test_a_run_that_has_nothing_new_needs_few_queries(school, fail, person, assert_flat):
    def grow():
        for number in range(20):
            name = person(f"s{number}").username
            roster.enrol(None, school.course, username=name)
            fail(name)
        tell_failing(NOW + HOUR)

    fail()
    tell_failing(NOW + HOUR)
    assert_flat(lambda: tell_failing(NOW + HOUR), grow, limit=5)
    assert len(told()) == 21


# --- gathered for the teachers
def waiting_notices(kind):
    return sorted(Notice.objects.filter(kind=kind).values_list("person__username", "subject"))


@pytest.fixture
def helper(school, person):
    roster.enrol(None, school.course, username=person("helper").username, role=Enrolment.Role.ASSISTANT)


def test_teachers_and_assistants_read_in_the_morning_which_repositories_fail(school, fail, helper):
    fail("alice", TUESDAY - 3 * HOUR), fail("bob", TUESDAY - 2 * HOUR, "no_access")
    for moment in (TUESDAY - 61 * MINUTE, TUESDAY + 2 * HOUR):  # 05:59 and 09:00
        tell_teams(moment)
    assert not Notice.objects.exists()
    tell_teams(TUESDAY), tell_teams(TUESDAY + 15 * MINUTE), tell_teams(TUESDAY + DAY)
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
    tell_teams(TUESDAY)
    fail("bob", TUESDAY + HOUR)
    tell_teams(TUESDAY + 90 * MINUTE)
    assert len(waiting_notices("courses.students_failing")) == 1
    tell_teams(TUESDAY + DAY)
    assert [subject[:14] for _name, subject in waiting_notices("courses.students_failing")] == [
        "1 repository i",
        "2 repositories",
    ]


def test_many_failures_are_counted(school, fail, person):
    for number in range(12):
        name = person(f"s{number}").username
        roster.enrol(None, school.course, username=name)
        fail(name, TUESDAY - 3 * HOUR)
    tell_teams(TUESDAY)
    text = Notice.objects.get().text
    assert text.count("* S") == 10 and "and 2 more" in text


def test_nobody_else_is_told(school, fail, staff, person):
    person("other", kind="teacher")
    fail("alice", TUESDAY - 3 * HOUR)
    tell_teams(TUESDAY)
    assert set(Notice.objects.values_list("person__username", flat=True)) == {"teacher"}
    assert not Mail.objects.exists()


def test_the_morning_is_that_of_the_reader(school, fail):
    teacher = school.course.teacher
    type(teacher).objects.filter(pk=teacher.pk).update(zone="America/Montreal")
    fail("alice", TUESDAY - 3 * HOUR)
    tell_teams(TUESDAY)
    assert not Notice.objects.exists()
    tell_teams(TUESDAY + 6 * HOUR)
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
    tell_teams(TUESDAY), tell_teams(TUESDAY + 15 * MINUTE), tell_teams(TUESDAY + DAY)
    assert waiting_notices("courses.request_waiting") == [("teacher", "1 repository waits for you in “Structures”")]
    assert Notice.objects.get().path == f"/courses/{school.course.pk}/repositories/confirm/"
    wait_for_teacher(school.bob)
    tell_teams(TUESDAY + 2 * DAY)
    assert len(waiting_notices("courses.request_waiting")) == 2


def test_confirmed_repositories_and_archived_courses_are_no_news(school, wait_for_teacher):
    wait_for_teacher(school.alice)
    Course.objects.update(archived_at=NOW)
    tell_teams(TUESDAY)
    Course.objects.update(archived_at=None)
    Registration.objects.update(confirmed=True)
    tell_teams(TUESDAY)
    assert not Notice.objects.exists()


def test_a_teacher_may_get_it_at_once(school, wait_for_teacher):
    choices.choose(school.course.teacher.pk, {"courses.request_waiting": "at-once"})
    wait_for_teacher(school.alice)
    tell_teams(TUESDAY), tell_teams(TUESDAY + 15 * MINUTE)
    assert told("courses.request_waiting") == ["teacher"]


