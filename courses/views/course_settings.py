"""The page that changes the title and the time zone of a course, and the button that archives it."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.person_request import PersonRequest
from courses.domain import courses
from courses.forms.courses import CourseSettingsForm
from courses.git import starters
from courses.views.lookups import get_changeable_course


def course_settings(request: PersonRequest, pk: int) -> HttpResponse:
    course = get_changeable_course(request, pk)
    form, title = CourseSettingsForm(course, request.POST or None), course.title
    if saved := form.run(lambda data: courses.change_course(request.user, course, **data)):
        messages.success(request, _("“%(title)s” was saved.") % {"title": saved.title})
        return redirect("course-tasks", pk)
    context = {
        "course": course,
        "title": title,
        "form": form,
        "starter": starters.starter_states(course).get(""),
        "unfound": starters.is_unfound(course),
    }
    return render(request, "courses/course_settings.html", context, status=422 if form.errors else 200)


@require_POST
def course_archive(request: PersonRequest, pk: int) -> HttpResponse:
    """Archive the course, or restore it with `archived=0`."""
    course = get_changeable_course(request, pk)
    archived = request.POST.get("archived") != "0"
    courses.change_course(request.user, course, archived=archived)
    sentence = _("“%(title)s” is archived.") if archived else _("“%(title)s” is in the lists again.")
    messages.success(request, sentence % {"title": course.title})
    return redirect("courses") if archived else redirect("course-matrix", pk)
