"""The mail about a student's own repository that cannot be read."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from courses.domain import courses, roster, student_repositories
from courses.models import Enrolment
from courses.reminders.failing_repositories import notify_failing
from gitsync.models import LocalCopy
from mail import choices
from mail.digests import write_digests
from mail.models import Mail, Notice

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("without_mails")]
NOW = datetime(2026, 11, 3, 8, 30, tzinfo=UTC)  # half past nine in Paris
DAY, HOUR, MINUTE = timedelta(days=1), timedelta(hours=1), timedelta(minutes=1)


@pytest.fixture(autouse=True)
def frozen():
    with time_machine.travel(NOW, tick=False) as clock:
        yield clock


def notified(kind="courses.repository_failing"):
    return sorted(Mail.objects.filter(kind=kind).values_list("person__username", flat=True))


def test_a_failure_is_told_once_after_an_hour(school, fail):
    fail()
    notify_failing(NOW + 59 * MINUTE)
    assert notified() == []
    for minutes in (60, 65, 600, 6000):
        notify_failing(NOW + minutes * MINUTE)
    assert notified() == ["alice"]
    mail = Mail.objects.get()
    assert mail.subject == "Your repository in “Structures” cannot be read"
    assert "your repository for “Dépôt” since Tue 3 Nov 09:30." in mail.text
    assert "There is no repository at this address." in mail.text
    assert mail.path == f"/courses/{school.course.pk}/students/alice/repository/?at=%2Fdepot"


def test_a_short_failure_is_no_news(school, fail, send_event):
    fail()
    send_event("OnPull", "alice", repoUrl="https://git.example/alice/x", repoPath="/depot")
    notify_failing(NOW + 2 * HOUR)
    assert notified() == []


def test_a_new_failure_is_told_again(school, fail, send_event, frozen):
    fail()
    notify_failing(NOW + HOUR)
    frozen.move_to(NOW + 2 * HOUR)
    send_event("OnPull", "alice", repoUrl="https://git.example/alice/x", repoPath="/depot")
    fail("alice", NOW + 3 * HOUR)
    notify_failing(NOW + 4 * HOUR)
    assert notified() == ["alice", "alice"]


@pytest.mark.parametrize(("attempts", "expected"), [(2, []), (3, ["alice"])])
def test_a_failure_is_told_after_the_third_attempt(school, fail, attempts, expected):
    url = "https://git.example/alice/x"
    student_repositories.give_repository(school.alice.person, school.alice, repo_path="/depot", url=url)
    fail()
    LocalCopy.objects.update(status=LocalCopy.Status.FAILING, attempts=attempts)
    notify_failing(NOW + 7 * MINUTE)
    assert notified() == expected


def test_a_repository_of_another_course_or_student_does_not_count(school, fail, bob):
    url = "https://git.example/bob/x"
    student_repositories.give_repository(bob, school.bob, repo_path="/depot", url=url)
    LocalCopy.objects.update(status=LocalCopy.Status.FAILING, attempts=9)
    fail("alice")
    notify_failing(NOW + 7 * MINUTE)
    assert notified() == []


def test_a_git_module_elsewhere_counts_no_attempts(school, fail, settings):
    fail()
    settings.GIT_MODULE_URL = "https://git-module.example"
    notify_failing(NOW + 7 * MINUTE)
    assert notified() == []
    notify_failing(NOW + HOUR)
    assert notified() == ["alice"]


def test_people_who_left_archived_courses_and_old_failures_are_no_news(school, fail, bob):
    fail("alice"), fail("bob")
    type(bob).objects.filter(pk=bob.pk).update(is_active=False)
    courses.change_course(None, school.course, archived=True)
    notify_failing(NOW + HOUR)
    courses.change_course(None, school.course, archived=False)
    notify_failing(NOW + 31 * DAY)
    assert notified() == []
    Enrolment.objects.filter(pk=school.alice.pk).update(role="assistant")
    notify_failing(NOW + HOUR)
    assert notified() == []


def test_the_choice_of_the_student_counts(school, fail):
    choices.choose(school.alice.person_id, {"courses.repository_failing": "never"})
    choices.choose(school.bob.person_id, {"courses.repository_failing": "daily"})
    fail("alice"), fail("bob")
    notify_failing(NOW + HOUR), notify_failing(NOW + 2 * HOUR)
    assert notified() == [] and Notice.objects.get().person == school.bob.person
    write_digests(NOW + DAY)
    assert "cannot be read" in Mail.objects.get(kind="mail.digest").text


def test_a_run_that_has_nothing_new_needs_few_queries(school, fail, person, assert_flat):
    def grow():
        for number in range(20):
            name = person(f"s{number}").username
            roster.enrol(None, school.course, username=name)
            fail(name)
        notify_failing(NOW + HOUR)

    fail()
    notify_failing(NOW + HOUR)
    assert_flat(lambda: notify_failing(NOW + HOUR), grow, limit=5)
    assert len(notified()) == 21
