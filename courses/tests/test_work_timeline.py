"""A student's page: the lanes of the timeline, the heat map, the pages of commits; never another student's work."""

import re
from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from courses.domain import extensions, roster, student_repositories
from courses.git import git_module
from courses.pages.commit_list import PAGE_SIZE, commit_page
from courses.pages.student_overview import overview_of
from courses.pages.work_timeline import build_timeline
from courses.tests.conftest import DEADLINE, REPOSITORY_URL, commit, complete_exercise
from gitsync.queries.sync_history import Rewrite

NOW = datetime(2026, 11, 3, 14, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def frozen():
    with time_machine.travel(NOW, tick=False):
        yield


def push(send_event, *commits, student="alice"):
    send_event("OnNewCommits", student, repoPath="/depot", commits=list(commits))


def timeline(school):
    return build_timeline(overview_of(school.alice, NOW), NOW)


def commits(school, page=1):
    return commit_page(school.alice, overview_of(school.alice, NOW).tasks, NOW, page)


def test_the_lane_of_a_task_has_its_pushes_before_and_after_the_deadline(school, send_event):
    send_event("OnClone", repoUrl=REPOSITORY_URL.format("alice"), repoPath="/depot")
    push(
        send_event,
        commit("a1", DEADLINE - timedelta(hours=3), ("/tp1/exercice1", 40)),
        commit("a2", DEADLINE - timedelta(hours=2), ("/tp1/exercice1", 4)),
        commit("a3", DEADLINE + timedelta(hours=5), ("/tp1/exercice1", 9)),
        commit("a4", DEADLINE, ("/", 7)),
    )
    drawing = timeline(school)
    first, second = drawing.lanes
    assert [(dot.commits, dot.lines, dot.late) for dot in first.dots] == [(2, 44, False), (1, 9, True)]
    assert (first.commits, second.commits, second.dots) == (3, 0, [])
    assert [dot.lines for dot in drawing.repositories[0].dots] == [7]
    assert drawing.last_push == DEADLINE + timedelta(hours=5)


def test_a_lane_shows_the_deadline_and_its_extension(school):
    assert (timeline(school).lanes[0].extended_x, bool(timeline(school).lanes[0].due_x)) == ("", True)
    later = DEADLINE + timedelta(days=7)
    extensions.grant_extension(None, school.first, school.alice, deadline=later, reason="Ill")
    lane = timeline(school).lanes[0]
    assert float(lane.extended_x[:-1]) > float(lane.due_x[:-1])
    assert lane.student_task.due.reason == "Ill"


def test_the_lane_of_a_repository_marks_rewritten_history(school, monkeypatch):
    rewrites = [Rewrite("/depot", int(DEADLINE.timestamp())), Rewrite("/other", int(DEADLINE.timestamp()))]
    monkeypatch.setattr(git_module, "rewrites", lambda enrolment: rewrites)
    assert [at for _x, at in timeline(school).repositories[0].rewrites] == [DEADLINE]


def test_a_commit_date_in_another_century_does_not_stretch_the_axis(school, send_event):
    push(send_event, commit("old", datetime(1971, 1, 1, tzinfo=UTC), ("/tp1/exercice1", 5)))
    drawing = timeline(school)
    assert 4 <= len(drawing.weeks) <= 27
    assert drawing.lanes[0].dots == []
    assert drawing.lanes[0].commits == 1


def test_the_heat_map_shows_days_with_work_and_days_ahead(school, send_event):
    push(
        send_event, commit("a", NOW - timedelta(days=1), ("/tp1/exercice1", 9)), commit("b", NOW, ("/tp1/exercice2", 1))
    )
    drawing = timeline(school)
    days = {day.day: day for day in drawing.heat}
    assert drawing.active_days == 2
    assert (days[NOW.date()].css, days[(NOW - timedelta(days=1)).date()].css) == ("h1", "h4")
    assert days[(NOW + timedelta(days=1)).date()].css == "hn"


def test_commits_come_newest_first_in_pages_with_their_tasks(school, send_event):
    push(send_event, *[commit(f"c{n:02}", NOW - timedelta(hours=60 - n), ("/tp1/exercice2", 1)) for n in range(30)])
    push(send_event, commit("late", DEADLINE + timedelta(hours=26), ("/tp1/exercice1", 2), completes="/tp1/exercice1"))
    first, second = commits(school), commits(school, 2)
    assert (first.total, first.pages, len(first.commits), len(second.commits)) == (31, 2, PAGE_SIZE, 31 - PAGE_SIZE)
    assert {commit.commit_id for commit in first.commits}.isdisjoint(commit.commit_id for commit in second.commits)
    assert commits(school, 99).page == 2
    late = next(commit for commit in [*first.commits, *second.commits] if commit.commit_id == "late")
    assert [(task.completes, task.late_by) for task in late.tasks] == [(True, timedelta(hours=26))]


def test_work_that_was_done_before_is_repeated_and_not_late(school, send_event, client_of):
    """A push rewrites the history and does the same work once more: the first time counts."""
    first, again = DEADLINE - timedelta(hours=2), DEADLINE + timedelta(hours=26)
    push(send_event, commit("again", again, ("/tp1/exercice1", 2), completes="/tp1/exercice1"))
    send_event("OnExerciseCompleted", exercisePath="/tp1/exercice1", lateTime=int(first.timestamp()))
    (commit_task,) = commits(school).commits[0].tasks
    assert (commit_task.completes, commit_task.repeated, commit_task.late_by) == (True, True, None)
    assert commit_task.student_task.done_at == first
    text = client_of(school.alice.person).get(f"/courses/{school.course.pk}/students/alice/").content.decode()
    assert "completed again, first completed" in text


def test_only_the_teacher_sees_who_else_gave_the_repository(school, client_of):
    for enrolment in (school.alice, school.bob):
        student_repositories.give_repository(enrolment.person, enrolment, repo_path="/depot", url=REPOSITORY_URL)
    address = f"/courses/{school.course.pk}/students/alice/"
    assert "also given by bob" in client_of(school.course.teacher).get(address).content.decode()
    assert "also given by" not in client_of(school.alice.person).get(address).content.decode()


@pytest.mark.parametrize("group", ["A1", "A2", ""])
def test_a_repository_shared_outside_the_group_is_to_check(school, client_of, group):
    roster.enrol(None, school.course, username="bob", group_id=group)
    teacher, address = client_of(school.course.teacher), f"/courses/{school.course.pk}/students/alice/"
    student_repositories.give_repository(school.alice.person, school.alice, repo_path="/depot", url=REPOSITORY_URL)
    assert not teacher.get(address).context["findings"]
    school.bob.refresh_from_db()
    student_repositories.give_repository(school.bob.person, school.bob, repo_path="/depot", url=REPOSITORY_URL)
    page = teacher.get(address).content.decode()
    to_check = page.partition('id="to-check"')[2].partition("</section>")[0]
    assert ("also given by Bob Martin" in " ".join(to_check.split())) == (group != "A1")
    assert "to-check" not in client_of(school.alice.person).get(address).content.decode()


def test_only_the_teacher_sees_that_a_repository_was_given_again(school, client_of):
    address = f"/courses/{school.course.pk}/students/alice/"
    teacher, student = client_of(school.course.teacher), client_of(school.alice.person)
    repository = student_repositories.give_repository(
        school.alice.person, school.alice, repo_path="/depot", url=REPOSITORY_URL
    )
    assert "given again" not in teacher.get(address).content.decode()
    student_repositories.remove_repository(school.alice.person, repository)
    student_repositories.give_repository(school.alice.person, school.alice, repo_path="/depot", url=REPOSITORY_URL)
    page = " ".join(teacher.get(address).content.decode().split())
    # One element: the gap between the items of a state would stand before the comma.
    assert re.search(r"<span> given again <time[^>]*>[^<]*</time>, after another was removed </span>", page)
    assert "given again" not in student.get(address).content.decode()


def test_the_page_shows_this_student_s_work_only(school, send_event, client_of):
    complete_exercise(send_event, "bob", at=DEADLINE - timedelta(days=2))
    text = client_of(school.alice.person).get(f"/courses/{school.course.pk}/students/alice/").content.decode()
    assert "Work bob" not in text
    assert "No push seen yet" in text
    assert "Work bob" in client_of(school.bob.person).get(f"/courses/{school.course.pk}/students/bob/").content.decode()


def test_the_list_of_tasks_says_why_a_task_is_blocked(school, client_of):
    text = client_of(school.alice.person).get(f"/courses/{school.course.pk}/students/alice/").content.decode()
    assert "needs “Dépôt” first" in text
    assert "repository/?at=%2Fdepot" in text


def test_a_student_page_takes_the_same_queries_for_one_commit_and_three_hundred(
    school, send_event, client_of, assert_flat
):
    client = client_of(school.course.teacher)
    complete_exercise(send_event, "alice", at=DEADLINE - timedelta(days=2))

    def grow():
        for start in range(0, 300, 100):
            push(send_event, *[commit(f"g{start + n}", NOW, ("/tp1/exercice1", 1), ("/", 1)) for n in range(100)])

    assert_flat(lambda: client.get(f"/courses/{school.course.pk}/students/alice/"), grow, limit=22)
