"""A student's timeline: lanes, deadlines, days and pages of commits; bounded, and never anybody else's."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from courses.domain import extensions, student_repositories
from courses.git import git_module
from courses.pages import student_overview
from courses.pages.commit_list import PAGE_SIZE, commit_page
from courses.pages.work_timeline import timeline
from courses.tests.conftest import DEADLINE, commit
from courses.tests.test_matrix import URL, work
from gitsync.queries.sync_history import Rewrite

NOW = datetime(2026, 11, 3, 14, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def frozen():
    with time_machine.travel(NOW, tick=False):
        yield


def push(tell, *commits, student="alice"):
    tell("OnNewCommits", student, repoPath="/depot", commits=list(commits))


def drawn(school):
    return timeline(student_overview.desk(school.alice, NOW), NOW)


def listed(school, page=1):
    return commit_page(school.alice, student_overview.desk(school.alice, NOW).items, NOW, page)


def test_a_push_stands_in_the_lane_of_its_task_before_or_after_the_deadline(school, tell):
    tell("OnClone", repoUrl=URL.format("alice"), repoPath="/depot")
    push(
        tell,
        commit("a1", DEADLINE - timedelta(hours=3), ("/tp1/exercice1", 40)),
        commit("a2", DEADLINE - timedelta(hours=2), ("/tp1/exercice1", 4)),
        commit("a3", DEADLINE + timedelta(hours=5), ("/tp1/exercice1", 9)),
        commit("a4", DEADLINE, ("/", 7)),
    )
    found = drawn(school)
    first, second = found.lanes
    assert [(dot.commits, dot.lines, dot.late) for dot in first.dots] == [(2, 44, False), (1, 9, True)]
    assert (first.commits, second.commits, second.dots) == (3, 0, [])
    assert [dot.lines for dot in found.repositories[0].dots] == [7]
    assert found.last_push == DEADLINE + timedelta(hours=5)


def test_an_extension_is_drawn_beside_the_deadline_it_moved(school):
    assert (drawn(school).lanes[0].extended_x, bool(drawn(school).lanes[0].due_x)) == ("", True)
    later = DEADLINE + timedelta(days=7)
    extensions.grant_extension(None, school.first, school.alice, deadline=later, reason="Ill")
    lane = drawn(school).lanes[0]
    assert float(lane.extended_x[:-1]) > float(lane.due_x[:-1])
    assert lane.item.due.reason == "Ill"


def test_rewritten_history_is_marked_in_the_lane_of_its_repository(school, monkeypatch):
    rewrites = [Rewrite("/depot", int(DEADLINE.timestamp())), Rewrite("/other", int(DEADLINE.timestamp()))]
    monkeypatch.setattr(git_module, "rewrites", lambda enrolment: rewrites)
    assert [at for _x, at in drawn(school).repositories[0].rewrites] == [DEADLINE]


def test_dates_of_another_century_neither_stretch_the_axis_nor_break_it(school, tell):
    push(tell, commit("old", datetime(1971, 1, 1, tzinfo=UTC), ("/tp1/exercice1", 5)))
    found = drawn(school)
    assert 4 <= len(found.weeks) <= 27
    assert found.lanes[0].dots == []
    assert found.lanes[0].commits == 1


def test_the_heat_map_counts_days_and_leaves_those_to_come_empty(school, tell):
    push(tell, commit("a", NOW - timedelta(days=1), ("/tp1/exercice1", 9)), commit("b", NOW, ("/tp1/exercice2", 1)))
    found = drawn(school)
    days = {day.day: day for day in found.heat}
    assert found.active_days == 2
    assert (days[NOW.date()].css, days[(NOW - timedelta(days=1)).date()].css) == ("h1", "h4")
    assert days[(NOW + timedelta(days=1)).date()].css == "hn"


def test_commits_come_newest_first_page_by_page_with_their_tasks(school, tell):
    push(tell, *[commit(f"c{n:02}", NOW - timedelta(hours=60 - n), ("/tp1/exercice2", 1)) for n in range(30)])
    push(tell, commit("late", DEADLINE + timedelta(hours=26), ("/tp1/exercice1", 2), completes="/tp1/exercice1"))
    first, second = listed(school), listed(school, 2)
    assert (first.total, first.pages, len(first.commits), len(second.commits)) == (31, 2, PAGE_SIZE, 31 - PAGE_SIZE)
    assert {one.commit_id for one in first.commits}.isdisjoint(one.commit_id for one in second.commits)
    assert listed(school, 99).page == 2
    late = next(one for one in [*first.commits, *second.commits] if one.commit_id == "late")
    assert [(one.completes, one.late_by) for one in late.touched] == [(True, timedelta(hours=26))]


def test_what_was_done_before_is_done_again_and_not_late(school, tell, client_of):
    """A push that rewrote history, and then the same work once more: the first time counts."""
    first, again = DEADLINE - timedelta(hours=2), DEADLINE + timedelta(hours=26)
    push(tell, commit("again", again, ("/tp1/exercice1", 2), completes="/tp1/exercice1"))
    tell("OnExerciseCompleted", exercisePath="/tp1/exercice1", lateTime=int(first.timestamp()))
    (touched,) = listed(school).commits[0].touched
    assert (touched.completes, touched.again, touched.late_by) == (True, True, None)
    assert touched.item.done_at == first
    text = client_of(school.alice.person).get(f"/courses/{school.course.pk}/students/alice/").content.decode()
    assert "completes it again, done first" in text


def test_the_teacher_sees_who_else_gave_the_repository_and_students_do_not(school, client_of):
    for enrolment in (school.alice, school.bob):
        student_repositories.give_repository(enrolment.person, enrolment, repo_path="/depot", url=URL)
    address = f"/courses/{school.course.pk}/students/alice/"
    assert "also given by bob" in client_of(school.course.teacher).get(address).content.decode()
    assert "also given by" not in client_of(school.alice.person).get(address).content.decode()


def test_the_teacher_sees_that_a_repository_was_given_anew_and_students_do_not(school, client_of):
    address = f"/courses/{school.course.pk}/students/alice/"
    teacher, student = client_of(school.course.teacher), client_of(school.alice.person)
    repository = student_repositories.give_repository(school.alice.person, school.alice, repo_path="/depot", url=URL)
    assert "given anew" not in teacher.get(address).content.decode()
    student_repositories.remove_repository(school.alice.person, repository)
    student_repositories.give_repository(school.alice.person, school.alice, repo_path="/depot", url=URL)
    assert "given anew <time" in teacher.get(address).content.decode()
    assert "given anew" not in student.get(address).content.decode()


def test_the_page_says_only_what_is_this_student_s(school, tell, client_of):
    work(tell, "bob")
    text = client_of(school.alice.person).get(f"/courses/{school.course.pk}/students/alice/").content.decode()
    assert "Work bob" not in text
    assert "No push seen yet" in text
    assert "Work bob" in client_of(school.bob.person).get(f"/courses/{school.course.pk}/students/bob/").content.decode()


def test_the_tree_says_what_is_blocked_and_why(school, client_of):
    text = client_of(school.alice.person).get(f"/courses/{school.course.pk}/students/alice/").content.decode()
    assert "“Dépôt” comes first" in text
    assert "repository/?at=%2Fdepot" in text


def test_a_student_page_takes_the_same_queries_for_one_commit_and_three_hundred(school, tell, client_of, assert_flat):
    client = client_of(school.course.teacher)
    work(tell, "alice")

    def grow():
        for start in range(0, 300, 100):
            push(tell, *[commit(f"g{start + n}", NOW, ("/tp1/exercice1", 1), ("/", 1)) for n in range(100)])

    assert_flat(lambda: client.get(f"/courses/{school.course.pk}/students/alice/"), grow, limit=22)
