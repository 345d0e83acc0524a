"""The files of a course's tables: all rows of the page with its filters, an audit event, a fixed number of queries."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from accounts.models import AuditEvent, User
from courses.domain import answers, roster, teaching_team
from courses.models import Activity
from courses.tests.conftest import DEADLINE, commit, complete_exercise
from courses.tests.exported import many_students, path_of, rows_of, sheet_of

HOSTILE = '=HYPERLINK("http://x.example";"click")'
ON_TIME, LATE = DEADLINE - timedelta(days=2), DEADLINE + timedelta(days=1)
PARIS = ZoneInfo("Europe/Paris")
pytestmark = pytest.mark.django_db


@pytest.fixture
def zoned(school):
    school.course.zone = "Europe/Paris"
    school.course.save()
    return school


def test_the_matrix_has_all_pages_and_only_the_students_that_the_filters_leave(zoned, person, client_of, send_event):
    complete_exercise(send_event, "alice", at=LATE)
    many_students(zoned, person)
    client = client_of(zoned.course.teacher)
    head, *rows = rows_of(client, path_of(zoned, "matrix.csv"))
    assert head == [
        "Last name", "First name", "User name", "Group", "Last push (Europe/Paris)", "1.1 Exercice 1", "1.2 Exercice 2",
    ]  # fmt: skip
    assert len(rows) == 152
    alice = next(row for row in rows if row[2] == "alice")
    assert alice == [
        "Martin",
        "Alice",
        "alice",
        "A1",
        f"{LATE.astimezone(PARIS):%Y-%m-%d %H:%M:%S}",
        "Done late",
        "To do",
    ]
    assert len(rows_of(client, path_of(zoned, "matrix.csv?group=A2"))) == 2
    assert len(rows_of(client, path_of(zoned, "matrix.csv?name=name01"))) == 11
    assert [row[2] for row in rows_of(client, path_of(zoned, "matrix.csv?state=late"))[1:]] == ["alice"]
    assert "alice" not in [row[2] for row in rows_of(client, path_of(zoned, "matrix.csv?push=never&page=2"))]
    assert rows_of(client, path_of(zoned, "matrix.csv?sort=push"))[-1][2] == "alice"


def test_the_links_of_the_matrix_have_its_filters_also_after_a_change_by_htmx(school, client_of):
    client = client_of(school.course.teacher)
    query = "?name=a&amp;group=A1&amp;state=todo"
    page = client.get(path_of(school, "?group=A1&name=a&state=todo&page=1")).content.decode()
    fragment = client.get(
        path_of(school, "_matrix/?group=A1&name=a&state=todo"),
        headers={"HX-Request": "true", "HX-Trigger": "matrix-filters"},
    ).content.decode()
    for text in (page, fragment):
        assert f'href="/courses/{school.course.pk}/matrix.xlsx{query}"' in text
        assert f'href="/courses/{school.course.pk}/grades/"' in text
    assert 'id="export-menu" hx-swap-oob="true"' in fragment


def test_xlsx_has_real_dates_and_numbers_in_the_zone_of_the_course(zoned, client_of, send_event):
    complete_exercise(send_event, "alice", at=LATE)
    sheet = sheet_of(client_of(zoned.course.teacher), path_of(zoned, "students/alice/commits.xlsx"))
    assert sheet["A2"].value == LATE.astimezone(PARIS).replace(tzinfo=None)
    assert sheet["A2"].is_date
    assert (sheet["E2"].value, sheet["E2"].data_type) == (12, "n")


def test_the_task_has_a_row_for_each_student_with_the_evidence_of_the_page(zoned, client_of, send_event):
    complete_exercise(send_event, "alice", at=LATE)
    client = client_of(zoned.course.teacher)
    head, *rows = rows_of(client, path_of(zoned, f"tasks/{zoned.first.pk}/students.csv"))
    by_name = {row[2]: dict(zip(head, row, strict=True)) for row in rows}
    assert set(by_name) == {"alice", "bob"}
    assert by_name["alice"]["State"] == "Done late"
    assert by_name["alice"]["Deadline (Europe/Paris)"] == "2026-11-02 00:00:00"
    assert by_name["alice"]["Completed (Europe/Paris)"] == f"{LATE.astimezone(PARIS):%Y-%m-%d %H:%M:%S}"
    assert by_name["alice"]["Completed before"] == "no"
    only_late = rows_of(client, path_of(zoned, f"tasks/{zoned.first.pk}/students.csv?state=late"))
    assert [row[2] for row in only_late[1:]] == ["alice"]


def test_a_task_that_asks_for_a_text_has_the_texts(school, essay, client_of, clock):
    answers.give_answer(school.alice.person, school.alice, essay, text=f"{HOSTILE}\nsecond line")
    head, *rows = rows_of(client_of(school.course.teacher), path_of(school, f"tasks/{essay.pk}/students.csv"))
    assert (head[-1], rows[0][-1], rows[1][-1]) == ("Text", f"'{HOSTILE}\nsecond line", "")


def test_a_task_that_asks_for_a_repository_has_the_repositories_of_its_path(school, client_of, send_event):
    send_event("OnClone", "alice", repoUrl="https://git.example/alice.git", repoPath="/depot")
    client = client_of(school.course.teacher)
    for rest in (f"tasks/{school.repository.pk}/students.csv", "repositories.csv"):
        head, *rows = rows_of(client, path_of(school, rest))
        assert [row[2] for row in rows] == ["alice", "bob"]
        assert rows[0][4:7] == ["/depot", "https://git.example/alice.git", "Up to date"]
        assert rows[1][4:7] == ["/depot", "", "No repository given"]
        assert head[4:7] == ["Repository at", "Repository", "State"]
    missing = rows_of(client, path_of(school, f"tasks/{school.repository.pk}/students.csv?state=none"))
    assert [row[2] for row in missing[1:]] == ["bob"]


def test_the_roster_has_addresses_only_for_people_who_may_change_the_course(school, charlie, client_of):
    roster.enrol(None, school.course, username="charlie", role="assistant")
    head, *rows = rows_of(client_of(school.course.teacher), path_of(school, "roster.csv"))
    assert [(row[2], row[3], row[4], row[5]) for row in rows] == [
        ("charlie", "", "", "Assistant"), ("alice", "A1", "A1", "Student"), ("bob", "A2", "A2", "Student"),
    ]  # fmt: skip
    assert (head[-1], rows[1][-1]) == ("E-mail", "alice@school.example")
    seen_by_assistant = rows_of(client_of(charlie), path_of(school, "roster.csv"))
    assert "@" not in str(seen_by_assistant)


def test_the_tasks_have_a_row_each_in_reading_order(school, client_of):
    rows = rows_of(client_of(school.course.teacher), path_of(school, "tasks.csv"))
    assert [row[:2] for row in rows[1:]] == [
        ["", "Dépôt"],
        ["1", "Lists"],
        ["1.1", "Exercice 1"],
        ["1.2", "Exercice 2"],
    ]


def test_commits_have_a_row_for_each_task_with_reverts(school, client_of, send_event):
    complete_exercise(send_event, "alice", at=ON_TIME)
    commits = [commit("b" * 40, LATE, ("/tp1/exercice1", 3), ("/tp1/exercice2", 4), completes="/tp1/exercice1")]
    send_event("OnNewCommits", "alice", repoPath="/depot", commits=commits)
    Activity.objects.filter(commit_id="b" * 40).update(reverts="alice-tp1-exercice1")
    head, *rows = rows_of(client_of(school.alice.person), path_of(school, "students/alice/commits.csv"))
    named = [dict(zip(head, row, strict=True)) for row in rows]
    assert [(row["Task"], row["Lines"]) for row in named] == [
        ("1.1 Exercice 1", "3"), ("1.2 Exercice 2", "4"), ("1.1 Exercice 1", "12"),
    ]  # fmt: skip
    assert [(row["Completes it"], row["Late"]) for row in named] == [("yes", "yes"), ("no", "no"), ("yes", "no")]
    assert (named[0]["Reverts"], named[2]["Reverted by"]) == ("alice-tp1-exercice1", "b" * 40)


def test_a_student_takes_away_their_own_tasks(zoned, client_of, send_event):
    complete_exercise(send_event, "alice", at=ON_TIME)
    head, *rows = rows_of(client_of(zoned.alice.person), path_of(zoned, "students/alice/tasks.csv"))
    assert [row[:2] for row in rows] == [["1.1 Exercice 1", "Done on time"], ["1.2 Exercice 2", "To do"]]
    assert head[2] == "Deadline (Europe/Paris)"


def test_each_export_is_in_the_audit_log_with_its_filters(school, client_of):
    client = client_of(school.course.teacher)
    for rest in ("matrix.csv?group=A1&state=blocked", "students/alice/commits.xlsx"):
        client.get(path_of(school, rest))
    matrix, commits = AuditEvent.objects.filter(verb="courses.export").order_by("pk")
    assert (matrix.actor, matrix.subject) == (school.course.teacher, f"course:{school.course.pk}")
    filters = {"group": "A1", "state": "blocked"}
    assert matrix.after == {"table": "matrix", "format": "csv", "rows": 1, "filters": filters}
    assert commits.after == {"table": "commits", "format": "xlsx", "rows": 0, "student": "alice"}


def test_a_refused_export_is_not_in_the_audit_log(school, client_of):
    assert client_of(school.bob.person).get(path_of(school, "students/alice/commits.csv")).status_code == 404
    assert client_of(school.bob.person).get(path_of(school, "matrix.csv")).status_code == 403
    assert client_of(school.course.teacher).get(path_of(school, "matrix.ods")).status_code == 404
    assert not AuditEvent.objects.filter(verb="courses.export").exists()


def test_french_files_have_french_titles_semicolons_and_commas(school, client_of):
    teacher = school.course.teacher
    teacher.language = "fr"
    teacher.save()
    assert rows_of(client_of(teacher), path_of(school, "matrix.csv"), ";")[1][2] == "alice"


def test_a_moment_in_the_future_of_a_wrong_clock_is_now(school, client_of, send_event, clock):
    complete_exercise(send_event, "alice", at=DEADLINE + timedelta(days=400))
    row = rows_of(client_of(school.course.teacher), path_of(school, "students/alice/commits.csv"))[1]
    assert datetime.fromisoformat(row[0]) <= DEADLINE.replace(tzinfo=None)


def test_a_table_that_is_too_long_for_the_format_leads_back_with_the_reason(school, client_of, monkeypatch):
    monkeypatch.setattr("kernel.exports.xlsx_file.MAX_ROWS", 1)
    client = client_of(school.course.teacher)
    page = client.get(path_of(school, "matrix.xlsx"), follow=True)
    assert page.redirect_chain == [(path_of(school, ""), 302)]
    assert "A spreadsheet has at most 1 rows. Export the table as CSV." in page.content.decode()
    assert not AuditEvent.objects.filter(verb="courses.export").exists()


TABLES = ["matrix", "roster", "repositories", "tasks", "tasks/{task}/students", "students/alice/commits",
          "students/alice/tasks", "grades"]  # fmt: skip


def test_a_co_teacher_takes_every_table_of_the_teacher_and_an_assistant_of_groups_their_own(school, client_of, person):
    for name, role, groups in (("nadia", "teacher", []), ("a1", "assistant", ["A1"]), ("a2", "assistant", ["A2"])):
        person(name, kind="teacher")
        teaching_team.add_to_team(None, school.course, username=name, role=role, group_ids=groups)
    teacher, nadia, a1, a2 = (client_of(User.objects.get(username=name)) for name in ("teacher", "nadia", "a1", "a2"))
    paths = {rest: path_of(school, rest.format(task=school.first.pk) + ".csv") for rest in TABLES}
    for path in paths.values():
        assert rows_of(nadia, path) == rows_of(teacher, path), path
    for rest in TABLES[:3] + TABLES[4:5]:
        for client, seen in ((a1, ["alice"]), (a2, ["bob"])):
            cells = [cell for row in rows_of(client, paths[rest]) for cell in row]
            assert [name for name in ("alice", "bob") if name in cells] == seen, paths[rest]
    assert a2.get(paths["students/alice/commits"]).status_code == 404
    assert a2.get(paths["students/alice/tasks"]).status_code == 404
    assert [client.get(paths["grades"]).status_code for client in (a1, a2)] == [403, 403]
    taken = AuditEvent.objects.filter(verb="courses.export", actor__username="nadia")
    assert taken.count() == len(TABLES)
