"""The page "Repositories" of a course: the state of each one, the filters, the file, and what is to settle."""

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.models import AuditEvent
from courses.domain import roster
from courses.git import starters
from courses.models import StudentRepository
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
from gitsync.models import LocalCopy
from kernel.testing.people import make_person

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


def test_the_page_says_how_each_repository_is_read(school, as_teacher, address, charlie):
    roster.enrol(None, school.course, username="charlie")
    now = timezone.now()
    failing = {"status": "failing", "reason": "not_found", "failing_since": now, "attempts": 3}
    store("bob", **failing, dirty=True, next_attempt_at=now + WAIT)
    receive_hook("alice", now - WAIT)

    response = as_teacher.get(address)

    assert names(response) == ["bob", "charlie", "alice"]
    text = text_of(response)
    for words in ("Cannot be read", "There is no repository at this address.", "3 tries failed", "2.4", "never"):
        assert words in text
    shown = response.context["shown"]
    assert (shown.given, shown.expected, shown.with_hook) == (2, 3, 1)
    assert [(state.key, count) for state, count in shown.counts] == [("failing", 1), ("none", 1), ("ok", 1)]
    assert shown.rows[0].reading.next_attempt_at == now + WAIT
    assert not shown.is_being_read and "every 4s" not in text


def test_the_filters_choose_by_state_group_name_address_and_hook(school, as_teacher, address, charlie):
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
        assert names(as_teacher.get(f"{address}?{query}")) == students, query
    assert "No repository matches" in text_of(as_teacher.get(f"{address}?name=nobody"))


def test_the_fragment_of_the_filters_puts_them_into_the_address_of_the_page(school, as_teacher, address):
    fragment = reverse("course-repositories-fragment", args=[school.course.pk]) + "?state=ok&group="
    assert "HX-Replace-Url" not in as_teacher.get(fragment)
    assert (
        as_teacher.get(fragment, headers={"HX-Trigger": "repository-filters"})["HX-Replace-Url"]
        == f"{address}?state=ok"
    )


def test_moves_and_branches_are_settled_on_the_page(school, as_teacher, address):
    moved = {"status": "failing", "reason": "redirected", "detail": "to /alice-martin/strudon.git/info/refs"}
    store("alice", **moved)
    store("bob", branch="main", heads={"main": "a" * 40, "dev": "b" * 40}, other_branches=[["dev", 2]])
    text = text_of(as_teacher.get(address))
    assert "Use the new address" in text and "Count dev instead" in text
    branch = reverse("course-repository-branch", args=[school.course.pk, "bob"])
    body = {"at": "/depot", "branch": "dev", "back": "repositories"}
    assert as_teacher.post(branch, body).url == address
    assert copy_of("bob").chosen_branch == "dev"


def test_the_page_shows_the_starter_repositories_and_the_hook_address(school, as_teacher, address):
    assert "When you hand out files in a repository" in text_of(as_teacher.get(address))
    url = "https://git.example/teacher/starter.git"
    starters.name_starter(school.course, school.first.path, "", url)
    starters.name_starter(school.course, "", "", f"{url}2")
    LocalCopy.objects.filter(repository__path__endswith="starter").update(status="failing", reason="timeout")
    text = text_of(as_teacher.get(address))
    assert "Webhook for pushes" in text and "/hooks/" in text
    assert url in text and "The whole course" in text and "Not read yet" in text
    assert reverse("task-edit", args=[school.course.pk, school.first.pk]) in text


def test_with_a_git_module_elsewhere_the_page_shows_what_it_reports(school, as_teacher, address, settings):
    settings.GIT_MODULE_URL = "https://git-module.example"
    StudentRepository.objects.filter(enrolment=school.bob).update(state="failing", reason="not_found")
    response = as_teacher.get(address)
    assert names(response) == ["bob", "alice"]
    text = text_of(response)
    assert "The Git module is on another installation" in text and "There is no repository at this address." in text
    assert 'name="pause"' not in text
    assert "Nothing is read" in text_of(as_teacher.post(address, {"read": key_of("alice")}, follow=True))


def test_a_course_without_tasks_says_what_to_do(school, client_of, address):
    school.course.tasks.all().delete()
    assert "No repository is asked for" in text_of(client_of(school.course.teacher).get(address))


def test_the_file_has_the_rows_of_the_filters(school, as_teacher):
    store("bob", status="failing", reason="timeout", attempts=2)
    address = reverse("course-reading-file", args=[school.course.pk, "csv"])
    lines = b"".join(as_teacher.get(f"{address}?state=failing")).decode().strip().splitlines()
    assert len(lines) == 2
    assert "The server takes too long." in lines[1] and "2500000" in lines[1]
    assert AuditEvent.objects.get(verb="courses.export").after["filters"] == {"state": "failing"}


def test_the_page_takes_the_same_queries_for_two_students_and_sixty(school, as_teacher, address, assert_flat):
    def grow():
        for number in range(58):
            make_person(f"student{number}")
            give(roster.enrol(None, school.course, username=f"student{number}", group_id="A1"))

    assert_flat(lambda: as_teacher.get(address), grow, limit=13)
    assert as_teacher.get(f"{address}?page=2").context["shown"].page == 2
    assert len(names(as_teacher.get(address))) == 50
