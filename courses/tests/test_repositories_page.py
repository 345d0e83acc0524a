"""The page "Repositories" of a course: the state of each one, the filters, and the buttons to read, pause and resume."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.models import AuditEvent
from courses.domain import course_tasks, roster, student_repositories
from courses.domain import courses as course_commands
from courses.domain.repository_reading import change_reading
from courses.git import starters
from courses.models import Enrolment, StudentRepository, Task
from courses.tests.conftest import REPOSITORY_URL
from gitsync.models import Delivery, LocalCopy, Registration, Repository
from gitsync.syncing.sync_queue import QUARANTINE_SPACING
from kernel.errors import NotAllowed
from kernel.testing.people import make_person
from live.models import Change

pytestmark = pytest.mark.django_db
WAIT = timedelta(hours=6)


def give(enrolment, url=""):
    url = url or REPOSITORY_URL.format(enrolment.person.username)
    return student_repositories.give_repository(enrolment.person, enrolment, repo_path="/depot", url=url)


def copy_of(student):
    return LocalCopy.objects.get(repository__registrations__student__student_id=student)


def store(student, **values):
    LocalCopy.objects.filter(pk=copy_of(student).pk).update(**values)


def key_of(student):
    return Registration.objects.get(student__student_id=student).pk


def receive_hook(student, at):
    pk = copy_of(student).repository_id
    Delivery.objects.create(repository_id=pk, delivery_hash=student, received_at=int(at.timestamp()), forge="gitea")


@pytest.fixture
def page(school):
    return reverse("course-repositories", args=[school.course.pk])


@pytest.fixture
def read(school):
    """Both students gave a repository, which was read a moment ago."""
    give(school.alice)
    give(school.bob)
    values = {"status": "ok", "dirty": False, "next_attempt_at": None, "last_good_at": timezone.now()}
    LocalCopy.objects.update(**values, size_bytes=2_500_000)


@pytest.fixture
def teacher(school, client_of, read):
    return client_of(school.course.teacher)


def names(response):
    return [row.username for row in response.context["shown"].rows]


def text_of(response):
    return " ".join(response.content.decode().split())


def test_the_page_says_how_each_repository_is_read(school, teacher, page, charlie):
    roster.enrol(None, school.course, username="charlie")
    now = timezone.now()
    failing = {"status": "failing", "reason": "not_found", "failing_since": now, "attempts": 3}
    store("bob", **failing, dirty=True, next_attempt_at=now + WAIT)
    receive_hook("alice", now - WAIT)

    response = teacher.get(page)

    assert names(response) == ["bob", "charlie", "alice"]
    text = text_of(response)
    for words in ("Cannot be read", "There is no repository at this address.", "3 tries failed", "2.4", "never"):
        assert words in text
    shown = response.context["shown"]
    assert (shown.given, shown.expected, shown.with_hook) == (2, 3, 1)
    assert [(state.key, count) for state, count in shown.counts] == [("failing", 1), ("none", 1), ("ok", 1)]
    assert shown.rows[0].reading.next_attempt_at == now + WAIT
    assert not shown.is_being_read and "every 4s" not in text


def test_the_filters_choose_by_state_group_name_address_and_hook(school, teacher, page, charlie):
    roster.enrol(None, school.course, username="charlie")
    store("bob", status="paused", other_branches=[["dev", 2]])
    receive_hook("alice", timezone.now())
    for query, students in (
        ("state=paused", ["bob"]),
        ("state=none", ["charlie"]),
        ("state=branches", ["bob"]),
        ("state=moved", []),
        ("state=unknown", []),
        ("group=A1", ["alice"]),
        ("name=ALICE", ["alice"]),
        ("name=git.example/bob", ["bob"]),
        ("hook=never", ["bob"]),
        ("hook=odd&page=99", ["bob", "charlie", "alice"]),
    ):
        assert names(teacher.get(f"{page}?{query}")) == students, query
    assert "No repository matches" in text_of(teacher.get(f"{page}?name=nobody"))


def test_the_fragment_of_the_filters_puts_them_into_the_address_of_the_page(school, teacher, page):
    fragment = reverse("course-repositories-fragment", args=[school.course.pk]) + "?state=ok&group="
    assert "HX-Replace-Url" not in teacher.get(fragment)
    assert teacher.get(fragment, headers={"HX-Trigger": "repository-filters"})["HX-Replace-Url"] == f"{page}?state=ok"


def test_a_button_reads_one_repository_now(school, teacher, page):
    Change.objects.all().delete()
    response = teacher.post(f"{page}?state=ok", {"read": key_of("alice")}, follow=True)
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


def test_chosen_rows_are_paused_and_resumed_together(school, teacher, page):
    keys = [key_of("alice"), key_of("bob")]
    store("bob", reason="timeout", status="failing", attempts=20)

    assert "2 repositories are paused" in text_of(
        teacher.post(page, {"pause": "chosen", "registration": keys}, follow=True)
    )
    assert {copy.status for copy in LocalCopy.objects.all()} == {"paused"}
    assert not LocalCopy.objects.due(timezone.now()).exists()
    answer = text_of(teacher.post(page, {"read": "chosen", "registration": keys}, follow=True))
    assert "Nothing is read" in answer and "Resume" in answer
    assert "Nothing is paused" in text_of(teacher.post(page, {"pause": keys[0]}, follow=True))

    answer = teacher.post(page, {"resume": "chosen", "registration": keys}, follow=True)
    assert "2 paused repositories are read again" in text_of(answer)
    assert (copy_of("alice").status, copy_of("bob").status, copy_of("bob").attempts) == ("ok", "failing", 0)
    assert LocalCopy.objects.due(timezone.now()).count() == 2


def test_all_means_every_row_that_the_filters_leave(teacher, page):
    teacher.post(f"{page}?group=A2", {"pause": "chosen", "all": "1"})
    assert (copy_of("alice").status, copy_of("bob").status) == ("ok", "paused")


@pytest.mark.parametrize("body", [{}, {"read": "chosen"}, {"read": "9" * 30}, {"pause": "-1"}, {"other": "1"}])
def test_a_wrong_form_changes_nothing_and_says_so(teacher, page, body):
    response = teacher.post(page, body, follow=True)
    assert response.status_code == 200
    assert "at-toast" in response.content.decode()
    assert not LocalCopy.objects.exclude(status="ok", dirty=False).exists()


def test_a_try_before_its_time_neither_counts_nor_repeats_what_is_expensive(school, teacher, page):
    now = timezone.now()
    store("alice", status="failing", reason="timeout", dirty=True, next_attempt_at=now + WAIT, attempts=4)
    store("bob", status="quarantined", reason="too_large", started_at=now)
    teacher.post(page, {"read": "chosen", "all": "1"})
    assert copy_of("alice").attempts == 3 and copy_of("alice").next_attempt_at <= timezone.now()
    assert not copy_of("bob").dirty
    store("bob", started_at=now - QUARANTINE_SPACING)
    teacher.post(page, {"read": "chosen", "all": "1"})
    assert copy_of("bob").dirty


def test_assistants_see_the_page_without_its_buttons(school, teacher, page, charlie, client_of):
    roster.enrol(None, school.course, username="charlie", role=Enrolment.Role.ASSISTANT)
    client = client_of(charlie)
    assert names(client.get(page)) == ["alice", "bob"]
    assert 'name="pause"' not in client.get(page).content.decode()
    assert client.post(page, {"pause": key_of("alice")}).status_code == 403
    with pytest.raises(NotAllowed):
        change_reading(charlie, school.course, "pause", [key_of("alice")])
    assert not LocalCopy.objects.filter(status="paused").exists()


def test_a_repository_of_another_course_is_not_touched(school, teacher, page, person):
    other = person("other", kind="teacher")
    course = course_commands.create_course(other, other, semester_id="A2026", course_id="Other", title="Other")
    course_tasks.add_task(other, course, path="/depot", title="Dépôt", asks_for=Task.Asks.REPOSITORY)
    give(roster.enrol(other, course, username="bob"), "https://git.example/secret.git")
    LocalCopy.objects.update(dirty=False)
    secret = Registration.objects.get(repo_url__contains="secret")
    teacher.post(page, {"pause": secret.pk})
    teacher.post(page, {"read": secret.pk})
    assert LocalCopy.objects.get(repository=secret.repository).status == "new"
    assert not LocalCopy.objects.filter(dirty=True).exists()


def test_only_the_teacher_who_had_a_repository_first_pauses_it(school, read, person, client_of, page):
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
    client_of(school.course.teacher).post(page, {"pause": first.pk})
    assert LocalCopy.objects.get(repository=second.repository).status == "paused"


def test_nothing_of_a_hidden_repository_is_shown_or_read(school, teacher, page):
    Repository.objects.update(public=False)
    Registration.objects.filter(student__student_id="alice").update(confirmed=False)
    store("alice", status="failing", reason="not_found", other_branches=[["secret-branch", 2]])
    receive_hook("alice", timezone.now())
    response = teacher.get(page)
    text = text_of(response)
    assert "Waits for the teacher’s confirmation" in text and "Confirm 1 repository" in text
    assert "secret-branch" not in text and "There is no repository" not in text
    assert response.context["shown"].with_hook == 0
    teacher.post(page, {"pause": key_of("alice")})
    teacher.post(page, {"read": "chosen", "all": "1"})
    assert copy_of("alice").status == "failing" and not copy_of("alice").dirty


def test_moves_and_branches_are_settled_on_the_page(school, teacher, page):
    moved = {"status": "failing", "reason": "redirected", "detail": "to /alice-martin/strudon.git/info/refs"}
    store("alice", **moved)
    store("bob", branch="main", heads={"main": "a" * 40, "dev": "b" * 40}, other_branches=[["dev", 2]])
    text = text_of(teacher.get(page))
    assert "Use the new address" in text and "Count dev instead" in text
    branch = reverse("course-repository-branch", args=[school.course.pk, "bob"])
    body = {"at": "/depot", "branch": "dev", "back": "repositories"}
    assert teacher.post(branch, body).url == page
    assert copy_of("bob").chosen_branch == "dev"


def test_the_page_shows_the_starter_repositories_and_the_hook_address(school, teacher, page):
    assert "When you hand out files in a repository" in text_of(teacher.get(page))
    url = "https://git.example/teacher/starter.git"
    starters.name_starter(school.course, school.first.path, "", url)
    starters.name_starter(school.course, "", "", f"{url}2")
    LocalCopy.objects.filter(repository__path__endswith="starter").update(status="failing", reason="timeout")
    text = text_of(teacher.get(page))
    assert "Webhook for pushes" in text and "/hooks/" in text
    assert url in text and "The whole course" in text and "Not read yet" in text
    assert reverse("task-edit", args=[school.course.pk, school.first.pk]) in text


def test_with_a_git_module_elsewhere_the_page_shows_what_it_reports(school, teacher, page, settings):
    settings.GIT_MODULE_URL = "https://git-module.example"
    StudentRepository.objects.filter(enrolment=school.bob).update(state="failing", reason="not_found")
    response = teacher.get(page)
    assert names(response) == ["bob", "alice"]
    text = text_of(response)
    assert "The Git module is on another installation" in text and "There is no repository at this address." in text
    assert 'name="pause"' not in text
    assert "Nothing is read" in text_of(teacher.post(page, {"read": key_of("alice")}, follow=True))


def test_a_course_without_tasks_says_what_to_do(school, client_of, page):
    school.course.tasks.all().delete()
    assert "No repository is asked for" in text_of(client_of(school.course.teacher).get(page))


def test_the_file_has_the_rows_of_the_filters(school, teacher):
    store("bob", status="failing", reason="timeout", attempts=2)
    address = reverse("course-reading-file", args=[school.course.pk, "csv"])
    lines = b"".join(teacher.get(f"{address}?state=failing")).decode().strip().splitlines()
    assert len(lines) == 2
    assert "The server takes too long." in lines[1] and "2500000" in lines[1]
    assert AuditEvent.objects.get(verb="courses.export").after["filters"] == {"state": "failing"}


def test_the_page_takes_the_same_queries_for_two_students_and_sixty(school, teacher, page, assert_flat):
    def grow():
        for number in range(58):
            make_person(f"student{number}")
            give(roster.enrol(None, school.course, username=f"student{number}", group_id="A1"))

    assert_flat(lambda: teacher.get(page), grow, limit=17)
    assert teacher.get(f"{page}?page=2").context["shown"].page == 2
    assert len(names(teacher.get(page))) == 50
