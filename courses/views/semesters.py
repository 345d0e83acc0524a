"""The page that changes a semester, from one of its courses or from the new course page, or deletes an empty one."""

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.person_request import PersonRequest
from courses.domain import semesters
from courses.forms.semesters import SemesterForm
from courses.models import Course, Semester
from courses.rules import permissions
from courses.views.lookups import get_changeable_course
from kernel.errors import Refused


def course_semester(request: PersonRequest, pk: int) -> HttpResponse:
    course = get_changeable_course(request, pk)
    return _change(request, course.semester, course)


def teacher_semester(request: PersonRequest, pk: int) -> HttpResponse:
    """Change a semester, which may have no course. Raises Http404 for who may not change it."""
    semester = get_object_or_404(Semester, pk=pk)
    if not permissions.may_change_semester(request.user, semester):
        raise Http404
    return _change(request, semester, None)


@require_POST
def semester_delete(request: PersonRequest, pk: int) -> HttpResponse:
    """Delete a semester without courses. Raises Http404 for anybody but its teacher and staff."""
    semester = get_object_or_404(Semester, pk=pk)
    if not permissions.may_delete_semester(request.user, semester):
        raise Http404
    title = str(semester)
    try:
        semesters.delete_semester(request.user, semester)
    except Refused as refusal:
        messages.warning(request, refusal.message)
        return redirect("semester", pk)
    messages.success(request, _("“%(title)s” was deleted.") % {"title": title})
    return redirect("course-new")


def _change(request: PersonRequest, semester: Semester, course: Course | None) -> HttpResponse:
    may_change_id = permissions.may_delete_semester(request.user, semester)
    form, name = SemesterForm(semester, request.POST or None, may_change_id=may_change_id), str(semester)
    if course:
        back = reverse("course-tasks", args=[course.pk])
    else:
        back = reverse("course-new")
    if saved := form.run(lambda data: semesters.change_semester(request.user, semester, **data)):
        messages.success(request, _("“%(title)s” was saved.") % {"title": saved})
        return redirect(back)
    is_empty = course is None and may_change_id and not semester.courses.exists()
    context = {
        "form": form,
        "name": name,
        "course": course,
        "back": back,
        "to_delete": reverse("semester-delete", args=[semester.pk]) if is_empty else "",
    }
    return render(request, "courses/semester.html", context, status=422 if form.errors else 200)
