"""A student's page in a course, for the student and for people who see the class."""

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone

from accounts.person_request import PersonRequest
from courses.domain import answers
from courses.git import git_module
from courses.models import Enrolment
from courses.pages import student_overview
from courses.pages.commit_list import commit_page
from courses.pages.work_timeline import timeline
from courses.rules import permissions
from courses.views.lookups import get_enrolment
from kernel.web.query_string import page_asked


def student(request: PersonRequest, pk: int, username: str) -> HttpResponse:
    return _page(request, pk, username, "courses/student.html")


def student_fragment(request: PersonRequest, pk: int, username: str) -> HttpResponse:
    return _page(request, pk, username, "courses/_student.html")


def _page(request: PersonRequest, pk: int, username: str, template: str) -> HttpResponse:
    enrolment = get_enrolment(request, pk, username)
    with timezone.override(enrolment.course.timezone):
        return render(request, template, _student(request, enrolment))


def _student(request: PersonRequest, enrolment: Enrolment) -> dict[str, object]:
    now = timezone.now()
    found = student_overview.desk(enrolment, now)
    commits = commit_page(enrolment, found.items, now, page_asked(request))
    mine = enrolment.person_id == request.user.pk
    sees_class = permissions.may_see_class(request.user, enrolment.course)
    given = answers.answers_of_student(enrolment) if not mine else {}
    givings = git_module.givings(enrolment) if sees_class else {}
    return {
        "course": enrolment.course,
        "enrolment": enrolment,
        "desk": found,
        "timeline": timeline(found, now),
        "commits": commits,
        "answers": [(item, given[item.node.task.pk]) for item in found.work if item.node.task.pk in given],
        "query": request.GET.urlencode(),
        "now": now,
        "may_change": permissions.may_change(request.user, enrolment.course),
        "mine": mine,
        "sees_class": not mine or sees_class,
        "givings": givings,
        "may_give": permissions.may_give_repository(request.user, enrolment),
        "tab": "students",
    }
