"""People type titles: the ids of courses, semesters and groups follow, and can change until their first use."""

import pytest
from django.urls import reverse

from courses.domain import course_tasks, courses, groups, roster, semesters, student_repositories
from courses.models import Course, Group, ReceivedEvent, Semester
from courses.tests.conftest import REPOSITORY_URL
from gitsync.models import CourseKey, HookAddress
from kernel.errors import Conflict, Malformed
from kernel.ids import proposed_id


@pytest.mark.parametrize(
    ("title", "expected"),
    [
        ("A2026", "A2026"),
        ("Automne 2026", "automne-2026"),
        ("  Structures de données, avancées  ", "structures-de-donnees-avancees"),
        ("Cœur & æther", "coeur-aether"),
        ("“Quotes” = '1+1'\n<b>", "quotes-1-1-b"),
        ("Алгебра", "other"),
        ("...", "..."),
        (".", "other"),
        ("Stra\u00dfe", "strasse"),
    ],
)
def test_an_id_follows_from_a_title(title, expected):
    assert proposed_id(title, "other") == expected


def test_a_long_title_gives_a_short_id():
    assert proposed_id("word " * 100, "other") == ("word-" * 12).strip("-")


@pytest.fixture
def empty_course(teacher):
    """A course without tasks, whose hook address has been shown."""
    course = courses.create_course(teacher, teacher, title="Structures de données", semester_title="Automne 2026")
    return Course.objects.select_related("semester__teacher").get(pk=course.pk)


def test_a_course_is_made_from_two_titles(teacher, client_of):
    client = client_of(teacher)
    page = client.get("/courses/new/").content.decode()
    assert 'data-proposed-from="id_title"' in page
    form = {"title": "Systèmes  d’exploitation", "semester_title": "Automne 2026"}
    assert client.post("/courses/new/", form).status_code == 302
    assert client.post("/courses/new/", form | {"semester_title": "automne 2026"}).status_code == 302
    assert client.post("/courses/new/", {"title": "Réseaux", "semester_title": "automne-2026"}).status_code == 302
    semester = Semester.objects.get()
    assert (semester.semester_id, semester.title) == ("automne-2026", "Automne 2026")
    assert list(semester.courses.order_by("pk").values_list("course_id", "title")) == [
        ("systemes-d-exploitation", "Systèmes d’exploitation"),
        ("systemes-d-exploitation-2", "Systèmes d’exploitation"),
        ("reseaux", "Réseaux"),
    ]


def test_an_id_that_was_typed_wins_and_must_have_the_shape_of_the_wire(teacher, client_of):
    form = {"title": "Réseaux", "semester_title": "Automne 2026", "course_id": "RX", "semester_id": "A26"}
    client = client_of(teacher)
    assert client.post("/courses/new/", form).status_code == 302
    course = Course.objects.get()
    assert (course.course_id, course.semester.semester_id, course.semester.title) == ("RX", "A26", "Automne 2026")
    response = client.post("/courses/new/", form | {"course_id": "é", "semester_id": "a/b"})
    assert set(response.context["form"].errors) == {"course_id", "semester_id"}


def test_a_course_needs_a_semester(teacher, client_of):
    response = client_of(teacher).post("/courses/new/", {"title": "Réseaux"})
    assert list(response.context["form"].errors) == ["semester_title"]
    assert not Course.objects.exists()


def test_the_id_of_a_course_changes_before_its_first_use_and_its_hook_address_stays(empty_course, client_of):
    client, page = client_of(empty_course.teacher), reverse("course-settings", args=[empty_course.pk])
    client.get(reverse("course-repositories", args=[empty_course.pk]))  # shows the hook address
    token = HookAddress.objects.get().token
    assert 'value="structures-de-donnees"' in client.get(page).content.decode()
    assert client.post(page, {"title": "Structures", "course_id": "StruDon"}).status_code == 302
    empty_course.refresh_from_db()
    assert (empty_course.course_id, empty_course.title) == ("StruDon", "Structures")
    assert HookAddress.objects.get().token == token
    assert CourseKey.objects.get().course_id == "StruDon"
    client.get(reverse("course-repositories", args=[empty_course.pk]))
    assert HookAddress.objects.get().token == token


def test_an_id_that_is_taken_is_an_error_at_its_field(empty_course, client_of):
    teacher = empty_course.teacher
    courses.create_course(teacher, teacher, title="Other", course_id="Other", semester_title="Automne 2026")
    page = reverse("course-settings", args=[empty_course.pk])
    response = client_of(teacher).post(page, {"title": "S", "course_id": "Other"})
    assert list(response.context["form"].errors) == ["course_id"]


def test_the_id_is_fixed_after_the_first_message_and_the_page_says_why(empty_course, client_of):
    course_tasks.add_task(None, empty_course, path="/tp1", title="One")
    page = reverse("course-settings", args=[empty_course.pk])
    client = client_of(empty_course.teacher)
    text = client.get(page).content.decode()
    assert "It is fixed: repositories, events and webhooks name it already" in text
    assert client.post(page, {"title": "Still free", "course_id": "StruDon"}).status_code == 302
    empty_course.refresh_from_db()
    assert (empty_course.course_id, empty_course.title) == ("structures-de-donnees", "Still free")
    with pytest.raises(Conflict, match="fixed"):
        courses.change_course(None, empty_course, course_id="StruDon")
    with pytest.raises(Conflict, match="fixed"):
        semesters.change_semester(None, empty_course.semester, semester_id="A2026")
    semester_page = client.get(reverse("course-semester", args=[empty_course.pk])).content.decode()
    assert "It is fixed" in semester_page


def test_an_event_fixes_the_id_too(empty_course, send_event):
    names = {"courseId": "structures-de-donnees", "semesterId": "automne-2026"}
    send_event("OnClone", "alice", repoPath="/", repoUrl=REPOSITORY_URL.format("alice"), **names)
    assert ReceivedEvent.objects.get().course == empty_course
    with pytest.raises(Conflict, match="fixed"):
        courses.change_course(None, empty_course, course_id="StruDon")


def test_a_message_to_a_git_module_elsewhere_fixes_the_id_too(empty_course, settings):
    settings.GIT_MODULE_URL = "https://git-module.example"
    courses.change_course(None, empty_course, course_id="Two")
    course_tasks.add_task(None, empty_course, path="/tp1", title="One")
    with pytest.raises(Conflict, match="fixed"):
        courses.change_course(None, empty_course, course_id="Three")


def test_events_that_named_the_new_id_take_effect(empty_course, send_event, alice):
    roster.enrol(None, empty_course, username="alice")
    names = {"courseId": "StruDon", "semesterId": "automne-2026"}
    send_event("OnClone", "alice", repoPath="/", repoUrl=REPOSITORY_URL.format("alice"), **names)
    assert ReceivedEvent.objects.get().problem == "unknown_course"
    courses.change_course(None, empty_course, course_id="StruDon")
    assert ReceivedEvent.objects.get().course == empty_course


def test_the_id_of_a_semester_changes_with_those_of_its_courses_on_the_wire(empty_course, client_of):
    client = client_of(empty_course.teacher)
    client.get(reverse("course-repositories", args=[empty_course.pk]))
    token = HookAddress.objects.get().token
    page = reverse("semester", args=[empty_course.semester_id])
    assert client.post(page, {"title": "Automne", "semester_id": "A2026"}).status_code == 302
    assert Semester.objects.get().semester_id == "A2026"
    assert CourseKey.objects.get().semester_id == "A2026"
    client.get(reverse("course-repositories", args=[empty_course.pk]))
    assert HookAddress.objects.get().token == token


def test_a_co_teacher_does_not_change_the_id_of_the_semester(empty_course, person, client_of):
    colleague = person("colleague", kind="teacher")
    roster.enrol(None, empty_course, username="colleague", role="teacher")
    page = reverse("course-semester", args=[empty_course.pk])
    assert client_of(colleague).post(page, {"title": "Autumn", "semester_id": "B"}).status_code == 302
    assert list(Semester.objects.values_list("title", "semester_id")) == [("Autumn", "automne-2026")]


def test_an_empty_semester_is_deleted_on_its_page_and_one_with_a_course_is_not(empty_course, client_of):
    teacher = empty_course.teacher
    client, empty = client_of(teacher), semesters.create_semester(teacher, teacher, title="Printemps 2027")
    assert empty.semester_id == "printemps-2027"
    button = "Delete the semester"
    assert button in client.get(reverse("semester", args=[empty.pk])).content.decode()
    assert button not in client.get(reverse("semester", args=[empty_course.semester_id])).content.decode()
    for semester in (empty, empty_course.semester):
        client.post(reverse("semester-delete", args=[semester.pk]))
    assert Semester.objects.get() == empty_course.semester


def test_groups_have_titles_and_their_ids_follow(school, client_of):
    client, page = client_of(school.course.teacher), reverse("course-groups", args=[school.course.pk])
    assert client.post(page, {"title": "Groupe 01"}).status_code == 302
    assert client.post(page, {"title": "Groupe, 01"}).status_code == 302
    assert client.post(page, {"title": "G", "group_id": "a b"}).status_code == 422
    assert client.post(page, {"title": ""}).status_code == 422
    rows = list(Group.objects.order_by("pk").values_list("group_id", "title"))
    assert rows == [("A1", ""), ("A2", ""), ("groupe-01", "Groupe 01"), ("groupe-01-2", "Groupe, 01")]
    text = client.get(page).content.decode()
    assert "Groupe 01" in text
    assert "groupe-01-2" in text


def test_a_pasted_line_may_name_a_group_by_its_title(school, client_of):
    groups.create_group(None, school.course, title="Groupe 01")
    url = reverse("course-roster", args=[school.course.pk])
    assert client_of(school.course.teacher).post(url, {"people": "alice; groupe 01\nbob; A1"}).status_code == 302
    rows = school.course.enrolments.order_by("person__username").values_list("group__group_id", flat=True)
    assert list(rows) == ["groupe-01", "A1"]


def test_the_id_of_a_group_is_fixed_by_the_first_registration(school, client_of):
    client, group = client_of(school.course.teacher), Group.objects.get(group_id="A1")
    page = reverse("course-group", args=[school.course.pk, group.pk])
    assert client.post(page, {"title": "Tuesday", "group_id": "TUE"}).status_code == 302
    group.refresh_from_db()
    assert (group.title, group.group_id) == ("Tuesday", "TUE")
    url = REPOSITORY_URL.format("alice")
    student_repositories.give_repository(school.alice.person, school.alice, repo_path="/depot", url=url)
    assert "It is fixed" in client.get(page).content.decode()
    client.post(page, {"title": "Wednesday", "group_id": "WED"})
    group.refresh_from_db()
    assert (group.title, group.group_id) == ("Wednesday", "TUE")
    roster.enrol(None, school.course, username="alice", group_id="A2")
    with pytest.raises(Conflict, match="has a group with this id"):
        groups.rename_group(None, group, group_id="A2")


def test_an_empty_group_is_deleted_and_one_with_people_is_not(school, client_of):
    client, full = client_of(school.course.teacher), Group.objects.get(group_id="A1")
    empty = groups.create_group(None, school.course, title="Empty")
    for group, sentence in ((empty, "was deleted"), (full, "There are people in this group")):
        url = reverse("course-group-delete", args=[school.course.pk, group.pk])
        assert sentence in client.post(url, follow=True).content.decode()
    assert set(Group.objects.values_list("group_id", flat=True)) == {"A1", "A2"}


def test_a_group_without_title_and_id_is_refused(school):
    with pytest.raises(Malformed):
        groups.create_group(None, school.course)
