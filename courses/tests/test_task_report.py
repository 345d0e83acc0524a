"""The page of a task: its counts, curve, summaries and evidence, in a constant number of queries."""

import re
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import time_machine

from courses.domain import group_deadlines, roster
from courses.git import git_module
from courses.pages.completion_curve import curve
from courses.pages.task_report import report
from courses.tests.conftest import DEADLINE, commit
from courses.tests.test_matrix import URL, work
from gitsync.queries.evidence import Look

NOW = datetime(2026, 11, 3, 14, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def frozen():
    with time_machine.travel(NOW, tick=False):
        yield


def by_name(found):
    return {work.enrolment.person.username: work for work in found.rows}


def test_the_counts_the_late_and_the_missing_with_what_stands_behind_them(school, tell, charlie):
    roster.enrol(None, school.course, username="charlie")
    work(tell, "alice", done=DEADLINE + timedelta(hours=5))
    tell("OnCloneFailed", "bob", repoUrl=URL.format("bob"), repoPath="/depot", reason="not_found")

    found = report(school.first, NOW)

    assert {state.key: count for state, count in found.counts} == {"done": 0, "late": 1, "overdue": 1, "failing": 1}
    assert [(one.name, one.late_by) for one in found.late] == [("Alice Martin", timedelta(hours=5))]
    assert {one.enrolment.person.username: bool(one.failure) for one in found.missing} == {
        "bob": True,
        "charlie": False,
    }
    assert found.median_before == timedelta(hours=-5)


def test_a_summary_tells_commits_apart_by_the_student_s_own_deadline(school, tell):
    before, after = DEADLINE - timedelta(days=1), DEADLINE + timedelta(days=1)
    for name in ("alice", "bob"):
        tell("OnClone", name, repoUrl=URL.format(name), repoPath="/depot")
        commits = [commit(f"{name}{at.day}", at, ("/tp1/exercice1", 3)) for at in (before, after)]
        tell("OnNewCommits", name, repoPath="/depot", commits=commits)
    group_deadlines.set_group_deadline(None, school.first, school.bob.group, deadline=after + timedelta(hours=1))

    rows = by_name(report(school.first, NOW))

    assert (rows["alice"].last_before, rows["alice"].last_after) == (before, after)
    assert (rows["bob"].last_before, rows["bob"].last_after) == (after, None)
    assert {key: count for key, count, _width in report(school.first, NOW).summary} == {
        "done_before": 0,
        "done_after": 0,
        "before_only": 1,
        "after": 1,
        "none": 0,
    }


def test_done_on_time_by_its_own_date_alone_is_called_unproven(school, tell, monkeypatch):
    work(tell, "alice")
    due = int(DEADLINE.timestamp())
    looks = {"alice": Look(due - 100, due - 3600, due + 3600)}
    monkeypatch.setattr(git_module, "first_looks", lambda task: looks)
    assert by_name(report(school.first, NOW))["alice"].unproven
    looks["alice"] = Look(due - 100, due - 3600, due - 60)
    assert not by_name(report(school.first, NOW))["alice"].unproven


def test_one_state_narrows_the_list_and_nothing_else(school, tell):
    work(tell, "alice")
    found = report(school.first, NOW, state="done")
    assert list(by_name(found)) == ["alice"]
    assert (found.total, found.shown) == (2, 1)


def test_the_curve_counts_up_to_now_and_marks_each_deadline():
    found = curve(
        [DEADLINE - timedelta(days=1), DEADLINE + timedelta(hours=2), NOW + timedelta(days=400)],
        [(DEADLINE, ""), (DEADLINE + timedelta(days=1), "A1")],
        4,
        NOW,
        ZoneInfo("Europe/Paris"),
    )
    assert [(mark.label, mark.done) for mark in found.marks] == [("", 1), ("A1", 2)]
    assert found.done == 3
    assert found.line.count("V") == 3
    assert [count for count, _y in found.levels] == [0, 1, 2, 3, 4]


def test_nothing_is_said_to_have_been_done_at_a_deadline_that_is_ahead(school, tell, client_of):
    work(tell, "alice")
    client, address = client_of(school.course.teacher), f"/courses/{school.course.pk}/tasks/{school.first.pk}/"
    assert "1 of 2 were done at the deadline" in client.get(address).content.decode()

    group_deadlines.set_group_deadline(None, school.first, school.bob.group, deadline=NOW + timedelta(days=2))
    page = client.get(address).content.decode()
    assert "1 of 2 were done at the deadline," in page
    assert "1 of 2 have done it so far; deadline of A2" in page
    assert "at the deadline of A2" not in page


def test_a_day_of_another_year_is_written_with_it(school, client_of):
    client, address = client_of(school.course.teacher), f"/courses/{school.course.pk}/"
    for year in (2001, 2099):
        school.first.deadline = NOW.replace(year=year)
        school.first.save()
        assert f"3 Nov {year}</span>" in client.get(address).content.decode()
        assert f"Deadline, 3 Nov {year}</text>" in client.get(f"{address}tasks/{school.first.pk}/").content.decode()
    school.first.deadline = NOW
    school.first.save()
    assert "3 Nov</span>" in client.get(address).content.decode()


def test_the_line_of_now_ends_below_the_words_of_deadlines(school, client_of):
    page = client_of(school.course.teacher).get(f"/courses/{school.course.pk}/tasks/{school.first.pk}/")
    found = re.search(r'class="c-now"[^>]* y1="(\d+)"', page.content.decode())
    words = re.findall(r'class="c-due-text"[^>]* y="(\d+)"', page.content.decode())
    assert found
    assert words
    assert all(int(found[1]) > int(y) for y in words)


@pytest.mark.parametrize(("times", "deadlines", "total"), [([], [], 0), ([], [], 3), ([NOW], [], 1)])
def test_the_curve_of_a_class_that_has_not_begun(times, deadlines, total):
    found = curve(times, deadlines, total, NOW, ZoneInfo("Europe/Paris"))
    assert (found.done, found.marks, found.pace) == (len(times), [], "")


def test_dates_before_all_reason_do_not_stretch_the_curve():
    found = curve([datetime(1971, 1, 1, tzinfo=UTC)], [(DEADLINE, "")], 2, NOW, ZoneInfo("Europe/Paris"))
    assert found.days[0][0] > NOW - timedelta(weeks=20)
    assert found.line.startswith("M0 100 H0.00 V50.00")


def test_a_deadline_decades_ahead_leaves_what_was_done_and_now_in_view():
    zone, done = ZoneInfo("Europe/Paris"), NOW - timedelta(days=1)
    far, near = ([(NOW + timedelta(days=days), "")] for days in (9000, 60))
    found = curve([done], far, 2, NOW, zone)
    assert found.days[0][0] < done
    assert found.days[-1][0] < NOW + timedelta(weeks=16)
    assert [(mark.x, mark.ahead) for mark in found.marks] == [("100.00%", True)]
    assert float(found.now_x.rstrip("%")) < 50
    assert (found.pace, bool(curve([done], near, 2, NOW, zone).pace)) == ("", True)


def test_a_task_page_takes_the_same_queries_for_two_students_and_thirty(school, tell, person, client_of, assert_flat):
    work(tell, "alice")
    client = client_of(school.course.teacher)

    def grow():
        for index in range(28):
            person(f"student{index}")
            roster.enrol(None, school.course, username=f"student{index}", group_id="A1")
            work(tell, f"student{index}")

    assert_flat(lambda: client.get(f"/courses/{school.course.pk}/tasks/{school.first.pk}/"), grow, limit=22)


def test_no_deadline_is_drawn_through_the_count_of_now(school, client_of):
    text = (
        client_of(school.course.teacher).get(f"/courses/{school.course.pk}/tasks/{school.first.pk}/").content.decode()
    )
    assert text.index('class="c-due"') < text.index('class="c-ink"')
