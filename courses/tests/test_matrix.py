"""The matrix: its statuses, counts, filters and order, and its constant number of queries."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from accounts.models import User
from courses.domain import roster
from courses.models import Enrolment, Extension
from courses.pages.matrix import build_matrix
from courses.pages.matrix_filters import MatrixFilters
from courses.pages.task_report import build_report
from courses.tests.conftest import DEADLINE, REPOSITORY_URL, commit, complete_exercise

NOW = datetime(2026, 11, 3, 14, 0, tzinfo=UTC)
BEFORE, AFTER = DEADLINE - timedelta(days=2), DEADLINE + timedelta(hours=5)


@pytest.fixture(autouse=True)
def frozen():
    with time_machine.travel(NOW, tick=False):
        yield


def statuses(matrix):
    """Return the keys of the statuses of each student of the page, by user name."""
    return {row.enrolment.person.username: [cell.status.key for cell in row.cells] for row in matrix.rows}


def fail_clone(send_event, student):
    send_event("OnCloneFailed", student, repoUrl=REPOSITORY_URL.format(student), repoPath="/depot", reason="not_found")


def test_each_student_has_a_status_for_each_exercise(school, send_event):
    complete_exercise(send_event, "alice", at=BEFORE)
    fail_clone(send_event, "bob")

    matrix = build_matrix(school.course, MatrixFilters(), NOW)

    assert [column.node.number for column in matrix.columns] == ["1.1", "1.2"]
    assert statuses(matrix) == {"alice": ["done", "todo"], "bob": ["failing", "failing"]}
    assert [(name, since) for name, since in matrix.failing] == [("Bob Martin", NOW)]


def test_the_heads_count_done_late_and_started(school, send_event):
    complete_exercise(send_event, "alice", at=BEFORE)
    complete_exercise(send_event, "bob", at=AFTER)

    head = build_matrix(school.course, MatrixFilters(), NOW).columns[0]

    assert (head.finished, head.total, head.bars) == (2, 2, [("p-done", 0.0, 50.0), ("p-late", 50.0, 50.0)])


def test_a_moved_deadline_or_an_extension_changes_the_status_of_earlier_pushes(school, send_event):
    complete_exercise(send_event, "alice", at=AFTER)
    assert statuses(build_matrix(school.course, MatrixFilters(), NOW))["alice"][0] == "late"

    Extension.objects.create(task=school.first, enrolment=school.alice, deadline=DEADLINE + timedelta(days=1))
    assert statuses(build_matrix(school.course, MatrixFilters(), NOW))["alice"][0] == "done"

    Extension.objects.all().delete()
    school.first.deadline = DEADLINE + timedelta(hours=6)
    school.first.save()
    assert statuses(build_matrix(school.course, MatrixFilters(), NOW))["alice"][0] == "done"


def test_a_student_without_repository_is_overdue_after_the_deadline_and_blocked_before_it(school):
    assert statuses(build_matrix(school.course, MatrixFilters(), NOW))["alice"] == ["overdue", "blocked"]
    assert build_matrix(school.course, MatrixFilters(), NOW).never_pushed == ["Alice Martin", "Bob Martin"]


@pytest.mark.parametrize(
    ("filters", "students"),
    [
        (MatrixFilters(), ["alice", "bob"]),
        (MatrixFilters(group="A1"), ["alice"]),
        (MatrixFilters(group="nothing"), []),
        (MatrixFilters(name="bO"), ["bob"]),
        (MatrixFilters(state="done"), ["alice"]),
        (MatrixFilters(state="odd"), []),
        (MatrixFilters(sort="attention"), ["bob", "alice"]),
        (MatrixFilters(page=99), ["alice", "bob"]),
    ],
)
def test_the_filters_choose_and_sort_the_students(school, send_event, filters, students):
    complete_exercise(send_event, "alice", at=BEFORE)
    assert list(statuses(build_matrix(school.course, filters, NOW))) == students


def test_students_without_a_push_are_filtered_and_sorted_first(school, send_event, person):
    for number, name in enumerate(("carol", "dave", "erin")):
        person(name)
        roster.enrol(None, school.course, username=name)
        send_event("OnClone", name, repoUrl=REPOSITORY_URL.format(name), repoPath="/depot")
        at = NOW - timedelta(days=6 + number)
        send_event("OnNewCommits", name, repoPath="/depot", commits=[commit(name, at, ("/tp1/exercice1", 1))])
    fail_clone(send_event, "bob")

    def students(**filters):
        return list(statuses(build_matrix(school.course, MatrixFilters(**filters), NOW)))

    assert students(sort="push") == ["alice", "bob", "erin", "dave", "carol"]
    assert students(push="week") == ["alice", "bob", "dave", "erin"]
    assert students(push="never") == ["alice"]  # bob's repository fails, and the filter "failing" shows him
    assert students(push="never", group="A2") == []
    assert students(push="odd") == ["alice", "bob", "carol", "dave", "erin"]


def test_the_counts_above_the_matrix_link_to_the_students_they_count(school, send_event, client_of):
    fail_clone(send_event, "bob")
    client = client_of(school.course.teacher)
    page = client.get(f"/courses/{school.course.pk}/?group=A1&name=x").content.decode()
    assert 'href="?group=A1&amp;push=never"' in page
    assert 'href="?group=A1&amp;state=overdue"' in page
    assert 'href="?state=failing"' in client.get(f"/courses/{school.course.pk}/?sort=push").content.decode()


def test_people_are_sorted_by_family_name_then_first_name_without_accents(school, person, client_of):
    for number, (first, last) in enumerate([("Zoé", "Abel"), ("Éva", "Martin"), ("Ann", "Émile"), ("Ann", "Zorn")]):
        person(f"student{number}", first_name=first, last_name=last)
        roster.enrol(None, school.course, username=f"student{number}")
    expected = ["Zoé Abel", "Ann Émile", "Alice Martin", "Bob Martin", "Éva Martin", "Ann Zorn"]
    assert [row.name for row in build_matrix(school.course, MatrixFilters(), NOW).rows] == expected
    assert [row.name for row in build_report(school.first, NOW).rows] == expected
    home, client = f"/courses/{school.course.pk}/", client_of(school.course.teacher)
    people = client.get(f"{home}roster/").context["people"]
    assert [enrolment.person.display_name for enrolment in people] == expected
    form = client.get(f"{home}tasks/{school.first.pk}/extension/").context["form"]
    assert [label for _value, label in form.fields["student"].choices][1:] == expected
    by_name = build_matrix(school.course, MatrixFilters(name="EMILE"), NOW)
    assert list(statuses(by_name)) == ["student2"], "a search works without accents too"


def test_a_request_of_the_filters_returns_the_address_of_the_page(school, client_of):
    client, address = client_of(school.course.teacher), f"/courses/{school.course.pk}/"
    query = {"name": "al", "state": "", "sort": "push", "odd": "1"}
    response = client.get(f"{address}_matrix/", query, headers={"HX-Trigger": "matrix-filters"})
    assert response.content.decode().lstrip().startswith("<table"), "nothing stands above the table"
    assert response["HX-Replace-Url"] == f"{address}?name=al&sort=push"
    assert "HX-Replace-Url" not in client.get(f"{address}_matrix/", query, headers={"HX-Trigger": "matrix"})


def test_a_row_has_the_last_push_and_the_commits_of_the_last_fourteen_days(school, send_event):
    yesterday, long_ago = NOW - timedelta(days=1), NOW - timedelta(days=30)
    send_event("OnNewCommits", repoPath="/depot", commits=[commit("a", yesterday, ("/tp1/exercice1", 1))])
    send_event("OnNewCommits", repoPath="/depot", commits=[commit("b", long_ago, ("/", 1))])

    row = build_matrix(school.course, MatrixFilters(), NOW).rows[0]

    assert row.last_push == yesterday
    assert row.spark == [0] * 12 + [1, 0]


def test_the_page_of_a_course_without_tasks_says_so(school, client_of):
    school.course.tasks.all().delete()
    page = client_of(school.course.teacher).get(f"/courses/{school.course.pk}/").content.decode()
    assert "No task yet" in page


def test_a_large_course_without_tasks_has_no_links_to_empty_pages(school, client_of):
    people = User.objects.bulk_create(User(username=f"many{number}") for number in range(101))
    Enrolment.objects.bulk_create(Enrolment(course=school.course, person=person) for person in people)
    client, address = client_of(school.course.teacher), f"/courses/{school.course.pk}/"
    assert 'aria-label="Pages"' in client.get(address).content.decode()
    school.course.tasks.all().delete()
    assert 'aria-label="Pages"' not in client.get(address).content.decode()


@pytest.mark.parametrize(
    ("address", "limit"),
    [
        ("/courses/{pk}/", 12),
        ("/courses/{pk}/_matrix/", 12),
        ("/courses/", 15),
        ("/courses/{pk}/roster/", 15),
        ("/", 19),  # with bookings, lost times, news and first steps
    ],
)
def test_pages_take_as_many_queries_for_thirty_students_as_for_two(
    school, send_event, client_of, person, assert_flat, address, limit
):
    client = client_of(school.course.teacher)
    complete_exercise(send_event, "alice", at=BEFORE)

    def grow():
        for number in range(28):
            person(f"student{number}")
            roster.enrol(None, school.course, username=f"student{number}", group_id="A1")
            complete_exercise(send_event, f"student{number}", at=BEFORE)

    def read():
        assert client.get(address.format(pk=school.course.pk)).status_code == 200

    assert_flat(read, grow, limit=limit)
