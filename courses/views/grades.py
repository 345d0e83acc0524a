"""The page of the grade book: the rule from statuses to points, a preview, and the file for Moodle."""

from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts.person_request import PersonRequest
from courses.forms.grades import GradesForm
from courses.models import Course
from courses.pages.tables.grade_book import PREVIEWED, GradeBook
from courses.views.exports import send_course_table
from courses.views.lookups import get_changeable_course
from kernel.exports.menu import export_links


@require_safe
def course_grades(request: PersonRequest, pk: int) -> HttpResponse:
    """Show the rule of the address, and what it gives. The file has the same rule in its address."""
    course = get_changeable_course(request, pk)
    form = GradesForm(course, request.GET)
    context: dict[str, object] = {"course": course, "form": form, "may_change": True, "tab": "matrix"}
    if form.is_valid():
        context["book"] = _grade_book(course, form)
        context["file"] = export_links(_("Grade book"), "course-grades-file", course.pk, query=form.query())
        context["previewed"] = PREVIEWED
    return render(request, "courses/grades.html", context, status=200 if form.is_valid() else 422)


@require_safe
def grades_file(request: PersonRequest, pk: int, file_format: str) -> HttpResponseBase:
    """The grade book by the rule of the address. A wrong rule leads to the page, which says what is wrong."""
    course = get_changeable_course(request, pk)
    form = GradesForm(course, request.GET)
    if not form.is_valid():
        return redirect(f"{reverse('course-grades', args=(pk,))}?{request.GET.urlencode()}")
    table = _grade_book(course, form).table()
    return send_course_table(request, course, table, file_format, rule=form.query())


def _grade_book(course: Course, form: GradesForm) -> GradeBook:
    data = form.cleaned_data
    return GradeBook(course, form.rule(), timezone.now(), group=data["group"], feedback=data["feedback"])
