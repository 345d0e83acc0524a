"""The words of a course, its time zone, and whether it is put away: for its teacher."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.person_request import PersonRequest
from courses.domain import courses
from courses.forms.course import CourseSettingsForm
from courses.views.tasks import changeable


def course_settings(request: PersonRequest, pk: int) -> HttpResponse:
    course = changeable(request, pk)
    form, title = CourseSettingsForm(course, request.POST or None), course.title
    if done := form.carry_out(lambda data: courses.change_course(request.user, course, **data)):
        messages.success(request, _("“%(title)s” was saved.") % {"title": done.title})
        return redirect("course-tasks", pk)
    context = {"course": course, "title": title, "form": form}
    return render(request, "courses/course_settings.html", context, status=422 if form.errors else 200)


@require_POST
def course_archive(request: PersonRequest, pk: int) -> HttpResponse:
    """Put the course away, or take it out again with `archived=0`."""
    course = changeable(request, pk)
    away = request.POST.get("archived") != "0"
    courses.change_course(request.user, course, archived=away)
    said = _("“%(title)s” is put away.") if away else _("“%(title)s” is in the lists again.")
    messages.success(request, said % {"title": course.title})
    return redirect("courses") if away else redirect("course-matrix", pk)
