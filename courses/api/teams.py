"""/api/v1/courses/<course>/teams/: the teams of a course, their students and their repositories."""

from collections.abc import Collection

from django.db.models import Prefetch, QuerySet
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import generics
from rest_framework.request import Request
from rest_framework.response import Response

from courses.api.course_view import CourseView
from courses.api.permissions import caller
from courses.api.serializers.teams import TeamChange, TeamIn, TeamOut, TeamRepositoryIn
from courses.domain import team_repositories, teams
from courses.models import Course, Team, TeamRepository
from courses.pages.listed_students import students_of
from courses.rules.permissions import GroupLimit
from kernel.api.error_schema import error_responses
from kernel.api.input_fields import Query, validated
from kernel.errors import Malformed

TITLE_TAKEN = "The course has a team with this title, or a student is in another team."


class TeamView(CourseView):
    queryset = Team.objects.none()

    def get_team(self, course: Course, limit: GroupLimit = None) -> Team:
        """Return the team of the URL. Raises Http404 when the caller sees none of its students."""
        team: Team = generics.get_object_or_404(teams_of(course, limit), pk=self.kwargs["team_pk"])
        team.course = course
        return team


class TeamList(TeamView):
    """The teams of a course, for those who see the class: those with a student whom they see."""

    serializer_class = TeamIn

    @extend_schema(
        operation_id="courses_teams_list",
        responses={200: TeamOut(many=True), **error_responses(400, 401, 403, 404)},
    )
    def get(self, request: Request, pk: int) -> Response:
        Query.of(request)
        rows = self.paginate_queryset(teams_of(*self.get_class_and_limit()))
        return self.get_paginated_response(TeamOut(rows, many=True).data)

    @extend_schema(
        request=TeamIn,
        responses={201: TeamOut, **error_responses(400, 401, 403, 404, 503, conflict=TITLE_TAKEN)},
    )
    def post(self, request: Request, pk: int) -> Response:
        """Create a team. Each of its students gets its repositories, in place of their own at the same path."""
        course = self.get_changeable_course()
        data = validated(TeamIn, request.data)
        team = teams.create_team(
            caller(request),
            course,
            title=data["title"],
            members=_keys(course, data["members"]),
            repositories={row["repo_path"]: row["url"] for row in data.get("repositories", [])},
        )
        return Response(TeamOut(teams_of(course).get(pk=team.pk)).data, status=201)


class TeamDetail(TeamView):
    serializer_class = TeamChange

    @extend_schema(responses={200: TeamOut, **error_responses(401, 403, 404)})
    def get(self, request: Request, pk: int, team_pk: int) -> Response:
        """Read a team."""
        return Response(TeamOut(self.get_team(*self.get_class_and_limit())).data)

    @extend_schema(
        request=TeamChange, responses={200: TeamOut, **error_responses(400, 401, 403, 404, 503, conflict=TITLE_TAKEN)}
    )
    def patch(self, request: Request, pk: int, team_pk: int) -> Response:
        """Change the title, the students or both."""
        course = self.get_changeable_course()
        team, data = self.get_team(course), validated(TeamChange, request.data)
        title = data.get("title", team.title)
        if "members" in data:
            members = _keys(course, data["members"])
            teams.change_team_data(caller(request), team, title=title, members=members)
        else:
            teams.rename_team(caller(request), team, title=title)
        return Response(TeamOut(self.get_team(course)).data)

    @extend_schema(
        responses={204: None, **error_responses(401, 403, 404, 503, conflict="There are students in the team.")}
    )
    def delete(self, request: Request, pk: int, team_pk: int) -> Response:
        """Delete a team without students."""
        teams.delete_team(caller(request), self.get_team(self.get_changeable_course()))
        return Response(status=204)


class TeamRepositories(TeamView):
    """The repositories of a team: one for each `repo_path` of the course."""

    serializer_class = TeamRepositoryIn

    @extend_schema(request=TeamRepositoryIn, responses={200: TeamOut, **error_responses(400, 401, 403, 404, 503)})
    def put(self, request: Request, pk: int, team_pk: int) -> Response:
        """Give or replace the repository for a `repo_path`. It becomes the confirmed repository of each student."""
        course = self.get_changeable_course()
        team = self.get_team(course)
        team_repositories.give_team_repository(caller(request), team, **validated(TeamRepositoryIn, request.data))
        return Response(TeamOut(self.get_team(course)).data)

    @extend_schema(
        parameters=[OpenApiParameter("repo_path", str, description='By default the course\'s root, "/".')],
        responses={204: None, **error_responses(401, 403, 404, 503)},
    )
    def delete(self, request: Request, pk: int, team_pk: int) -> Response:
        """Remove a repository from the team and from each student, with what was read from it."""
        team = self.get_team(self.get_changeable_course())
        rows = team.repositories.filter(repo_path=request.query_params.get("repo_path", "/"))
        repository = generics.get_object_or_404(rows)
        repository.team = team
        team_repositories.remove_team_repository(caller(request), repository)
        return Response(status=204)


def teams_of(course: Course, limit: GroupLimit = None) -> QuerySet[Team]:
    """Return the teams of a course with their students of `limit`. Teams without such a student are left out."""
    students = students_of(course, limit).select_related("person")
    repositories = Prefetch("repositories", TeamRepository.objects.order_by("pk"))
    rows = course.teams.prefetch_related(repositories, Prefetch("members", students, to_attr="seen_members"))
    return (rows if limit is None else rows.filter(members__in=students_of(course, limit)).distinct()).order_by("pk")


def _keys(course: Course, usernames: Collection[str]) -> list[int]:
    """Return the keys of the students with these user names. Raises Malformed when one is no student of the course."""
    keys = dict(students_of(course).filter(person__username__in=usernames).values_list("person__username", "pk"))
    if unknown := next((name for name in usernames if name not in keys), None):
        sentence = _("“%(username)s” is not a student of this course. Check the user name.") % {"username": unknown}
        raise Malformed("unknown_student", sentence, field="members")
    return list(keys.values())
