"""A teacher names the repository that was handed out: pages, API, states, and who may know the address."""

import pytest

from accounts.models import AuditEvent
from courses.domain import course_tasks, courses, roster, student_repositories
from gitsync.models import LocalCopy, StarterCommit, StarterRepository
from kernel.errors import Malformed

pytestmark = pytest.mark.django_db
URL = "https://github.com/school/starter"


def named():
    return dict(StarterRepository.objects.values_list("exercise_path", "repo_url"))


def task_form(task, **values):
    names = ("title", "path", "asks_for", "repo_path", "source_folder_path", "completion_keywords")
    return {**{name: getattr(task, name) for name in names}, **values}


def test_the_form_of_a_task_names_it_changes_it_and_ends_it(school, client_of):
    teacher, address = client_of(school.course.teacher), f"/courses/{school.course.pk}/tasks/{school.first.pk}/edit/"
    assert "Starter repository" in teacher.get(address).content.decode()
    assert teacher.post(address, task_form(school.first, starter_url=f"git clone {URL}")).status_code == 302
    assert named() == {"/tp1/exercice1": URL}
    assert "has not been read yet" in teacher.get(address).content.decode()
    LocalCopy.objects.update(reason="not_found", status="failing")
    assert "cannot be read" in teacher.get(address).content.decode()
    LocalCopy.objects.update(reason="", status="ok", last_good_at="2026-11-01T10:00:00Z")
    assert "was last read" in teacher.get(address).content.decode()
    assert teacher.post(address, task_form(school.first, starter_url="")).status_code == 302
    assert named() == {}


@pytest.mark.parametrize("url", ["http://127.0.0.1/x", "not an address", "ftp://x.org/a", "https://u:p@x.org/a"])
def test_a_bad_address_stands_at_its_field(school, client_of, api_of, url):
    address = f"/courses/{school.course.pk}/tasks/{school.first.pk}/edit/"
    page = client_of(school.course.teacher).post(address, task_form(school.first, starter_url=url))
    assert page.status_code == 422
    assert page.context["form"].errors.get("starter_url")
    api = api_of(school.course.teacher)
    for path in ("", f"tasks/{school.first.pk}/"):
        answer = api.patch(f"/api/v1/courses/{school.course.pk}/{path}", {"starter_url": url})
        assert (answer.status_code, answer.json()["error"]["field"]) == (400, "starter_url")
    assert named() == {}


def test_the_settings_of_a_course_name_it(school, client_of):
    teacher, address = client_of(school.course.teacher), f"/courses/{school.course.pk}/settings/"
    assert teacher.post(address, {"title": "Structures", "starter_url": URL}).status_code == 302
    assert named() == {"": URL}
    assert "has not been read yet" in teacher.get(address).content.decode()
    assert AuditEvent.objects.filter(verb="courses.change_course").latest("pk").after["starter_url"] == URL


def test_a_repository_of_a_student_is_named_only_after_a_warning(school, client_of):
    student_repositories.give_repository(school.alice.person, school.alice, repo_path="/depot", url=URL)
    teacher, course = client_of(school.course.teacher), f"/courses/{school.course.pk}/"
    forms = {
        f"{course}settings/": {"title": "Structures"},
        f"{course}tasks/{school.first.pk}/edit/": task_form(school.first),
    }
    for address, values in forms.items():
        refused = teacher.post(address, {**values, "starter_url": f"{URL}.git"})
        assert refused.status_code == 422
        page = refused.content.decode()
        assert "This is the repository of alice in this course." in page
        assert f'name="agreed_starter" value="{URL}.git"' in page
        assert named() == {}
    for address, values in forms.items():
        sent = {**values, "starter_url": f"{URL}.git", "agreed_starter": f"{URL}.git"}
        assert teacher.post(address, sent).status_code == 302
        assert teacher.post(address, {**values, "starter_url": f"{URL}.git"}).status_code == 302, "unchanged"
    assert set(named()) == {"", "/tp1/exercice1"}


def test_the_pages_say_that_no_repository_has_the_starter_commit(school, client_of):
    teacher, course = client_of(school.course.teacher), f"/courses/{school.course.pk}/"
    for address, change in (
        (f"{course}settings/", lambda sha: courses.change_course(None, school.course, starter_commit=sha)),
        (
            f"{course}tasks/{school.first.pk}/edit/",
            lambda sha: course_tasks.change_task(None, school.first, starter_commit=sha),
        ),
    ):
        assert "not found in any repository" not in teacher.get(address).content.decode()
        change("a" * 40)
        assert "not found in any repository so far" in teacher.get(address).content.decode()
        StarterCommit.objects.update(read_at="2026-11-01T10:00:00Z")
        assert "not found in any repository" not in teacher.get(address).content.decode()


def test_it_goes_with_its_exercise(school):
    course_tasks.change_task(None, school.first, starter_url=URL)
    course_tasks.change_task(None, school.first, path="/tp1/other")
    assert named() == {"/tp1/other": URL}
    course_tasks.change_task(None, school.chapter, path="/lists")
    assert named() == {"/lists/other": URL}
    school.first.refresh_from_db()
    course_tasks.change_task(None, school.first, asks_for="tick")
    assert named() == {}
    course_tasks.change_task(None, school.first, asks_for="exercise")
    assert named() == {"/lists/other": URL}
    course_tasks.delete_task(None, school.first)
    assert named() == {}


def test_the_api_names_it_and_tells_its_state_to_the_teacher(school, api_of):
    api, course = api_of(school.course.teacher), f"/api/v1/courses/{school.course.pk}/"
    task = api.patch(f"{course}tasks/{school.first.pk}/", {"starter_url": URL})
    assert (task.status_code, task.json()["starter_url"]) == (200, URL)
    assert api.post(f"{course}tasks/", {"path": "/new", "starter_url": URL}).json()["starter_url"] == URL
    assert api.patch(course, {"starter_url": URL}).json()["starter_url"] == URL
    rows = api.get(f"{course}starters/").json()
    assert [(row["path"], row["url"], row["reason"], row["read_at"]) for row in rows] == [
        (path, URL, "", None) for path in ("", "/new", "/tp1/exercice1")
    ]


def test_only_those_who_may_change_the_course_know_the_address(school, api_of, charlie, staff, program):
    courses.change_course(None, school.course, starter_url=URL)
    course_tasks.change_task(None, school.first, starter_url=URL)
    roster.enrol(None, school.course, username="charlie", role="assistant")
    course = f"/api/v1/courses/{school.course.pk}/"
    addresses = (course, f"{course}tasks/{school.first.pk}/", f"{course}tasks/", "/api/v1/courses/")
    for person, knows in ((school.alice.person, 0), (charlie, 0), (school.course.teacher, 1), (staff, 1), (program, 1)):
        api = api_of(person)
        for address in addresses:
            assert (URL in api.get(address).content.decode()) == bool(knows), (person, address)
        assert api.get(f"{course}starters/").status_code == (200 if knows else 403)


def test_with_a_git_module_elsewhere_it_is_refused(school, settings):
    settings.GIT_MODULE_URL = "https://git.school.example"
    with pytest.raises(Malformed) as refusal:
        course_tasks.change_task(None, school.first, starter_url=URL)
    assert (refusal.value.code, refusal.value.field) == ("no_starter", "starter_url")
