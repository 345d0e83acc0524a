"""The pages of the teaching team of a course: its teachers and assistants, a search of people, and one member."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.person_request import PersonRequest
from courses.domain import teaching_team
from courses.forms.teaching_team import TeamMemberForm
from courses.models import Course, Enrolment
from courses.pages.roster_list import team_list
from courses.pages.team_candidates import find_candidates
from courses.rules import permissions
from courses.views.lookups import get_changeable_course, get_course_with_class


def course_team(request: PersonRequest, pk: int) -> HttpResponse:
    """Show the teachers and assistants of the course; with `?q=` also the people whom a teacher can add."""
    course = get_course_with_class(request, pk)
    context = _context(request, course)
    if context["may_change"]:
        search = request.GET.get("q", "").replace("\0", "").strip()[:100]
        candidates, has_more = find_candidates(course, search)
        context |= {"search": search, "candidates": candidates, "has_more": has_more}
    return render(request, "courses/team.html", context)


def course_team_fragment(request: PersonRequest, pk: int) -> HttpResponse:
    """The list of the team again, after a change."""
    course = get_course_with_class(request, pk)
    return render(request, "courses/_team.html", _context(request, course))


def team_add(request: PersonRequest, pk: int, username: str) -> HttpResponse:
    """Choose the role and the groups of a person who is not in the course; on POST add them."""
    course = get_changeable_course(request, pk)
    people = User.objects.filter(is_active=True).exclude(kind=User.Kind.SERVICE)
    return _member(request, course, get_object_or_404(people, username=username), None)


def team_member(request: PersonRequest, pk: int, enrolment_pk: int) -> HttpResponse:
    """Change the role and the groups of a co-teacher or an assistant."""
    course = get_changeable_course(request, pk)
    rows = course.enrolments.filter(role__in=Enrolment.TEAM_ROLES).select_related("person")
    enrolment = get_object_or_404(rows, pk=enrolment_pk)
    return _member(request, course, enrolment.person, enrolment)


def team_remove(request: PersonRequest, pk: int, enrolment_pk: int) -> HttpResponse:
    """Ask whether the person should leave the team; on POST remove them."""
    course = get_changeable_course(request, pk)
    rows = course.enrolments.filter(role__in=Enrolment.TEAM_ROLES).select_related("person")
    enrolment = get_object_or_404(rows, pk=enrolment_pk)
    enrolment.course = course
    if request.method != "POST":
        context = {"course": course, "enrolment": enrolment, "is_self": enrolment.person_id == request.user.pk}
        return render(request, "courses/team_remove.html", context)
    teaching_team.remove_from_team(request.user, enrolment)
    messages.success(request, _("%(name)s is no longer in the course.") % {"name": enrolment.person.display_name})
    return redirect("course-team", pk) if permissions.may_see_class(request.user, course) else redirect("courses")


def _member(request: PersonRequest, course: Course, person: User, enrolment: Enrolment | None) -> HttpResponse:
    if person.pk == course.semester.teacher_id:
        raise Http404
    form = TeamMemberForm(course, request.POST or None, is_teacher=person.is_teacher, before=enrolment)
    saved = form.run(
        lambda data: teaching_team.add_to_team(
            request.user, course, username=person.username, role=data["role"], group_ids=data.get("groups", ())
        )
    )
    if saved:
        values = {"name": person.display_name, "role": saved.get_role_display()}
        messages.success(request, _("%(name)s, %(role)s: saved.") % values)
        return redirect("course-team", course.pk)
    context = {"course": course, "member": person, "enrolment": enrolment, "form": form}
    return render(request, "courses/team_member.html", context, status=422 if form.errors else 200)


def _context(request: PersonRequest, course: Course) -> dict[str, Any]:
    team = team_list(course)
    return {
        "course": course,
        "co_teachers": [member for member in team if member.role == Enrolment.Role.TEACHER],
        "assistants": [member for member in team if member.role == Enrolment.Role.ASSISTANT],
        "may_change": permissions.may_change(request.user, course),
        "tab": "roster",
    }
