"""The buttons of the page "Repositories" of a course: read now, pause and resume, one or many."""

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.models import AuditEvent
from courses.domain import course_tasks, roster
from courses.domain import courses as course_commands
from courses.domain.repository_reading import change_reading
from courses.models import Enrolment, Task
from courses.tests.repository_rows import (
    WAIT,
    copy_of,
    give,
    give_and_read,
    key_of,
    names,
    receive_hook,
    store,
    text_of,
)
from gitsync.models import LocalCopy, Registration, Repository
from gitsync.syncing.sync_queue import QUARANTINE_SPACING
from kernel.errors import NotAllowed
from live.models import Change

pytestmark = pytest.mark.django_db


@pytest.fixture
def address(school):
    return reverse("course-repositories", args=[school.course.pk])


@pytest.fixture
def read(school):
    """Both students gave a repository, which was read a moment ago."""
    give_and_read(school.alice, school.bob)


@pytest.fixture
def as_teacher(school, client_of, read):
    return client_of(school.course.teacher)


def test_a_button_reads_one_repository_now(school, as_teacher, address):
    Change.objects.all().delete()
    response = as_teacher.post(f"{address}?state=ok", {"read": key_of("alice")}, follow=True)
    assert "1 repository is read now" in text_of(response) and "being read" in text_of(response)
    assert response.request["QUERY_STRING"] == "state=ok"
    assert "every 4s" in text_of(response)
    assert copy_of("alice").dirty and not copy_of("bob").dirty
    assert LocalCopy.objects.due(timezone.now()).get() == copy_of("alice")
    assert Change.objects.get().topic == school.course.topic
    event = AuditEvent.objects.get(verb="gitsync.sync_now")
    assert (event.actor, event.subject, event.after) == (
        school.course.teacher,
        f"course:{school.course.pk}",
        {"repositories": 1},
    )


def test_chosen_rows_are_paused_and_resumed_together(school, as_teacher, address):
    keys = [key_of("alice"), key_of("bob")]
    store("bob", reason="timeout", status="failing", attempts=20)

    assert "2 repositories are paused" in text_of(
        as_teacher.post(address, {"pause": "chosen", "registration": keys}, follow=True)
    )
    assert {copy.status for copy in LocalCopy.objects.all()} == {"paused"}
    assert not LocalCopy.objects.due(timezone.now()).exists()
    answer = text_of(as_teacher.post(address, {"read": "chosen", "registration": keys}, follow=True))
    assert "Nothing is read" in answer and "Resume" in answer
    assert "Nothing is paused" in text_of(as_teacher.post(address, {"pause": keys[0]}, follow=True))

    answer = as_teacher.post(address, {"resume": "chosen", "registration": keys}, follow=True)
    assert "2 paused repositories are read again" in text_of(answer)
    assert (copy_of("alice").status, copy_of("bob").status, copy_of("bob").attempts) == ("ok", "failing", 0)
    assert LocalCopy.objects.due(timezone.now()).count() == 2


def test_all_means_every_row_that_the_filters_leave(as_teacher, address):
    as_teacher.post(f"{address}?group=A2", {"pause": "chosen", "all": "1"})
    assert (copy_of("alice").status, copy_of("bob").status) == ("ok", "paused")


@pytest.mark.parametrize("body", [{}, {"read": "chosen"}, {"read": "9" * 30}, {"pause": "-1"}, {"other": "1"}])
def test_a_wrong_form_changes_nothing_and_says_so(as_teacher, address, body):
    response = as_teacher.post(address, body, follow=True)
    assert response.status_code == 200
    assert "at-toast" in response.content.decode()
    assert not LocalCopy.objects.exclude(status="ok", dirty=False).exists()


def test_a_try_before_its_time_neither_counts_nor_repeats_what_is_expensive(school, as_teacher, address):
    now = timezone.now()
    store("alice", status="failing", reason="timeout", dirty=True, next_attempt_at=now + WAIT, attempts=4)
    store("bob", status="quarantined", reason="too_large", started_at=now)
    as_teacher.post(address, {"read": "chosen", "all": "1"})
    assert copy_of("alice").attempts == 3 and copy_of("alice").next_attempt_at <= timezone.now()
    assert not copy_of("bob").dirty
    store("bob", started_at=now - QUARANTINE_SPACING)
    as_teacher.post(address, {"read": "chosen", "all": "1"})
    assert copy_of("bob").dirty


def test_assistants_see_the_page_without_its_buttons(school, as_teacher, address, charlie, client_of):
    roster.enrol(None, school.course, username="charlie", role=Enrolment.Role.ASSISTANT)
    client = client_of(charlie)
    assert names(client.get(address)) == ["alice", "bob"]
    assert 'name="pause"' not in client.get(address).content.decode()
    assert client.post(address, {"pause": key_of("alice")}).status_code == 403
    with pytest.raises(NotAllowed):
        change_reading(charlie, school.course, "pause", [key_of("alice")])
    assert not LocalCopy.objects.filter(status="paused").exists()


def test_a_repository_of_another_course_is_not_touched(school, as_teacher, address, person):
    other = person("other", kind="teacher")
    course = course_commands.create_course(other, other, semester_id="A2026", course_id="Other", title="Other")
    course_tasks.add_task(other, course, path="/depot", title="Dépôt", asks_for=Task.Asks.REPOSITORY)
    give(roster.enrol(other, course, username="bob"), "https://git.example/secret.git")
    LocalCopy.objects.update(dirty=False)
    secret = Registration.objects.get(repo_url__contains="secret")
    as_teacher.post(address, {"pause": secret.pk})
    as_teacher.post(address, {"read": secret.pk})
    assert LocalCopy.objects.get(repository=secret.repository).status == "new"
    assert not LocalCopy.objects.filter(dirty=True).exists()


def test_only_the_teacher_who_had_a_repository_first_pauses_it(school, read, person, client_of, address):
    other = person("other", kind="teacher")
    course = course_commands.create_course(other, other, semester_id="A2026", course_id="Other", title="Other")
    course_tasks.add_task(other, course, path="/depot", title="Dépôt", asks_for=Task.Asks.REPOSITORY)
    give(roster.enrol(other, course, username="alice"))
    second = Registration.objects.get(course__course_id="Other")
    theirs = reverse("course-repositories", args=[course.pk])
    answer = text_of(client_of(other).post(theirs, {"pause": second.pk}, follow=True))
    assert "who had it first. Ask them, or staff." in answer
    assert LocalCopy.objects.get(repository=second.repository).status != "paused"
    client_of(other).post(theirs, {"read": second.pk})
    assert LocalCopy.objects.get(repository=second.repository).dirty
    first = Registration.objects.get(student__student_id="alice", course__course_id="StruDon")
    client_of(school.course.teacher).post(address, {"pause": first.pk})
    assert LocalCopy.objects.get(repository=second.repository).status == "paused"


def test_nothing_of_a_hidden_repository_is_shown_or_read(school, as_teacher, address):
    Repository.objects.update(public=False)
    Registration.objects.filter(student__student_id="bob").update(confirmed=True)
    store("alice", status="failing", reason="not_found", other_branches=[["secret-branch", 2]])
    receive_hook("alice", timezone.now())
    response = as_teacher.get(address)
    text = text_of(response)
    assert "Waits for the teacher’s confirmation" in text and "Confirm 1 repository" in text
    assert "secret-branch" not in text and "There is no repository" not in text
    assert response.context["shown"].with_hook == 0
    as_teacher.post(address, {"pause": key_of("alice")})
    as_teacher.post(address, {"read": "chosen", "all": "1"})
    assert copy_of("alice").status == "failing" and not copy_of("alice").dirty
