"""What people may type into the pages of a course, and what comes back when they change nothing."""

from datetime import UTC, datetime

import pytest
from django.utils import translation

from courses.domain import course_tasks, extensions, group_deadlines
from courses.forms.course import CourseForm
from courses.models import Extension, GroupDeadline, Task

FAR = ["0001-01-01T00:00", "0999-12-31T23:59", "9999-12-31T23:59"]
TO_THE_SECOND = datetime(2026, 12, 20, 22, 59, 59, tzinfo=UTC)


@pytest.fixture
def page(school, client_of):
    client = client_of(school.course.teacher)

    def address(name):
        return f"/courses/{school.course.pk}/tasks/{school.first.pk}/{name}/"

    return client, address


@pytest.mark.parametrize("deadline", FAR)
def test_a_deadline_beyond_the_calendar_is_refused_beside_the_field(school, page, deadline):
    client, address = page
    told = {"title": "Far", "path": "/far", "asks_for": "exercise", "deadline": deadline}
    forms = [
        (f"/courses/{school.course.pk}/tasks/new/", told),
        (address("edit"), told),
        (address("extension"), {"student": "alice", "reason": "ill", "deadline": deadline}),
        (address("deadline"), {"group": "A1", "deadline": deadline}),
    ]
    for where, body in forms:
        answer = client.post(where, body)
        assert answer.status_code == 422, where
        assert list(answer.context["form"].errors) == ["deadline"], where


def test_a_deadline_in_the_hour_that_autumn_repeats_stays_where_it_is_and_may_be_typed(school, page):
    """On 25 October 2026 half past two comes twice in Paris; on 29 March it does not come."""
    client, address = page
    second = datetime(2026, 10, 25, 1, 30, tzinfo=UTC)
    course_tasks.change_task(None, school.first, deadline=second)
    extension, own = datetime(2026, 10, 25, 1, 40, tzinfo=UTC), datetime(2026, 10, 25, 1, 35, tzinfo=UTC)
    extensions.grant_extension(None, school.first, school.alice, deadline=extension, reason="Ill")
    group_deadlines.set_group_deadline(None, school.first, school.alice.group, deadline=own)
    forms = {
        address("edit"): ("2026-10-25T02:30", {"title": "Again", "path": "/tp1/exercice1", "asks_for": "exercise"}),
        address("extension") + "?student=alice": ("2026-10-25T02:40", {"student": "alice", "reason": "Very ill"}),
        address("deadline") + "?group=A1": ("2026-10-25T02:35", {"group": "A1"}),
    }
    for where, (shown, told) in forms.items():
        assert f'value="{shown}"' in client.get(where).content.decode()
        assert client.post(where, told | {"deadline": shown}).status_code == 302, where
    school.first.refresh_from_db()
    assert (school.first.title, school.first.deadline) == ("Again", second)
    assert Extension.objects.get().deadline == extension
    assert GroupDeadline.objects.get().deadline == own
    for typed, meant in (("2026-10-25T02:31", (10, 25, 0, 31)), ("2026-03-29T02:30", (3, 29, 1, 30))):
        body = {"title": "New", "path": f"/{typed}", "asks_for": "exercise", "deadline": typed}
        assert client.post(f"/courses/{school.course.pk}/tasks/new/", body).status_code == 302
        assert school.course.tasks.get(path=f"/{typed}").deadline == datetime(2026, *meant, tzinfo=UTC)


@pytest.mark.parametrize("deadline", ["1000-01-02T00:00", "9998-12-31T23:59"])
def test_the_pages_bear_every_deadline_that_is_taken(school, page, client_of, deadline):
    client, address = page
    told = {"title": "First", "path": "/tp1/exercice1", "asks_for": "exercise", "repo_path": "/depot"}
    assert client.post(address("edit"), told | {"deadline": deadline}).status_code == 302
    for where in (address("edit").removesuffix("edit/"), f"/courses/{school.course.pk}/"):
        assert client.get(where).status_code == 200
    for where in ("/", f"/courses/{school.course.pk}/students/alice/"):
        assert client_of(school.alice.person).get(where).status_code == 200


def test_saving_a_page_without_a_change_keeps_the_seconds_of_a_deadline(school, page):
    client, address = page
    course_tasks.change_task(None, school.first, deadline=TO_THE_SECOND)
    group_deadlines.set_group_deadline(None, school.first, school.alice.group, deadline=TO_THE_SECOND)
    for where, found in (
        (address("edit"), lambda: Task.objects.get(pk=school.first.pk).deadline),
        (address("deadline") + "?group=A1", lambda: GroupDeadline.objects.get().deadline),
    ):
        form = client.get(where).context["form"]
        told = {name: form[name].value() or "" for name in form.fields}
        told["deadline"] = form["deadline"].subwidgets[0].data["value"]
        assert client.post(where, told).status_code == 302
        assert found() == TO_THE_SECOND, where


def test_a_deadline_without_seconds_is_shown_without_them(school, page):
    client, address = page
    assert 'value="2026-11-02T00:00"' in client.get(address("edit")).content.decode()


def test_a_repository_typed_by_hand_is_at_a_place_where_one_is_asked_for(school, page):
    client, address = page
    told = {"title": "First", "path": "/tp1/exercice1", "asks_for": "exercise"}
    for where in (address("edit"), f"/courses/{school.course.pk}/tasks/new/"):
        answer = client.post(where, told | {"repo_path": "/tp1"})
        assert answer.status_code == 422, where
        assert answer.context["form"].errors == {
            "repo_path": ["No repository is asked for at /tp1. The places there are: /, /depot"]
        }
    assert "Repository at has a part" in client.post(address("edit"), told | {"repo_path": ".."}).content.decode()
    for place in ("/", "depot/", ""):
        assert client.post(address("edit"), told | {"repo_path": place}).status_code == 302, place


def test_a_place_that_stood_there_may_stay_and_of_a_chapter_it_says_nothing(school, page):
    client, address = page
    course_tasks.change_task(None, school.first, repo_path="/elsewhere")
    told = {"title": "First", "path": "/tp1/exercice1", "asks_for": "exercise", "repo_path": "/elsewhere"}
    assert client.post(address("edit"), told).status_code == 302
    chapter = {"title": "Chapter", "path": "/tp7", "asks_for": "nothing", "repo_path": "/nowhere"}
    assert client.post(f"/courses/{school.course.pk}/tasks/new/", chapter).status_code == 302


@pytest.mark.parametrize("asks_for", ["text", "tick"])
def test_a_task_may_ask_for_a_text_or_a_tick(school, page, asks_for):
    client, address = page
    told = {"title": "Essay", "path": "/essay", "asks_for": asks_for}
    assert client.post(f"/courses/{school.course.pk}/tasks/new/", told).status_code == 302
    assert school.course.tasks.get(path="/essay").asks_for == asks_for
    told = {"title": "First", "path": "/tp1/exercice1", "asks_for": asks_for}
    assert client.post(address("edit"), told).status_code == 302
    assert school.course.tasks.get(pk=school.first.pk).asks_for == asks_for


def test_a_refusal_names_the_field_as_the_form_does_in_french_too():
    with translation.override("fr"):
        form = CourseForm({"title": "T", "course_id": "a b", "semester_id": "é"})
        assert [errors[0].partition("» ")[0] for errors in form.errors.values()] == [
            "Le champ «\u00a0Code du cours\u00a0",
            "Le champ «\u00a0Code du semestre\u00a0",
        ]
