"""The roster of a course: its people, a form that adds students, and a page that removes one person."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.person_request import PersonRequest
from courses.domain import roster
from courses.forms.roster import RosterForm
from courses.models import Course, Enrolment
from courses.pages.roster_list import roster_list
from courses.views.lookups import get_changeable_course, get_class_and_access
from kernel.exports.menu import export_links


def course_roster(request: PersonRequest, pk: int) -> HttpResponse:
    """Show everybody in the course. On POST add the pasted students: all of them, or none when a line is wrong."""
    course, access = get_class_and_access(request, pk)
    if request.method == "POST" and not access.may_change:
        raise PermissionDenied
    form = RosterForm(request.POST or None)
    if request.method == "POST" and form.is_valid() and _enrol(request, course, form):
        return redirect("course-roster", course.pk)
    people = roster_list(course, access.limit)
    context = {"course": course, "people": people, "form": form, "may_change": access.may_change, "tab": "roster"}
    context["exports"] = [export_links(_("Roster"), "course-roster-file", course.pk)]
    return render(request, "courses/roster.html", context, status=422 if form.errors else 200)


def roster_remove(request: PersonRequest, pk: int, enrolment_pk: int) -> HttpResponse:
    """Show what is deleted with a student; on POST remove them from the course. `team_remove` is for the others."""
    course = get_changeable_course(request, pk)
    students = course.enrolments.filter(role=Enrolment.Role.STUDENT)
    enrolment = get_object_or_404(students.select_related("person", "course__semester__teacher"), pk=enrolment_pk)
    if request.method == "POST":
        name = enrolment.person.display_name
        roster.remove(request.user, enrolment)
        messages.success(request, _("%(name)s is no longer in the course.") % {"name": name})
        return redirect("course-roster", course.pk)
    return render(request, "courses/roster_remove.html", {"course": course, "enrolment": enrolment})


def _enrol(request: PersonRequest, course: Course, form: RosterForm) -> bool:
    """Enrol the people of the form; on a wrong line enrol nobody, show the reasons and return False."""
    try:
        enrolments = roster.enrol_all(request.user, course, form.lines())
    except roster.WrongLines as wrong:
        form.add_line_errors(wrong)
        return False
    sentence = ngettext("%(count)s student is in the course.", "%(count)s students are in the course.", len(enrolments))
    messages.success(request, sentence % {"count": len(enrolments)})
    return True
