"""The ZIPs of everybody's files: the page, who may ask, read, cancel and delete, and teams."""

from datetime import timedelta

import pytest
from django.urls import reverse

from accounts.models import AuditEvent
from courses.domain import extensions, teaching_team, teams, work_zips
from courses.models import Enrolment, WorkZip
from courses.tests.class_work import FILE, Worker, contents, made, pushed_work
from courses.tests.conftest import DEADLINE


@pytest.fixture(autouse=True)
def folder(tmp_path, settings):
    settings.WORK_ZIPS = tmp_path / "zips"


@pytest.fixture(autouse=True)
def worker(monkeypatch):
    return Worker(monkeypatch)


@pytest.fixture
def work(school, tmp_path, settings):
    with pushed_work(school, tmp_path, settings):
        yield school


@pytest.fixture
def ask(school, teacher):
    def run(actor=teacher, choice="deadline", limit=None, **values):
        return work_zips.ask(actor, school.first, choice=choice, limit=limit, **values)

    return run


def test_an_assistant_of_a_group_gets_its_students_only(work, client, worker, person, teacher):
    helper = person("helper")
    teaching_team.add_to_team(teacher, work.course, username="helper", role="assistant", group_ids=["A1"])
    client.force_login(helper)
    page = reverse("task-zips", args=[work.course.pk, work.first.pk])
    assert client.post(page, {"choice": "deadline"}).status_code == 302
    whole = work_zips.ask(teacher, work.first, choice="deadline", limit=None)
    worker.run()
    own = WorkZip.objects.get(asked_by=helper)
    assert own.students == [work.alice.pk]

    def get(row):
        return client.get(reverse("task-zip-file", args=[work.course.pk, work.first.pk, row.pk]))

    assert list(contents(get(own).getvalue())) == [f"alice/{FILE}"]
    assert get(whole).status_code == 404
    assert [item.row.pk for item in client.get(page).context["zips"]] == [own.pk]
    end = reverse("task-zip-end", args=[work.course.pk, work.first.pk, whole.pk])
    assert client.post(end, {"do": "delete"}).status_code == 403
    Enrolment.objects.filter(pk=work.alice.pk).update(group=work.bob.group)
    assert get(own).status_code == 404
    assert "have changed since" in client.get(page).content.decode()


def test_the_teacher_downloads_it_and_the_audit_log_says_so(work, client, ask, worker, teacher):
    row = ask()
    worker.run()
    client.force_login(teacher)
    answer = client.get(reverse("task-zip-file", args=[work.course.pk, work.first.pk, row.pk]))
    assert len(contents(answer.getvalue())) == 2
    assert 'filename="structures-tp1-exercice1-deadline-' in answer["Content-Disposition"]
    assert AuditEvent.objects.filter(verb="courses.export_work_zip", actor=teacher).count() == 1


@pytest.mark.parametrize("name", ["task-zips", "task-zips-fragment", "task-zip-file"])
def test_students_and_strangers_get_nothing(work, client, ask, worker, charlie, name):
    row = ask()
    worker.run()
    for stranger in (work.alice.person, charlie):
        client.force_login(stranger)
        arguments = [work.course.pk, work.first.pk, *([row.pk] if name == "task-zip-file" else [])]
        assert client.get(reverse(name, args=arguments)).status_code in (403, 404)


def test_the_page_begins_empty_and_shows_how_far_it_is(work, client, teacher, ask, worker):
    client.force_login(teacher)
    page = reverse("task-zips", args=[work.course.pk, work.first.pk])
    assert "Nobody has asked" in client.get(page).content.decode()
    assert client.post(page, {"choice": "nonsense"}).status_code == 422
    client.post(page, {"choice": "deadline"})
    WorkZip.objects.update(state="making", folders_done=1)
    shown = client.get(reverse("task-zips-fragment", args=[work.course.pk, work.first.pk])).content.decode()
    assert "1 of 2 folders" in " ".join(shown.split())
    row = WorkZip.objects.get()
    end = reverse("task-zip-end", args=[work.course.pk, work.first.pk, row.pk])
    client.post(end, {"do": "cancel"})
    assert "Cancelled" in client.get(page).content.decode()
    client.post(end, {"do": "delete"})
    client.post(end, {"do": "delete"})
    assert not WorkZip.objects.exists()


def test_the_page_of_the_task_leads_there(school, client, teacher):
    client.force_login(teacher)
    page = client.get(reverse("course-task", args=[school.course.pk, school.first.pk])).content.decode()
    assert reverse("task-zips", args=[school.course.pk, school.first.pk]) in page


def test_a_list_of_ten_takes_as_many_queries_as_one(school, client, teacher, person, queries_of):
    client.force_login(teacher)
    page = reverse("task-zips", args=[school.course.pk, school.first.pk])
    work_zips.ask(teacher, school.first, choice="latest", limit=None)
    client.get(page)
    few = len(queries_of(lambda: client.get(page)))
    for number in range(9):
        work_zips.ask(person(f"staff{number}", is_staff=True), school.first, choice="latest", limit=None)
    assert len(queries_of(lambda: client.get(page))) == few


def test_a_team_is_one_folder_at_the_latest_deadline_of_its_members(work, ask, worker, teacher):
    teams.create_team(teacher, work.course, title="Les pingouins", members=[work.alice.pk, work.bob.pk])
    extensions.grant_extension(teacher, work.first, work.bob, deadline=DEADLINE + timedelta(days=2), reason="ill")
    row = ask()
    worker.run()
    assert made(row) == {f"Les pingouins/{FILE}": "alice, late\n"}
