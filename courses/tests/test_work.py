"""The page of a student's files for one exercise, and its ZIP, from a real repository."""

import asyncio
import io
import zipfile
from datetime import timedelta

from django.urls import reverse

from courses.models import Progress
from courses.pages import work_files
from courses.tests.conftest import BEFORE, DEADLINE, commit, complete_exercise
from gitsync.models import Registration, Repository


def test_the_last_commit_before_the_deadline_comes_first(school, pushed, get_work, teacher):
    answer = get_work(teacher)
    page = answer.context["page"]
    assert (page.commit.sha, page.state) == (pushed[0], "deadline")
    assert [(file.name, file.label, file.lines) for file in page.files] == [("tp1/exercice1/a.py", "a.py", 1)]
    assert ["".join(part.text for part in line) for line in page.file.lines] == ["one = 1"]
    assert "first &lt;b&gt;" in answer.content.decode()


def test_now_has_the_last_commit_with_its_text_escaped(pushed, get_work, teacher):
    answer = get_work(teacher, state="now")
    assert answer.context["page"].commit.sha == pushed[1]
    assert "&lt;script&gt;" in answer.content.decode()


def test_after_the_deadline_only_the_lines_that_came(pushed, get_work, teacher):
    page = get_work(teacher, state="after").context["page"]
    assert [(item.diff.name, item.diff.insertions, item.diff.deletions) for item in page.compared] == [
        ("tp1/exercice1/a.py", 1, 0)
    ]


def test_a_commit_of_the_branch_can_be_chosen_and_no_other(pushed, get_work, teacher):
    assert get_work(teacher, commit=pushed[1]).context["page"].commit.sha == pushed[1]
    assert get_work(teacher, commit="1" * 40).context["page"].commit is None


def test_a_long_file_begins_with_its_first_lines(pushed, get_work, teacher, monkeypatch):
    monkeypatch.setattr(work_files, "MAX_LINES", 1)
    assert get_work(teacher, state="now").context["page"].file.hidden_lines == 1
    assert get_work(teacher, state="now", lines="all").context["page"].file.hidden_lines == 0


def test_the_student_reads_their_own_files_and_a_classmate_does_not(school, pushed, get_work):
    assert get_work(school.alice.person).status_code == 200
    assert get_work(school.bob.person).status_code == 404
    assert get_work(school.bob.person, "task-work-zip").status_code == 404


def test_an_unconfirmed_repository_shows_nothing(pushed, get_work, teacher):
    Registration.objects.update(confirmed=False)
    Repository.objects.update(public=False)
    assert not get_work(teacher).context["page"].is_readable
    assert get_work(teacher, "task-work-zip").status_code == 404


def test_the_zip_has_the_files_of_the_exercise_at_the_deadline(pushed, get_work, teacher):
    answer = get_work(teacher, "task-work-zip")
    archive = zipfile.ZipFile(io.BytesIO(b"".join(answer.streaming_content)))
    assert {name: archive.read(name) for name in archive.namelist()} == {"tp1/exercice1/a.py": b"one = 1\n"}
    assert pushed[0][:7] in answer["Content-Disposition"]


def test_the_zip_is_sent_in_parts_on_both_kinds_of_server(pushed, get_work, teacher):
    answer = get_work(teacher, "task-work-zip")
    parts = []

    async def read_two():
        async for part in answer:
            parts.append(part)
            if len(parts) == 2:
                break

    asyncio.run(read_two())
    rest = b"".join(answer.streaming_content)
    assert rest and zipfile.ZipFile(io.BytesIO(b"".join(parts) + rest)).namelist() == ["tp1/exercice1/a.py"]


def test_without_a_repository_the_page_says_so(school, get_work, teacher):
    assert "has not given a repository" in get_work(teacher).content.decode()


def test_the_page_of_a_student_leads_to_the_files(school, client, teacher, work_task):
    Progress.objects.update_or_create(
        task=work_task, enrolment=school.alice, defaults={"since": DEADLINE, "last_activity": BEFORE}
    )
    client.force_login(teacher)
    page = client.get(reverse("course-student", args=[school.course.pk, "alice"]))
    assert reverse("task-work", args=[school.course.pk, work_task.pk, "alice"]) in page.content.decode()


def test_the_page_has_few_queries(school, pushed, client, work_task, teacher, django_assert_max_num_queries):
    address = reverse("task-work", args=[school.course.pk, work_task.pk, "alice"])
    client.force_login(teacher)
    client.get(address)
    with django_assert_max_num_queries(17):
        client.get(address, {"state": "after"})


def test_the_matrix_the_task_and_the_commits_lead_to_the_files(school, client, teacher, work_task, send_event, clock):
    complete_exercise(send_event, "alice", at=DEADLINE - timedelta(hours=2))
    late = commit("f00d", DEADLINE - timedelta(hours=1, minutes=30), ("/tp1/exercice1", 3))
    send_event("OnNewCommits", "alice", repoPath="/depot", commits=[late])
    client.force_login(teacher)
    files = reverse("task-work", args=[school.course.pk, work_task.pk, "alice"])
    others = reverse("task-work", args=[school.course.pk, work_task.pk, "bob"])
    matrix = client.get(reverse("course-matrix", args=[school.course.pk]), {"group": "A1"}).content.decode()
    assert f'href="{files}?group=A1"' in matrix
    assert others not in client.get(reverse("course-matrix", args=[school.course.pk])).content.decode()
    task = client.get(reverse("course-task", args=[school.course.pk, work_task.pk])).content.decode()
    assert f'href="{files}"' in task
    assert others not in task
    student = client.get(reverse("course-student", args=[school.course.pk, "alice"])).content.decode()
    assert f'href="{files}?commit=f00d"' in student


def test_the_student_finds_their_files_on_the_page_of_the_task(school, client, work_task):
    client.force_login(school.alice.person)
    page = client.get(reverse("task-own", args=[school.course.pk, work_task.pk])).content.decode()
    assert reverse("task-work", args=[school.course.pk, work_task.pk, "alice"]) in page
