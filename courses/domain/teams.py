"""Commands that create, rename and delete the teams of a course, and that choose their members."""

from collections.abc import Collection, Mapping

from django.db import transaction
from django.utils.translation import gettext as _

from accounts import audit
from accounts.principals import Principal
from courses.domain.team_repositories import change_team, give_team_repository, locked_students
from courses.domain.wire_ids import in_one_line
from courses.models import Course, Enrolment, Team
from kernel.errors import Conflict, Malformed
from kernel.text.plain_words import looks_like
from live.publish import publish

TITLE_LENGTH = 120


def create_team(
    actor: Principal,
    course: Course,
    *,
    title: str,
    members: Collection[int] = (),
    repositories: Mapping[str, str] | None = None,
) -> Team:
    """Create a team of these students (keys of enrolments), with its repositories (addresses by their path).

    Raises Malformed for a title out of shape, and Conflict for one that looks like that of another team of the course,
    and for a student who is in another team.
    """
    with transaction.atomic():
        locked = Course.objects.select_for_update().get(pk=course.pk)
        team = Team.objects.create(course=course, title=_clean_title(course, title))
        if not locked.has_teams:
            Course.objects.filter(pk=course.pk).update(has_teams=True)
        course.has_teams = True
        audit.record(actor, "courses.create_team", f"course:{course.pk}", after={"team": team.title})
        if members:
            set_members(actor, team, members)
        for repo_path, url in (repositories or {}).items():
            give_team_repository(actor, team, repo_path=repo_path, url=url)
        publish(course.topic)
    return team


def rename_team(actor: Principal, team: Team, *, title: str) -> Team:
    """Change the title of a team. Raises Malformed and Conflict as `create_team`."""
    with transaction.atomic():
        Course.objects.select_for_update().get(pk=team.course_id)
        before, after = team.title, _clean_title(team.course, title, but=team.pk)
        if before != after:
            team.title = after
            team.save(update_fields=["title"])
            subject = f"course:{team.course_id}"
            audit.record(actor, "courses.rename_team", subject, before={"team": before}, after={"team": after})
            publish(team.course.topic)
    return team


def change_team_data(actor: Principal, team: Team, *, title: str, members: Collection[int]) -> Team:
    """Change the title and the students of a team at once. Raises as `rename_team` and `set_members`."""
    with transaction.atomic():
        rename_team(actor, team, title=title)
        set_members(actor, team, members)
    return team


def set_members(actor: Principal, team: Team, members: Collection[int]) -> None:
    """Choose the students (keys of enrolments) of a team.

    Who joins gets its repositories, who leaves loses them with what was read from them.

    Raises Malformed for a key that is not a student of the course, and Conflict for a student of another team.
    """
    wanted = set(members)
    with transaction.atomic():
        Course.objects.select_for_update().get(pk=team.course_id)
        present = set(team.members.values_list("pk", flat=True))
        students = locked_students(team.course, present | wanted)
        if wanted - {student.pk for student in students}:
            raise Malformed("unknown_person", _("Choose students of this course."), field="members")
        changed = [student for student in students if (student.pk in present) != (student.pk in wanted)]
        for student in changed:
            if student.pk in wanted and student.team_id:
                values = {"name": student.person.display_name, "team": student.team}
                sentence = _("%(name)s is in the team “%(team)s”. Remove them there first.") % values
                raise Conflict("other_team", sentence, field="members")
        for student in changed:
            change_team(actor, student, team if student.pk in wanted else None)
        if changed:
            names = {
                key: [student.person.username for student in changed if (student.pk in wanted) is joins]
                for key, joins in (("joined", True), ("left", False))
            }
            after = {"team": team.title, **{key: value for key, value in names.items() if value}}
            audit.record(actor, "courses.set_team_members", f"course:{team.course_id}", after=after)
            publish(team.course.topic)


def delete_team(actor: Principal, team: Team) -> None:
    """Delete a team without students. Raises Conflict while there are students in it."""
    course = team.course
    with transaction.atomic():
        Course.objects.select_for_update().get(pk=course.pk)
        if team.members.filter(role=Enrolment.Role.STUDENT).exists():
            raise Conflict("has_people", _("There are students in this team: remove them from it first."))
        audit.record(actor, "courses.delete_team", f"course:{course.pk}", before={"team": team.title})
        team.delete()
        course.has_teams = course.teams.exists()
        Course.objects.filter(pk=course.pk).update(has_teams=course.has_teams)
        publish(course.topic)


def leave_team(actor: Principal, enrolment: Enrolment) -> None:
    """Move a student out of their team, in the caller's transaction, which has locked the enrolment."""
    if enrolment.team_id:
        change_team(actor, enrolment, None)


def place_in_teams(actor: Principal, course: Course, titles: Mapping[int, str]) -> None:
    """Put students (titles of teams by the key of the enrolment) into teams, as a file of people says.

    A team whose title looks the same is meant; one that is missing is created. A student leaves their former team.
    Call this in a transaction that has locked the course.
    """
    if not titles:
        return
    teams = {looks_like(team.title): team for team in course.teams.all()}
    for title in titles.values():
        if looks_like(title) not in teams:
            teams[looks_like(title)] = create_team(actor, course, title=title)
    for student in locked_students(course, titles):
        team = teams[looks_like(titles[student.pk])]
        team.course = course
        if student.team_id != team.pk:
            change_team(actor, student, team)


def _clean_title(course: Course, title: str, *, but: int = 0) -> str:
    title = in_one_line(title)
    if not title:
        raise Malformed("no_title", _("Give the title of the team."), field="title")
    if len(title) > TITLE_LENGTH:
        sentence = _("This is longer than %(count)s characters.") % {"count": TITLE_LENGTH}
        raise Malformed("too_long", sentence, field="title")
    others = course.teams.exclude(pk=but).values_list("title", flat=True)
    if looks_like(title) in map(looks_like, others):
        raise Conflict("exists", _("The course has a team with this title already."), field="title")
    return title
