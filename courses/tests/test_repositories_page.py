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
def page(school):
    return reverse("course-repositories", args=[school.course.pk])


@pytest.fixture
def read(school):
    """Both students gave a repository, which was read a moment ago."""
    give_and_read(school.alice, school.bob)


@pytest.fixture
def teacher(school, client_of, read):
    return client_of(school.course.teacher)


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


@pytest.mark.parametrize("body", [{}, {"read": "chosen"}, {"read": "9" * 30}, {"pause": "-1"}, {"other": "1"}])
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
