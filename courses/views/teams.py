"""The pages of the teams of students in a course: the list with their states, and one team with its repositories."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.person_request import PersonRequest
from courses.domain import team_repositories, teams
from courses.forms.teams import TeamForm, TeamRepositoryForm
from courses.models import Course, Team
from courses.pages.team_list import sharers, team_list, team_places
from courses.pages.team_states import team_matrix
from courses.views.lookups import get_changeable_course, get_class_and_access
from kernel.errors import Refused
from kernel.exports.menu import export_links


def course_teams(request: PersonRequest, pk: int) -> HttpResponse:
    """Show the teams of the course and their states. On POST create one, also of students who share a repository."""
    course, access = get_class_and_access(request, pk)
    if request.method == "POST" and not access.may_change:
        raise PermissionDenied
    form = TeamForm(course, request.POST or None) if access.may_change else None
    repo_path, url = request.POST.get("repo_path", ""), request.POST.get("url", "")
    if form and (team := form.run(lambda data: _create(request, course, data, {repo_path: url} if url else {}))):
        messages.success(request, _("The team “%(title)s” was added.") % {"title": team})
        return redirect("course-student-team", pk, team.pk)
    with timezone.override(course.timezone):
        columns, states = team_matrix(course, timezone.now(), limit=access.limit)
    context = {
        "course": course,
        "teams": team_list(course, access.limit),
        "columns": columns,
        "states": states,
        "proposals": sharers(course) if access.may_change else [],
        "form": form,
        "may_change": access.may_change,
        "exports": [export_links(_("Teams"), "course-teams-file", pk)],
        "tab": "roster",
    }
    return render(request, "courses/student_teams.html", context, status=422 if form and form.errors else 200)


def student_team(request: PersonRequest, pk: int, team_pk: int) -> HttpResponse:
    """Change the title and the students of a team, and show its repositories."""
    course, team = _get_team(request, pk, team_pk)
    title, form = team.title, TeamForm(course, request.POST or None, before=team)
    if form.run(lambda data: teams.change_team_data(request.user, team, **data)):
        messages.success(request, _("“%(title)s” was saved.") % {"title": team})
        return redirect("course-student-team", pk, team_pk)
    context = {"course": course, "team": team, "title": title, "form": form, "places": team_places(team)}
    return render(request, "courses/student_team.html", context, status=422 if form.errors else 200)


@require_POST
def student_team_repository(request: PersonRequest, pk: int, team_pk: int) -> HttpResponse:
    """Give the team a repository for one place; an empty address removes the one that it has."""
    _course, team = _get_team(request, pk, team_pk)
    form = TeamRepositoryForm(request.POST)
    if form.run(lambda data: _save_repository(request, team, **data)):
        messages.success(request, _("“%(title)s” was saved.") % {"title": team})
    for errors in form.errors.values():
        messages.warning(request, " ".join(map(str, errors)))
    return redirect("course-student-team", pk, team_pk)


@require_POST
def student_team_delete(request: PersonRequest, pk: int, team_pk: int) -> HttpResponse:
    """Delete a team without students."""
    _course, team = _get_team(request, pk, team_pk)
    try:
        teams.delete_team(request.user, team)
    except Refused as refusal:
        messages.warning(request, refusal.message)
        return redirect("course-student-team", pk, team_pk)
    messages.success(request, _("The team “%(title)s” was deleted.") % {"title": team})
    return redirect("course-teams", pk)


def _create(request: PersonRequest, course: Course, data: dict[str, Any], repositories: dict[str, str]) -> Team:
    return teams.create_team(request.user, course, **data, repositories=repositories)


def _save_repository(request: PersonRequest, team: Team, *, repo_path: str, url: str) -> bool:
    if url:
        team_repositories.give_team_repository(request.user, team, repo_path=repo_path, url=url)
    elif repository := team.repositories.filter(repo_path=repo_path).first():
        repository.team = team
        team_repositories.remove_team_repository(request.user, repository)
    return True


def _get_team(request: PersonRequest, pk: int, team_pk: int) -> tuple[Course, Team]:
    course = get_changeable_course(request, pk)
    team: Team = get_object_or_404(course.teams, pk=team_pk)
    team.course = course
    return course, team
