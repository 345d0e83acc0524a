"""Staff who may only look at lists in the administration change nothing there, and guess nothing that is not shown."""

import pytest
from django.contrib import admin
from django.contrib.auth.models import Permission
from django.test import RequestFactory

from courses.models import Course, Semester
from gitsync.models import CourseKey, HookAddress

LISTS = sorted(admin.site._registry, key=lambda model: model._meta.label)
# Actions of who may look: they change nothing. The last one is django-axes' own and removes rows that no longer count.
HARMLESS = {"export_csv", "export_xlsx", "cleanup_expired_attempts"}


@pytest.fixture
def viewer(person):
    """Staff with every right to look, and no other."""
    viewer = person("viewer", kind="teacher", is_staff=True)
    viewer.user_permissions.set(Permission.objects.filter(codename__startswith="view_"))
    return viewer


@pytest.mark.parametrize("model", LISTS, ids=lambda model: model._meta.label)
def test_a_list_offers_no_action_to_staff_who_may_only_look(viewer, model):
    request = RequestFactory().get("/")
    request.user = viewer
    assert set(admin.site._registry[model].get_actions(request)) <= HARMLESS


def test_an_action_that_is_not_offered_is_not_done(client_of, viewer, teacher):
    semester = Semester.objects.create(teacher=teacher, semester_id="A2026")
    Course.objects.create(semester=semester, course_id="StruDon", title="StruDon")
    key = CourseKey.objects.create(teacher_id="teacher", semester_id="A2026", course_id="StruDon")
    address = HookAddress.objects.create(course=key)
    client_of(viewer).post("/admin/gitsync/hookaddress/", {"action": "renew", "_selected_action": [address.pk]})
    assert HookAddress.objects.get().token == address.token


@pytest.mark.parametrize("lookup", ["secret", "secret__startswith", "secret__regex"])
def test_a_field_that_is_not_shown_is_no_filter(client_of, staff, lookup):
    answer = client_of(staff).get("/admin/gitsync/hookaddress/", {lookup: "whsec"})
    assert answer.status_code == 400


def test_a_field_that_is_shown_stays_a_filter(client_of, staff):
    assert client_of(staff).get("/admin/gitsync/hookaddress/", {"token__startswith": "x"}).status_code == 200
