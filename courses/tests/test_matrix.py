"""The matrix: what it says, and that it says it in a constant number of queries."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from courses.domain import course_tasks, roster
from courses.models import Extension
from courses.pages import next_steps, student_overview
from courses.pages.commit_list import commit_page
from courses.pages.matrix import build_matrix
from courses.pages.matrix_filters import MatrixFilters
from courses.pages.task_report import build_report
from courses.tests.conftest import DEADLINE, commit

NOW = datetime(2026, 11, 3, 14, 0, tzinfo=UTC)
BEFORE = DEADLINE - timedelta(days=2)
URL = "https://git.example/{}/strudon.git"


@pytest.fixture(autouse=True)
def frozen():
    with time_machine.travel(NOW, tick=False):
        yield


def work(tell, student, *, done=BEFORE, task="/tp1/exercice1"):
    tell("OnClone", student, repoUrl=URL.format(student), repoPath="/depot")
    tell(
        "OnNewCommits",
        student,
        repoPath="/depot",
        commits=[commit(f"{student}{task}".replace("/", "-"), done, (task, 12), completes=task)],
    )
    tell("OnExerciseCompleted", student, exercisePath=task)


def states(found):
    return {row.enrolment.person.username: [cell.status.key for cell in row.cells] for row in found.rows}


def test_each_student_has_a_state_for_each_exercise(school, tell):
    work(tell, "alice")
    tell("OnCloneFailed", "bob", repoUrl=URL.format("bob"), repoPath="/depot", reason="not_found")

    found = build_matrix(school.course, MatrixFilters(), NOW)

    assert [column.node.number for column in found.columns] == ["1.1", "1.2"]
    assert states(found) == {"alice": ["done", "todo"], "bob": ["failing", "failing"]}
    assert [(name, since) for name, since in found.failing] == [("Bob Martin", NOW)]


def test_the_heads_count_done_late_and_started(school, tell):
    work(tell, "alice")
    work(tell, "bob", done=DEADLINE + timedelta(hours=5))

    head = build_matrix(school.course, MatrixFilters(), NOW).columns[0]

    assert (head.finished, head.total, head.bars) == (2, 2, [("p-done", 0.0, 50.0), ("p-late", 50.0, 50.0)])


def test_moving_a_deadline_or_granting_an_extension_judges_anew_what_was_pushed(school, tell):
    work(tell, "alice", done=DEADLINE + timedelta(hours=5))
    assert states(build_matrix(school.course, MatrixFilters(), NOW))["alice"][0] == "late"

    Extension.objects.create(task=school.first, enrolment=school.alice, deadline=DEADLINE + timedelta(days=1))
    assert states(build_matrix(school.course, MatrixFilters(), NOW))["alice"][0] == "done"

    Extension.objects.all().delete()
    school.first.deadline = DEADLINE + timedelta(hours=6)
    school.first.save()
    assert states(build_matrix(school.course, MatrixFilters(), NOW))["alice"][0] == "done"


def test_who_gave_no_repository_is_overdue_after_the_deadline_and_blocked_before_it(school):
    assert states(build_matrix(school.course, MatrixFilters(), NOW))["alice"] == ["overdue", "blocked"]
    assert build_matrix(school.course, MatrixFilters(), NOW).never_pushed == ["Alice Martin", "Bob Martin"]


@pytest.mark.parametrize(
    ("wish", "shown"),
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
def test_the_address_filters_and_sorts(school, tell, wish, shown):
    work(tell, "alice")
    assert list(states(build_matrix(school.course, wish, NOW))) == shown


def test_who_is_silent_can_be_asked_for_and_sorted_first(school, tell, person):
    for number, name in enumerate(("carol", "dave", "erin")):
        person(name)
        roster.enrol(None, school.course, username=name)
        tell("OnClone", name, repoUrl=URL.format(name), repoPath="/depot")
        at = NOW - timedelta(days=6 + number)
        tell("OnNewCommits", name, repoPath="/depot", commits=[commit(name, at, ("/tp1/exercice1", 1))])
    tell("OnCloneFailed", "bob", repoUrl=URL.format("bob"), repoPath="/depot", reason="not_found")

    def asked(**wish):
        return list(states(build_matrix(school.course, MatrixFilters(**wish), NOW)))

    assert asked(sort="push") == ["alice", "bob", "erin", "dave", "carol"]
    assert asked(push="week") == ["alice", "bob", "dave", "erin"]
    assert asked(push="never") == ["alice"]  # bob's repository fails: that is another line, and another filter
    assert asked(push="never", group="A2") == []
    assert asked(push="odd") == ["alice", "bob", "carol", "dave", "erin"]


def test_the_tiles_are_links_to_those_they_count(school, tell, client_of):
    tell("OnCloneFailed", "bob", repoUrl=URL.format("bob"), repoPath="/depot", reason="not_found")
    client = client_of(school.course.teacher)
    page = client.get(f"/courses/{school.course.pk}/?group=A1&name=x").content.decode()
    assert 'href="?group=A1&amp;push=never"' in page
    assert 'href="?group=A1&amp;state=overdue"' in page
    assert 'href="?state=failing"' in client.get(f"/courses/{school.course.pk}/?sort=push").content.decode()


def test_people_stand_by_family_name_then_first_name_accents_apart(school, person, tell, client_of):
    for number, (first, last) in enumerate([("Zoé", "Abel"), ("Éva", "Martin"), ("Ann", "Émile"), ("Ann", "Zorn")]):
        person(f"student{number}", first_name=first, last_name=last)
        roster.enrol(None, school.course, username=f"student{number}")
    expected = ["Zoé Abel", "Ann Émile", "Alice Martin", "Bob Martin", "Éva Martin", "Ann Zorn"]
    assert [row.name for row in build_matrix(school.course, MatrixFilters(), NOW).rows] == expected
    assert [row.name for row in build_report(school.first, NOW).rows] == expected
    home, client = f"/courses/{school.course.pk}/", client_of(school.course.teacher)
    assert [one.person.display_name for one in client.get(f"{home}roster/").context["people"]] == expected
    form = client.get(f"{home}tasks/{school.first.pk}/extension/").context["form"]
    assert [label for _value, label in form.fields["student"].choices][1:] == expected
    assert list(states(build_matrix(school.course, MatrixFilters(name="EMILE"), NOW))) == ["student2"], (
        "nor does a search ask for them"
    )


def test_the_filters_answer_tells_the_address_of_the_page(school, client_of):
    client, address = client_of(school.course.teacher), f"/courses/{school.course.pk}/"
    asked = {"name": "al", "state": "", "sort": "push", "odd": "1"}
    answer = client.get(f"{address}_matrix/", asked, headers={"HX-Trigger": "matrix-filters"})
    assert answer.content.decode().lstrip().startswith("<table"), "and nothing stands above the table"
    assert answer["HX-Replace-Url"] == f"{address}?name=al&sort=push"
    assert "HX-Replace-Url" not in client.get(f"{address}_matrix/", asked, headers={"HX-Trigger": "matrix"})


def test_the_last_push_and_the_fortnight_before_it_are_drawn(school, tell):
    tell("OnNewCommits", repoPath="/depot", commits=[commit("a", NOW - timedelta(days=1), ("/tp1/exercice1", 1))])
    tell("OnNewCommits", repoPath="/depot", commits=[commit("b", NOW - timedelta(days=30), ("/", 1))])

    row = build_matrix(school.course, MatrixFilters(), NOW).rows[0]

    assert row.last_push == NOW - timedelta(days=1)
    assert row.spark == [0] * 12 + [1, 0]


def test_a_course_without_tasks_or_students_is_said_to_be_so(school, client_of):
    school.course.tasks.all().delete()
    page = client_of(school.course.teacher).get(f"/courses/{school.course.pk}/").content.decode()
    assert "No task yet" in page


@pytest.mark.parametrize(
    "address", ["/courses/{pk}/", "/courses/{pk}/_matrix/", "/courses/", "/courses/{pk}/roster/", "/"]
)
def test_pages_take_as_many_queries_for_thirty_students_as_for_two(
    school, tell, client_of, person, assert_flat, address
):
    client = client_of(school.course.teacher)
    work(tell, "alice")

    def grow():
        for number in range(28):
            person(f"student{number}")
            roster.enrol(None, school.course, username=f"student{number}", group_id="A1")
            work(tell, f"student{number}")

    def read():
        assert client.get(address.format(pk=school.course.pk)).status_code == 200

    assert_flat(read, grow, limit=15)


def test_a_student_s_pages_take_as_many_queries_for_thirty_tasks_as_for_two(school, tell, client_of, assert_flat):
    from courses.domain import course_tasks

    client = client_of(school.alice.person)
    work(tell, "alice")

    def grow():
        for number in range(28):
            course_tasks.add_task(None, school.course, path=f"/more/{number}", repo_path="/depot")
            work(tell, "alice", task=f"/more/{number}")

    for address in (f"/courses/{school.course.pk}/students/alice/", "/"):
        assert_flat(lambda address=address: client.get(address), grow if address != "/" else lambda: None, limit=16)


def test_what_to_do_next_begins_with_what_is_overdue(school, tell):
    found = student_overview.overviews_of(school.alice.person, NOW)
    items = [(item.node.task.path, item.status.key) for item in next_steps.next_tasks(found)]
    assert items == [("/tp1/exercice1", "overdue")]  # what waits for a repository is one step: giving it
    assert [next_steps.is_missing(one, found) for one in found[0].repositories] == [True]


def test_a_repository_that_fails_is_one_next_step_and_not_one_per_task(school, tell):
    tell("OnCloneFailed", repoUrl=URL.format("alice"), repoPath="/depot", reason="not_found")
    found = student_overview.overviews_of(school.alice.person, NOW)
    assert {item.status.key for item in found[0].work} == {"failing"}
    assert next_steps.next_tasks(found) == []


def test_a_desk_shows_the_student_s_own_rows_alone(school, tell):
    work(tell, "bob")
    own = student_overview.overview_of(school.alice, NOW)
    assert own.finished == 0
    assert [one.student_repository for one in own.repositories] == [None]
    bobs = student_overview.overview_of(school.bob, NOW)
    assert commit_page(school.alice, own.tasks, NOW).commits == []
    assert [commit.effort for commit in commit_page(school.bob, bobs.tasks, NOW).commits] == [12]


def test_the_card_of_deadlines_waits_on_the_home_page_while_nothing_is_due(school, client_of):
    """Gone, it would not hear of the next deadline."""
    client = client_of(school.alice.person)
    topics = f"person:{school.alice.person.pk} plan:{school.course.pk}"
    course_tasks.change_task(None, school.first, deadline=None)
    for page in ("/", "/courses/_home/deadlines/"):
        shown = client.get(page).content.decode()
        assert f'<section hidden id="home-deadlines" data-live="{topics}"' in shown

    course_tasks.change_task(None, school.first, deadline=NOW + timedelta(days=1))
    assert '<section class="at-card" id="home-deadlines"' in client.get("/courses/_home/deadlines/").content.decode()
