"""A student's page in a course, for the student and for people who see the class. Times in the course's zone."""

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.person_request import PersonRequest
from courses.domain import answers
from courses.git import git_module
from courses.models import Enrolment
from courses.pages import student_findings
from courses.pages.commit_list import commit_page
from courses.pages.roster_list import team_of_student
from courses.pages.student_overview import overview_of
from courses.pages.team_members import team_of, without_members
from courses.pages.work_timeline import build_timeline
from courses.rules import permissions
from courses.views.lookups import get_enrolment
from kernel.exports.menu import export_links
from kernel.web.query_string import requested_page


def student(request: PersonRequest, pk: int, username: str) -> HttpResponse:
    return _page(request, pk, username, "courses/student.html")


def student_fragment(request: PersonRequest, pk: int, username: str) -> HttpResponse:
    return _page(request, pk, username, "courses/_student.html")


def _page(request: PersonRequest, pk: int, username: str, template: str) -> HttpResponse:
    enrolment = get_enrolment(request, pk, username)
    with timezone.override(enrolment.course.timezone):
        return render(request, template, _context(request, enrolment))


def _context(request: PersonRequest, enrolment: Enrolment) -> dict[str, object]:
    now = timezone.now()
    overview = overview_of(enrolment, now)
    mine = enrolment.person_id == request.user.pk
    access = permissions.access_of_reader(request.user, enrolment)
    sees_class = access.limit != permissions.NOBODY
    by_task = answers.answers_of_student(enrolment) if not mine else {}
    timeline = build_timeline(overview, now)
    histories = git_module.repository_histories(enrolment) if sees_class else {}
    student_team = team_of(enrolment, None if mine else access.limit)
    if student_team:
        histories = without_members(histories, student_team)
    marked = student_findings.commits_by_task(overview, timeline)
    return {
        "course": enrolment.course,
        "enrolment": enrolment,
        "overview": overview,
        "timeline": timeline,
        "commits": commit_page(
            enrolment,
            overview.tasks,
            now,
            requested_page(request),
            reverted_by=student_findings.reverted_by(marked),
            team=student_team,
        ),
        "student_team": student_team,
        "answers": [(task, by_task[task.node.task.pk]) for task in overview.work if task.node.task.pk in by_task],
        "findings": (
            student_findings.find(overview, marked, by_task, histories, access.limit)
            if sees_class and not mine
            else None
        ),
        "query": request.GET.urlencode(),
        "exports": [
            export_links(title, name, enrolment.course_id, enrolment.person.username)
            for title, name in ((_("Tasks"), "student-tasks-file"), (_("Commits"), "student-commits-file"))
        ],
        "now": now,
        "may_change": access.may_change,
        "may_override": access.may_override and permissions.sees_group(access.limit, enrolment.group_id),
        "mine": mine,
        "team": team_of_student(enrolment) if mine else [],
        "sees_class": not mine or sees_class,
        "repository_histories": histories,
        "may_give": permissions.may_give_repository(request.user, enrolment),
        "tab": "students",
    }
