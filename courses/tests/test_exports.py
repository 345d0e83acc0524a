"""The files of a course's tables: all rows of the page with its filters, an audit event, a fixed number of queries."""

import csv
import io
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import openpyxl
import pytest

from accounts.models import AuditEvent
from courses.domain import answers, roster
from courses.models import Activity, Enrolment, Progress
from courses.tests.conftest import DEADLINE, commit, complete_exercise
from kernel.database.text_hash import text_hash
from kernel.epoch import to_epoch

HOSTILE = '=HYPERLINK("http://x.example";"click")'
ON_TIME, LATE = DEADLINE - timedelta(days=2), DEADLINE + timedelta(days=1)
PARIS = ZoneInfo("Europe/Paris")
pytestmark = pytest.mark.django_db


@pytest.fixture
def zoned(school):
    school.course.zone = "Europe/Paris"
    school.course.save()
    return school


def rows_of(client, path, delimiter=","):
    """Return the rows of a CSV file, the titles of the columns first."""
    response = client.get(path)
    assert response.status_code == 200, path
    assert response["Content-Type"] == "text/csv; charset=utf-8"
    text = response.getvalue().decode("utf-8-sig")
    return list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter))


def sheet_of(client, path):
    content = client.get(path).getvalue()
    return openpyxl.load_workbook(io.BytesIO(content)).worksheets[0]


def path_of(school, rest):
    return f"/courses/{school.course.pk}/{rest}"


def many_students(school, person, count=150):
    """Add students in bulk, each with a progress of the first exercise."""
    people = [person(f"s{number:03}", last_name=f"Name{number:03}") for number in range(3)]
    people += type(people[0]).objects.bulk_create(
        type(people[0])(username=f"s{number:03}", last_name=f"Name{number:03}") for number in range(3, count)
    )
    enrolments = Enrolment.objects.bulk_create(
        Enrolment(course=school.course, person=student, group=school.alice.group) for student in people
    )
    Progress.objects.bulk_create(
        Progress(enrolment=enrolment, task=school.first, state="started", since=ON_TIME) for enrolment in enrolments
    )
    return enrolments


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
    assert alice == ["Martin", "Alice", "alice", "A1", f"{LATE.astimezone(PARIS):%Y-%m-%d %H:%M:%S}", "Done late", "To do"]
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
        path_of(school, "_matrix/?group=A1&name=a&state=todo"), headers={"HX-Request": "true", "HX-Trigger": "matrix-filters"}
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
    assert [row[:2] for row in rows[1:]] == [["", "Dépôt"], ["1", "Lists"], ["1.1", "Exercice 1"], ["1.2", "Exercice 2"]]


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


FILES = [
    "matrix.{}", "roster.{}", "repositories.{}", "tasks.{}", "tasks/{first}/students.{}", "tasks/{depot}/students.{}",
    "students/alice/commits.{}", "students/alice/tasks.{}", "grades.{}",
]  # fmt: skip


@pytest.mark.parametrize("rest", FILES)
def test_hostile_names_and_titles_run_nowhere(school, client_of, send_event, rest):
    complete_exercise(send_event, "alice", at=ON_TIME)
    type(school.alice.person).objects.update(last_name=HOSTILE, first_name="+1+1", email="@x")
    school.first.title = school.repository.title = HOSTILE
    school.first.save()
    school.repository.save()
    school.alice.group.title = "\uff1d1+1"
    school.alice.group.save()
    Activity.objects.update(subject="-cmd|' /C calc'!A0")
    client = client_of(school.course.teacher)
    names = {"first": school.first.pk, "depot": school.repository.pk}
    for row in rows_of(client, path_of(school, rest.format("csv", **names))):
        assert not [cell for cell in row if cell.startswith(("=", "+", "-", "@", "\t", "\r", "\uff1d"))]
    sheet = sheet_of(client, path_of(school, rest.format("xlsx", **names)))
    assert {cell.data_type for row in sheet.iter_rows() for cell in row} <= {"s", "n", "d"}


@pytest.mark.parametrize("rest", FILES)
def test_a_file_needs_as_many_queries_for_many_students(school, person, client_of, send_event, assert_flat, rest):
    complete_exercise(send_event, "alice", at=ON_TIME)
    client = client_of(school.course.teacher)
    path = path_of(school, rest.format("csv", first=school.first.pk, depot=school.repository.pk))

    def grow():
        many_students(school, person, count=30)
        Activity.objects.bulk_create(
            Activity(
                enrolment=school.alice, repo_path_hash=text_hash("/depot"), commit_id=f"{number:040}", at=to_epoch(ON_TIME),
                exercise_path="/tp1/exercice1", exercise_path_hash=school.first.path_hash,
            )
            for number in range(60)
        )  # fmt: skip

    assert_flat(lambda: client.get(path).getvalue(), grow, limit=22)


def test_french_files_have_french_titles_semicolons_and_commas(school, client_of):
    teacher = school.course.teacher
    teacher.language = "fr"
    teacher.save()
    assert rows_of(client_of(teacher), path_of(school, "matrix.csv"), ";")[1][2] == "alice"


def test_a_moment_in_the_future_of_a_wrong_clock_is_now(school, client_of, send_event, clock):
    complete_exercise(send_event, "alice", at=DEADLINE + timedelta(days=400))
    row = rows_of(client_of(school.course.teacher), path_of(school, "students/alice/commits.csv"))[1]
    assert datetime.fromisoformat(row[0]) <= DEADLINE.replace(tzinfo=None)
