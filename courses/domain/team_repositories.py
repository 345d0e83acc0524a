"""Commands that give a team its repositories, and that keep those of its members the same.

The teacher gives or confirms the repository of a team, so the registration of each member is confirmed too. The course
is locked before its enrolments, and these in the order of their keys.
"""

from collections.abc import Iterable

from django.db import transaction
from django.utils.translation import gettext as _

from accounts import audit
from accounts.principals import Principal
from courses.domain import student_repositories
from courses.git import given_addresses
from courses.git.enrolment_check import asks_for_repository
from courses.models import Course, Enrolment, StudentRepository, Team, TeamRepository
from kernel.database.text_hash import text_hash
from kernel.errors import Malformed
from live.publish import publish


def give_team_repository(actor: Principal, team: Team, *, repo_path: str, url: str) -> TeamRepository:
    """Set the repository of a team for one repository path of the course, and give it to each member.

    The data read from another repository that a member gave there is erased; of a member who gave the same one,
    everything stays. The same again registers it once more for each member.

    Raises Malformed with the field (`url`, `repo_path`) at fault.
    """
    url = given_addresses.clean_url(url)
    if not asks_for_repository(team.course, repo_path):
        raise Malformed("bad_path", _("No repository is asked for at this place."), field="repo_path")
    with transaction.atomic():
        Course.objects.select_for_update().get(pk=team.course_id)
        row = TeamRepository.objects.filter(team=team, repo_path_hash=text_hash(repo_path)).first()
        before = row.url if row else ""
        row = row or TeamRepository(team=team, repo_path=repo_path, repo_path_hash=text_hash(repo_path))
        row.url = url
        row.save()
        for enrolment in locked_students(team.course, team.members.values_list("pk", flat=True)):
            student_repositories.save_repository(actor, enrolment, repo_path=repo_path, url=url, confirmed=True)
        audit.record(
            actor,
            "courses.give_team_repository",
            f"course:{team.course_id}",
            before={"url": before} if before else {},
            after={"team": team.title, "url": url, "repo_path": repo_path},
        )
        publish(team.course.topic)
    return row


def remove_team_repository(actor: Principal, repository: TeamRepository) -> None:
    """Remove the repository of a team from each member, with what was read from it."""
    team = repository.team
    with transaction.atomic():
        Course.objects.select_for_update().get(pk=team.course_id)
        for enrolment in locked_students(team.course, team.members.values_list("pk", flat=True)):
            _take(actor, enrolment, repository)
        before = {"team": team.title, "url": repository.url, "repo_path": repository.repo_path}
        TeamRepository.objects.filter(pk=repository.pk).delete()
        audit.record(actor, "courses.remove_team_repository", f"course:{team.course_id}", before=before)
        publish(team.course.topic)


def change_team(actor: Principal, enrolment: Enrolment, team: Team | None) -> None:
    """Move a student into a team, or out of theirs, in the caller's transaction, which has locked the enrolment.

    The student loses the repositories of the former team, with what was read from them, and gets those of the new one
    for which the course still asks.
    """
    former = list(TeamRepository.objects.filter(team=enrolment.team_id)) if enrolment.team_id else []
    given = [row for row in team.repositories.all() if asks_for_repository(team.course, row.repo_path)] if team else []
    stays = {repository.repo_path_hash for repository in given}
    for repository in former:
        if repository.repo_path_hash not in stays:  # else `save_repository` replaces it
            _take(actor, enrolment, repository)
    enrolment.team = team
    enrolment.save(update_fields=["team"])
    for repository in given:
        student_repositories.save_repository(
            actor, enrolment, repo_path=repository.repo_path, url=repository.url, confirmed=True
        )
    publish(enrolment.topic)


def locked_students(course: Course, keys: Iterable[int]) -> list[Enrolment]:
    """Return the students of a course with these keys, locked, in the order of the keys."""
    locked = list(Enrolment.objects.select_for_update().filter(pk__in=list(keys)).order_by("pk").values_list("pk"))
    students = course.enrolments.filter(pk__in=[pk for (pk,) in locked], role=Enrolment.Role.STUDENT)
    rows = list(students.select_related("person", "group", "team").order_by("pk"))
    for row in rows:
        row.course = course
    return rows


def _take(actor: Principal, enrolment: Enrolment, repository: TeamRepository) -> None:
    """Remove the repository of the team from one member. One that names another repository is the student's own."""
    own = StudentRepository.objects.filter(enrolment=enrolment, repo_path_hash=repository.repo_path_hash).first()
    if own is not None and given_addresses.same_repository(own.url, repository.url):
        own.enrolment = enrolment
        student_repositories.erase_repository(actor, own)
