"""Commands that create, rename and delete the teams of a course, and that choose their members."""

from collections.abc import Collection, Mapping

from django.db import transaction
from django.utils.translation import gettext as _

from accounts import audit
from accounts.principals import Principal
from courses.domain.team_repositories import change_team, give_team_repository, locked_students
from courses.domain.wire_ids import in_one_line
from courses.git import given_addresses
from courses.models import Course, Enrolment, StudentRepository, Team, TeamRepository
from kernel.database.text_hash import text_hash
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


def team_of_repository(
    actor: Principal, course: Course, *, repo_path: str, url: str, members: Collection[int], title: str = ""
) -> Team:
    """Make the students (keys of enrolments) who work in one repository a team that has it, and return the team.

    The team of the repository or of one of the students takes the others in; without one, a team is created. The
    same call again changes nothing. Nothing that was read from another repository is erased. title: of a new team, by
    default the names of the students; a number is added where the course has a team that is called like it.

    Raises Malformed for fewer than two students, for a student of another course and as `give_team_repository` does,
    and Conflict for students of two teams (`other_team`), and for a team or a student with another repository at this
    path (`other_repository`).
    """
    wanted = set(members)
    if len(wanted) < 2:
        raise Malformed("too_few", _("A team has two students or more."), field="members")
    url = given_addresses.clean_url(url)
    with transaction.atomic():
        Course.objects.select_for_update().get(pk=course.pk)
        students = locked_students(course, wanted)
        if len(students) < len(wanted):
            raise Malformed("unknown_person", _("Choose students of this course."), field="members")
        team = _team_for(course, students, repo_path, url)
        _must_have_no_other(team, students, repo_path, url)
        if team is None:
            title = _free_title(course, title or ", ".join(student.person.display_name for student in students))
            return create_team(actor, course, title=title, members=wanted, repositories={repo_path: url})
        if not team.repositories.filter(repo_path_hash=text_hash(repo_path)).exists():
            give_team_repository(actor, team, repo_path=repo_path, url=url)
        set_members(actor, team, wanted | set(team.members.values_list("pk", flat=True)))
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


def _team_for(course: Course, students: Collection[Enrolment], repo_path: str, url: str) -> Team | None:
    """Return the team that the students are in, or that has the repository at this path; None without one."""
    teams = {student.team_id for student in students if student.team_id}
    rows = TeamRepository.objects.filter(team__course=course, repo_path_hash=text_hash(repo_path))
    teams |= {row.team_id for row in rows if given_addresses.same_repository(row.url, url)}
    if len(teams) > 1:
        raise Conflict("other_team", _("These students are in two teams. Change the teams first."), field="members")
    team = course.teams.get(pk=teams.pop()) if teams else None
    if team is not None:
        team.course = course
    return team


def _must_have_no_other(team: Team | None, students: Collection[Enrolment], repo_path: str, url: str) -> None:
    """Refuse when the team or a student has another repository at this path: what was read from it would be erased."""
    here = {"repo_path_hash": text_hash(repo_path)}
    concerned = {student.pk for student in students}
    given = [] if team is None else list(team.repositories.filter(**here).values_list("url", flat=True))
    if team is not None:
        concerned |= set(team.members.values_list("pk", flat=True))
    given += StudentRepository.objects.filter(enrolment__in=concerned, **here).values_list("url", flat=True)
    if other := next((address for address in given if not given_addresses.same_repository(address, url)), None):
        sentence = _("A student of the team has another repository at this place: %(url)s.") % {"url": other}
        raise Conflict("other_repository", sentence, field="url")


def _free_title(course: Course, title: str) -> str:
    """Return a title that no team of the course has: this one, else with the first free number behind it."""
    title = in_one_line(title)[: TITLE_LENGTH - 4].strip()
    taken = {looks_like(other) for other in course.teams.values_list("title", flat=True)}
    numbered = (f"{title} {number}" for number in range(2, len(taken) + 3))
    return next(free for free in (title, *numbered) if looks_like(free) not in taken)


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
