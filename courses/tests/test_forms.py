"""The forms of a course: what people may type, and that saving without a change keeps every value."""

from datetime import UTC, datetime

import pytest
from django.utils import translation

from accounts.models import User
from courses.domain import course_tasks, extensions, group_deadlines
from courses.forms.courses import CourseForm
from courses.models import Extension, GroupDeadline, Task

FAR = ["0001-01-01T00:00", "0999-12-31T23:59", "9999-12-31T23:59"]
TO_THE_SECOND = datetime(2026, 12, 20, 22, 59, 59, tzinfo=UTC)


@pytest.fixture
def page(school, client_of):
    """A teacher's client, and `address("edit")`: the address of a page of the task `first`."""
    client = client_of(school.course.teacher)

    def address(name):
        return f"/courses/{school.course.pk}/tasks/{school.first.pk}/{name}/"

    return client, address


@pytest.mark.parametrize("deadline", FAR)
def test_a_deadline_outside_the_years_1000_to_9998_is_refused_at_its_field(school, page, deadline):
    client, address = page
    values = {"title": "Far", "path": "/far", "asks_for": "exercise", "deadline": deadline}
    forms = [
        (f"/courses/{school.course.pk}/tasks/new/", values),
        (address("edit"), values),
        (address("extension"), {"student": "alice", "reason": "ill", "deadline": deadline}),
        (address("deadline"), {"group": "A1", "deadline": deadline}),
    ]
    for where, body in forms:
        response = client.post(where, body)
        assert response.status_code == 422, where
        assert list(response.context["form"].errors) == ["deadline"], where


def test_a_deadline_in_the_hour_that_the_clock_repeats_stays_when_it_is_not_changed(school, page):
    """On 25 October 2026 half past two comes twice in Paris; on 29 March it never comes. Both may be typed."""
    client, address = page
    second = datetime(2026, 10, 25, 1, 30, tzinfo=UTC)
    course_tasks.change_task(None, school.first, deadline=second)
    extension, group_deadline = datetime(2026, 10, 25, 1, 40, tzinfo=UTC), datetime(2026, 10, 25, 1, 35, tzinfo=UTC)
    extensions.grant_extension(None, school.first, school.alice, deadline=extension, reason="Ill")
    group_deadlines.set_group_deadline(None, school.first, school.alice.group, deadline=group_deadline)
    forms = {
        address("edit"): ("2026-10-25T02:30", {"title": "Again", "path": "/tp1/exercice1", "asks_for": "exercise"}),
        address("extension") + "?student=alice": ("2026-10-25T02:40", {"student": "alice", "reason": "Very ill"}),
        address("deadline") + "?group=A1": ("2026-10-25T02:35", {"group": "A1"}),
    }
    for where, (shown, values) in forms.items():
        assert f'value="{shown}"' in client.get(where).content.decode()
        assert client.post(where, values | {"deadline": shown}).status_code == 302, where
    school.first.refresh_from_db()
    assert (school.first.title, school.first.deadline) == ("Again", second)
    assert Extension.objects.get().deadline == extension
    assert GroupDeadline.objects.get().deadline == group_deadline
    for typed, meant in (("2026-10-25T02:31", (10, 25, 0, 31)), ("2026-03-29T02:30", (3, 29, 1, 30))):
        body = {"title": "New", "path": f"/{typed}", "asks_for": "exercise", "deadline": typed}
        assert client.post(f"/courses/{school.course.pk}/tasks/new/", body).status_code == 302
        assert school.course.tasks.get(path=f"/{typed}").deadline == datetime(2026, *meant, tzinfo=UTC)


@pytest.mark.parametrize("deadline", ["1000-01-02T00:00", "9998-12-31T23:59"])
def test_the_pages_show_the_earliest_and_the_latest_deadline(school, page, client_of, deadline):
    client, address = page
    values = {"title": "First", "path": "/tp1/exercice1", "asks_for": "exercise", "repo_path": "/depot"}
    assert client.post(address("edit"), values | {"deadline": deadline}).status_code == 302
    for where in (address("edit").removesuffix("edit/"), f"/courses/{school.course.pk}/"):
        assert client.get(where).status_code == 200
    for where in ("/", f"/courses/{school.course.pk}/students/alice/"):
        assert client_of(school.alice.person).get(where).status_code == 200


def test_saving_a_page_without_a_change_keeps_the_seconds_of_a_deadline(school, page):
    client, address = page
    course_tasks.change_task(None, school.first, deadline=TO_THE_SECOND)
    group_deadlines.set_group_deadline(None, school.first, school.alice.group, deadline=TO_THE_SECOND)
    for where, read_deadline in (
        (address("edit"), lambda: Task.objects.get(pk=school.first.pk).deadline),
        (address("deadline") + "?group=A1", lambda: GroupDeadline.objects.get().deadline),
    ):
        form = client.get(where).context["form"]
        values = {name: form[name].value() or "" for name in form.fields}
        values["deadline"] = form["deadline"].subwidgets[0].data["value"]
        assert client.post(where, values).status_code == 302
        assert read_deadline() == TO_THE_SECOND, where


def test_a_deadline_without_seconds_is_shown_without_them(school, page):
    client, address = page
    assert 'value="2026-11-02T00:00"' in client.get(address("edit")).content.decode()


def test_an_exercise_may_only_read_a_path_where_the_course_asks_for_a_repository(school, page):
    client, address = page
    values = {"title": "First", "path": "/tp1/exercice1", "asks_for": "exercise"}
    for where in (address("edit"), f"/courses/{school.course.pk}/tasks/new/"):
        response = client.post(where, values | {"repo_path": "/tp1"})
        assert response.status_code == 422, where
        assert response.context["form"].errors == {
            "repo_path": ["No repository is asked for at /tp1. The places there are: /, /depot"]
        }
    assert "Repository at has a part" in client.post(address("edit"), values | {"repo_path": ".."}).content.decode()
    for place in ("/", "depot/", ""):
        assert client.post(address("edit"), values | {"repo_path": place}).status_code == 302, place


def test_the_current_repository_path_may_stay_and_a_chapter_may_have_any(school, page):
    client, address = page
    course_tasks.change_task(None, school.first, repo_path="/elsewhere")
    values = {"title": "First", "path": "/tp1/exercice1", "asks_for": "exercise", "repo_path": "/elsewhere"}
    assert client.post(address("edit"), values).status_code == 302
    chapter = {"title": "Chapter", "path": "/tp7", "asks_for": "nothing", "repo_path": "/nowhere"}
    assert client.post(f"/courses/{school.course.pk}/tasks/new/", chapter).status_code == 302


@pytest.mark.parametrize("asks_for", ["text", "tick"])
def test_a_task_may_ask_for_a_text_or_a_tick(school, page, asks_for):
    client, address = page
    values = {"title": "Essay", "path": "/essay", "asks_for": asks_for}
    assert client.post(f"/courses/{school.course.pk}/tasks/new/", values).status_code == 302
    assert school.course.tasks.get(path="/essay").asks_for == asks_for
    values = {"title": "First", "path": "/tp1/exercice1", "asks_for": asks_for}
    assert client.post(address("edit"), values).status_code == 302
    assert school.course.tasks.get(pk=school.first.pk).asks_for == asks_for


def test_an_error_names_the_field_by_its_label_in_french_too():
    with translation.override("fr"):
        form = CourseForm(User(kind=User.Kind.TEACHER), {"title": "T", "course_id": "a b", "semester_id": "é"})
        assert [errors[0].partition("» ")[0] for errors in form.errors.values()] == [
            "Le champ «\u00a0Code du cours\u00a0",
            "Le champ «\u00a0Code du semestre\u00a0",
        ]


def test_a_new_course_shows_all_errors_at_once(teacher, client_of):
    response = client_of(teacher).post("/courses/new/", {"title": "", "course_id": "a b", "semester_id": ".."})
    assert list(response.context["form"].errors) == ["title", "course_id", "semester_id"]
    assert "Semester code must be" in response.content.decode()
