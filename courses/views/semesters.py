"""The words and the days of a semester, for its teacher: reached from a course of it, and from where one is made."""

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.person_request import PersonRequest
from courses.domain import semesters
from courses.forms.semesters import SemesterForm
from courses.models import Course, Semester
from courses.rules import permissions
from courses.views.lookups import get_changeable_course


def of_course(request: PersonRequest, pk: int) -> HttpResponse:
    course = get_changeable_course(request, pk)
    return _change(request, course.semester, course)


def of_teacher(request: PersonRequest, pk: int) -> HttpResponse:
    """A semester by itself; for anybody but its teacher and staff it does not exist."""
    semester = get_object_or_404(Semester, pk=pk)
    if not permissions.may_change_semester(request.user, semester):
        raise Http404
    return _change(request, semester, None)


def _change(request: PersonRequest, semester: Semester, course: Course | None) -> HttpResponse:
    form, name = SemesterForm(semester, request.POST or None), str(semester)
    if course:
        back = reverse("course-tasks", args=[course.pk])
    else:
        back = reverse("course-new" if request.user.is_teacher else "courses")  # staff may have no courses of their own
    if done := form.run(lambda data: semesters.change_semester(request.user, semester, **data)):
        messages.success(request, _("“%(title)s” was saved.") % {"title": done})
        return redirect(back)
    context = {"form": form, "name": name, "code": semester.semester_id, "course": course, "back": back}
    return render(request, "courses/semester.html", context, status=422 if form.errors else 200)
