"""The pages of the groups of a course: the list with a form for a new one, and one group."""

from django.contrib import messages
from django.db.models import Count, Q
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.person_request import PersonRequest
from courses.domain import groups
from courses.forms.groups import GroupForm
from courses.models import Enrolment
from courses.pages.listed_students import groups_of
from courses.views.lookups import get_changeable_course
from kernel.errors import Refused


def course_groups(request: PersonRequest, pk: int) -> HttpResponse:
    """Show the groups of the course. On POST create one."""
    course = get_changeable_course(request, pk)
    form = GroupForm(request.POST or None)
    if group := form.run(lambda data: groups.create_group(request.user, course, **data)):
        messages.success(request, _("The group “%(title)s” was added.") % {"title": group})
        return redirect("course-groups", pk)
    students = Count("enrolments", filter=Q(enrolments__role=Enrolment.Role.STUDENT))
    context = {
        "course": course,
        "groups": groups_of(course).annotate(students=students),
        "form": form,
        "may_change": True,
        "tab": "roster",
    }
    return render(request, "courses/groups.html", context, status=422 if form.errors else 200)


def group(request: PersonRequest, pk: int, group_pk: int) -> HttpResponse:
    """Change the title of a group, and its id before its first use."""
    course = get_changeable_course(request, pk)
    row = get_object_or_404(course.groups.select_related("course__semester__teacher"), pk=group_pk)
    form, title = GroupForm(request.POST or None, before=row), str(row)
    if saved := form.run(lambda data: groups.rename_group(request.user, row, **data)):
        messages.success(request, _("“%(title)s” was saved.") % {"title": saved})
        return redirect("course-groups", pk)
    context = {"course": course, "group": row, "title": title, "form": form}
    return render(request, "courses/group.html", context, status=422 if form.errors else 200)


@require_POST
def group_delete(request: PersonRequest, pk: int, group_pk: int) -> HttpResponse:
    """Delete a group without people."""
    course = get_changeable_course(request, pk)
    row = get_object_or_404(course.groups.select_related("course"), pk=group_pk)
    try:
        groups.delete_group(request.user, row)
    except Refused as refusal:
        messages.warning(request, refusal.message)
    else:
        messages.success(request, _("The group “%(title)s” was deleted.") % {"title": row})
    return redirect("course-groups", pk)
