"""A student's page in a course, for them and for those who see the class, and the repositories they give."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.person_request import PersonRequest
from courses.domain import answers, student_repositories
from courses.forms.course import RepositoryForm
from courses.git import git_module
from courses.models import Enrolment
from courses.pages import student_overview
from courses.pages.commit_list import commit_page
from courses.pages.repository_check import check
from courses.pages.work_timeline import timeline
from courses.rules import permissions
from courses.views.matrix import get_enrolment
from kernel.web.query_string import requested_page


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
    commits = commit_page(enrolment, found.items, now, requested_page(request))
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


def repository(request: PersonRequest, pk: int, username: str) -> HttpResponse:
    """Give, replace or repair the repository at `?at=` (a path of the course); then see it being read."""
    enrolment = _own(request, pk, username)
    found = _asked_for(request, enrolment)
    if found is None:
        return redirect("course-student", pk, username)
    form = RepositoryForm(
        request.POST or None, initial={"url": found.student_repository.url if found.student_repository else ""}
    )
    place = found.place.repo_path
    if form.carry_out(
        lambda data: student_repositories.give_repository(request.user, enrolment, repo_path=place, **data)
    ):
        messages.success(request, _("The repository is kept. What comes of reading it shows here."))
        return redirect(request.get_full_path())
    context = {
        "course": enrolment.course,
        "enrolment": enrolment,
        "check": check(found, timezone.now()),
        "form": form,
        "hook": git_module.hook_address(enrolment.course),
        "query": request.GET.urlencode(),
    }
    return render(request, "courses/repository.html", context, status=422 if form.errors else 200)


def repository_fragment(request: PersonRequest, pk: int, username: str) -> HttpResponse:
    """What became of the repository since it was given."""
    enrolment = _own(request, pk, username)
    found = _asked_for(request, enrolment)
    if found is None:  # the task that asked for it went while the page was open
        return HttpResponse(_("No repository is asked for at this place."))
    context = {"course": enrolment.course, "enrolment": enrolment, "check": check(found, timezone.now())}
    return render(request, "courses/_check.html", context)


@require_POST
def repository_remove(request: PersonRequest, pk: int, username: str, repository_pk: int) -> HttpResponse:
    enrolment = _own(request, pk, username)
    repository = get_object_or_404(enrolment.student_repositories, pk=repository_pk)
    repository.enrolment = enrolment
    student_repositories.remove_repository(request.user, repository)
    messages.success(request, _("The repository was removed, with what was read from it."))
    return redirect("course-student", pk, username)


def _asked_for(request: PersonRequest, enrolment: Enrolment) -> student_overview.Repository | None:
    """The place `?at=` of the course where a repository is asked for."""
    given, path = student_overview.desk(enrolment, timezone.now()).repositories, request.GET.get("at", "/")
    return next((one for one in given if one.place.repo_path == path), None)


def _own(request: PersonRequest, pk: int, username: str) -> Enrolment:
    enrolment = get_enrolment(request, pk, username)
    if not permissions.may_give_repository(request.user, enrolment):
        raise PermissionDenied
    return enrolment
