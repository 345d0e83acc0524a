"""The report of a task: its counts, curve and summaries, and its constant number of queries."""

import re
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import time_machine

from courses.domain import group_deadlines, roster
from courses.pages.completion_curve import build_curve
from courses.pages.task_report import build_report
from courses.tests.conftest import DEADLINE, REPOSITORY_URL, commit, complete_exercise

NOW = datetime(2026, 11, 3, 14, 0, tzinfo=UTC)
BEFORE = DEADLINE - timedelta(days=2)


@pytest.fixture(autouse=True)
def frozen():
    with time_machine.travel(NOW, tick=False):
        yield


def summaries_by_name(report):
    return {summary.enrolment.person.username: summary for summary in report.rows}


def test_the_report_counts_statuses_and_lists_late_and_missing_students(school, send_event, charlie):
    roster.enrol(None, school.course, username="charlie")
    complete_exercise(send_event, "alice", at=DEADLINE + timedelta(hours=5))
    send_event("OnCloneFailed", "bob", repoUrl=REPOSITORY_URL.format("bob"), repoPath="/depot", reason="not_curve")

    report = build_report(school.first, NOW)

    assert {status.key: count for status, count in report.counts} == {"done": 0, "late": 1, "overdue": 1, "failing": 1}
    assert [(summary.name, summary.late_by) for summary in report.late] == [("Alice Martin", timedelta(hours=5))]
    assert {summary.enrolment.person.username: bool(summary.failure) for summary in report.missing} == {
        "bob": True,
        "charlie": False,
    }
    assert report.median_before == timedelta(hours=-5)


def test_a_summary_divides_commits_by_the_student_s_own_deadline(school, send_event):
    before, after = DEADLINE - timedelta(days=1), DEADLINE + timedelta(days=1)
    for name in ("alice", "bob"):
        send_event("OnClone", name, repoUrl=REPOSITORY_URL.format(name), repoPath="/depot")
        commits = [commit(f"{name}{at.day}", at, ("/tp1/exercice1", 3)) for at in (before, after)]
        send_event("OnNewCommits", name, repoPath="/depot", commits=commits)
    group_deadlines.set_group_deadline(None, school.first, school.bob.group, deadline=after + timedelta(hours=1))

    rows = summaries_by_name(build_report(school.first, NOW))

    assert (rows["alice"].last_before, rows["alice"].last_after) == (before, after)
    assert (rows["bob"].last_before, rows["bob"].last_after) == (after, None)
    assert {key: count for key, count, _width in build_report(school.first, NOW).summary} == {
        "done_before": 0,
        "done_after": 0,
        "before_only": 1,
        "after": 1,
        "none": 0,
    }


@pytest.mark.parametrize("counts_as", ["on-time", "late"])
def test_a_commit_on_time_by_its_own_date_alone_is_unproven(school, send_event, counts_as):
    complete_exercise(send_event, "alice", at=BEFORE)
    school.first.course.unproven_counts_as = counts_as
    due = int(DEADLINE.timestamp())
    for seen, is_unproven in ((due + 3600, True), (due, False)):
        times = {"lateTime": due - 100, "provenTime": seen}
        send_event("OnExerciseCompleted", exercisePath="/tp1/exercice1", **times)
        report = build_report(school.first, NOW)
        row = summaries_by_name(report)["alice"]
        is_late = is_unproven and counts_as == "late"
        assert (row.unproven, row.done_before, row.late) == (is_unproven, not is_late, is_late)
        assert [work.enrolment.person.username for work in report.late] == (["alice"] if is_late else [])
        assert {key: count for key, count, _width in report.summary}["done_after"] == int(is_late)


def test_the_filter_of_a_status_changes_the_list_only(school, send_event):
    complete_exercise(send_event, "alice", at=BEFORE)
    report = build_report(school.first, NOW, state="done")
    assert list(summaries_by_name(report)) == ["alice"]
    assert (report.total, report.shown) == (2, 1)


def test_the_curve_counts_until_now_and_marks_each_deadline():
    curve = build_curve(
        [DEADLINE - timedelta(days=1), DEADLINE + timedelta(hours=2), NOW + timedelta(days=400)],
        [(DEADLINE, ""), (DEADLINE + timedelta(days=1), "A1")],
        4,
        NOW,
        ZoneInfo("Europe/Paris"),
    )
    assert [(mark.label, mark.done) for mark in curve.marks] == [("", 1), ("A1", 2)]
    assert curve.done == 3
    assert curve.line.count("V") == 3
    assert [count for count, _y in curve.levels] == [0, 1, 2, 3, 4]


def test_the_text_counts_students_only_at_deadlines_that_have_passed(school, send_event, client_of):
    complete_exercise(send_event, "alice", at=BEFORE)
    client, address = client_of(school.course.teacher), f"/courses/{school.course.pk}/tasks/{school.first.pk}/"
    assert "1 of 2 were done at the deadline" in " ".join(client.get(address).content.decode().split())

    group_deadlines.set_group_deadline(None, school.first, school.bob.group, deadline=NOW + timedelta(days=2))
    page = " ".join(client.get(address).content.decode().split())
    assert "1 of 2 were done at the deadline," in page
    assert "1 of 2 have done it so far; deadline of A2" in page
    assert "at the deadline of A2" not in page


def test_a_date_in_another_year_shows_the_year(school, client_of):
    client, address = client_of(school.course.teacher), f"/courses/{school.course.pk}/"
    for year in (2001, 2099):
        school.first.deadline = NOW.replace(year=year)
        school.first.save()
        assert f"3 Nov {year} 15:00</span>" in client.get(address).content.decode()
        assert (
            f"Deadline, 3 Nov {year} 15:00</text>" in client.get(f"{address}tasks/{school.first.pk}/").content.decode()
        )
    school.first.deadline = NOW
    school.first.save()
    assert "3 Nov 15:00</span>" in client.get(address).content.decode()


def test_the_line_of_now_ends_below_the_labels_of_deadlines(school, client_of):
    page = client_of(school.course.teacher).get(f"/courses/{school.course.pk}/tasks/{school.first.pk}/")
    line = re.search(r'class="c-now"[^>]* y1="(\d+)"', page.content.decode())
    labels = re.findall(r'class="c-due-text"[^>]* y="(\d+)"', page.content.decode())
    assert line
    assert labels
    assert all(int(line[1]) > int(y) for y in labels)


@pytest.mark.parametrize(("times", "deadlines", "total"), [([], [], 0), ([], [], 3), ([NOW], [], 1)])
def test_the_curve_of_a_class_that_has_hardly_begun(times, deadlines, total):
    curve = build_curve(times, deadlines, total, NOW, ZoneInfo("Europe/Paris"))
    assert (curve.done, curve.marks, curve.pace) == (len(times), [], "")


def test_a_commit_date_decades_ago_does_not_stretch_the_curve():
    curve = build_curve([datetime(1971, 1, 1, tzinfo=UTC)], [(DEADLINE, "")], 2, NOW, ZoneInfo("Europe/Paris"))
    assert curve.days[0][0] > NOW - timedelta(weeks=20)
    assert curve.line.startswith("M0 100 H0.00 V50.00")


def test_a_deadline_decades_ahead_keeps_the_work_and_now_in_view():
    zone, done = ZoneInfo("Europe/Paris"), NOW - timedelta(days=1)
    far, near = ([(NOW + timedelta(days=days), "")] for days in (9000, 60))
    curve = build_curve([done], far, 2, NOW, zone)
    assert curve.days[0][0] < done
    assert curve.days[-1][0] < NOW + timedelta(weeks=16)
    assert [(mark.x, mark.ahead) for mark in curve.marks] == [("100.00%", True)]
    assert float(curve.now_x.rstrip("%")) < 50
    assert (curve.pace, bool(build_curve([done], near, 2, NOW, zone).pace)) == ("", True)


@pytest.mark.parametrize("at", [BEFORE, DEADLINE + timedelta(days=1)])
def test_the_summary_says_when_a_student_is_in_two_lines(school, send_event, client_of, at):
    complete_exercise(send_event, "alice", at=at)
    page = client_of(school.course.teacher).get(f"/courses/{school.course.pk}/tasks/{school.first.pk}/")
    assert sum(count for _kind, count, _width in page.context["report"].summary) == (3 if at > DEADLINE else 2)
    assert ("A student may be in two lines" in page.content.decode()) == (at > DEADLINE)


def test_a_task_page_takes_the_same_queries_for_two_students_and_thirty(
    school, send_event, person, client_of, assert_flat
):
    complete_exercise(send_event, "alice", at=BEFORE)
    client = client_of(school.course.teacher)

    def grow():
        for index in range(28):
            person(f"student{index}")
            roster.enrol(None, school.course, username=f"student{index}", group_id="A1")
            complete_exercise(send_event, f"student{index}", at=BEFORE)

    assert_flat(lambda: client.get(f"/courses/{school.course.pk}/tasks/{school.first.pk}/"), grow, limit=22)


def test_the_count_of_now_is_drawn_over_the_deadlines(school, client_of):
    text = (
        client_of(school.course.teacher).get(f"/courses/{school.course.pk}/tasks/{school.first.pk}/").content.decode()
    )
    assert text.index('class="c-due"') < text.index('class="c-ink"')
