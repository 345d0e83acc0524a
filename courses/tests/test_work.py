"""The page of a student's files for one exercise, and its ZIP, from a real repository."""

import io
import zipfile
from datetime import timedelta

import pytest
from django.urls import reverse

from courses.domain import student_repositories
from courses.models import Progress, Task
from courses.pages import work_files
from courses.tests.conftest import DEADLINE
from gitsync.models import Registration, Repository
from gitsync.tests.builders import sync_now
from gitsync.tests.gitserver import serving

BEFORE, AFTER = (int((DEADLINE + timedelta(hours=hours)).timestamp()) for hours in (-2, 3))


@pytest.fixture
def task(school):
    return Task.objects.get(course=school.course, path="/tp1/exercice1")


@pytest.fixture
def git_server(tmp_path, settings):
    settings.GIT_STORES = tmp_path / "stores"
    settings.GIT_STORES.mkdir()
    (tmp_path / "repositories").mkdir()
    with serving(tmp_path / "repositories") as server:
        yield server


@pytest.fixture
def pushed(school, git_server, settings):
    """Alice pushed before the deadline and after it, and the teacher confirmed her repository."""
    settings.GIT_LOCAL_SERVERS = frozenset({git_server.host})
    folder = git_server.create("alice")
    folder.write("tp1/exercice1/a.py", "one = 1\n")
    first = folder.commit("first <b>", at=BEFORE, tp1__exercice2__b_txt="other\n")
    folder.write("tp1/exercice1/a.py", "one = 1\ntwo = '<script>'\n")
    second = folder.commit("second", at=AFTER)
    folder.push()
    student_repositories.give_repository(
        school.alice.person, school.alice, repo_path="/depot", url=git_server.url("alice")
    )
    Registration.objects.update(confirmed=True)
    sync_now(Registration.objects.get())
    return first, second


@pytest.fixture
def get(client, school, task):
    def answer(person, name="task-work", **query):
        client.force_login(person)
        return client.get(reverse(name, args=[school.course.pk, task.pk, "alice"]), query)

    return answer


def test_the_last_commit_before_the_deadline_comes_first(school, pushed, get, teacher):
    answer = get(teacher)
    page = answer.context["page"]
    assert (page.commit.sha, page.state) == (pushed[0], "deadline")
    assert [(file.name, file.label, file.lines) for file in page.files] == [("tp1/exercice1/a.py", "a.py", 1)]
    assert ["".join(part.text for part in line) for line in page.file.lines] == ["one = 1"]
    assert "first &lt;b&gt;" in answer.content.decode()


def test_now_has_the_last_commit_with_its_text_escaped(pushed, get, teacher):
    answer = get(teacher, state="now")
    assert answer.context["page"].commit.sha == pushed[1]
    assert "&lt;script&gt;" in answer.content.decode()


def test_after_the_deadline_only_the_lines_that_came(pushed, get, teacher):
    page = get(teacher, state="after").context["page"]
    assert [(item.diff.name, item.diff.insertions, item.diff.deletions) for item in page.compared] == [("tp1/exercice1/a.py", 1, 0)]


def test_a_commit_of_the_branch_can_be_chosen_and_no_other(pushed, get, teacher):
    assert get(teacher, commit=pushed[1]).context["page"].commit.sha == pushed[1]
    assert get(teacher, commit="1" * 40).context["page"].commit is None


def test_a_long_file_begins_with_its_first_lines(pushed, get, teacher, monkeypatch):
    monkeypatch.setattr(work_files, "MAX_LINES", 1)
    assert get(teacher, state="now").context["page"].file.hidden_lines == 1
    assert get(teacher, state="now", lines="all").context["page"].file.hidden_lines == 0


def test_the_student_reads_their_own_files_and_a_classmate_does_not(school, pushed, get):
    assert get(school.alice.person).status_code == 200
    assert get(school.bob.person).status_code == 404
    assert get(school.bob.person, "task-work-zip").status_code == 404


def test_an_unconfirmed_repository_shows_nothing(pushed, get, teacher):
    Registration.objects.update(confirmed=False)
    Repository.objects.update(public=False)
    assert not get(teacher).context["page"].is_readable
    assert get(teacher, "task-work-zip").status_code == 404


def test_the_zip_has_the_files_of_the_exercise_at_the_deadline(pushed, get, teacher):
    answer = get(teacher, "task-work-zip")
    archive = zipfile.ZipFile(io.BytesIO(b"".join(answer.streaming_content)))
    assert {name: archive.read(name) for name in archive.namelist()} == {"tp1/exercice1/a.py": b"one = 1\n"}
    assert pushed[0][:7] in answer["Content-Disposition"]


def test_without_a_repository_the_page_says_so(school, get, teacher):
    assert "has not given a repository" in get(teacher).content.decode()


def test_the_page_of_a_student_leads_to_the_files(school, client, teacher, task):
    Progress.objects.update_or_create(
        task=task, enrolment=school.alice, defaults={"since": DEADLINE, "last_activity": BEFORE}
    )
    client.force_login(teacher)
    page = client.get(reverse("course-student", args=[school.course.pk, "alice"]))
    assert reverse("task-work", args=[school.course.pk, task.pk, "alice"]) in page.content.decode()


def test_the_page_has_few_queries(school, pushed, client, task, teacher, django_assert_max_num_queries):
    address = reverse("task-work", args=[school.course.pk, task.pk, "alice"])
    client.force_login(teacher)
    client.get(address)
    with django_assert_max_num_queries(15):
        client.get(address, {"state": "after"})
