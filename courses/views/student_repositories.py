"""The page where a student gives, replaces or removes a repository, and its live fragment."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.person_request import PersonRequest
from courses.domain import student_repositories
from courses.forms.student_repositories import StudentRepositoryForm
from courses.git import git_module
from courses.git.enrolment_check import has_team_repository
from courses.models import Enrolment
from courses.pages.expected_repository import ExpectedRepository
from courses.pages.private_repository import private_repository
from courses.pages.repository_check import check_repository
from courses.pages.student_overview import overview_of
from courses.rules import permissions
from courses.views.lookups import get_enrolment
from gitsync.forms.credentials import SecretForm
from kernel.errors import Conflict


def repository(request: PersonRequest, pk: int, username: str) -> HttpResponse:
    """Show the repository at `?at=` (a path of the course) and how it is read. On POST save its address.

    Without `at`, redirect a student with one repository to it, and everybody else to the student's page.
    """
    try:
        enrolment = get_own_enrolment(request, pk, username)
    except PermissionDenied:
        if request.method == "POST" or "at" in request.GET:
            raise
        return redirect("course-student", pk, username)
    repository = find_repository(request, enrolment)
    if repository is None:
        places = [expected.place.repo_path for expected in overview_of(enrolment, timezone.now()).repositories]
        if len(places) == 1 and "at" not in request.GET:
            return redirect(f"{request.path}?{urlencode({'at': places[0]})}")
        return redirect("course-student", pk, username)
    form = address_form(repository, request.POST or None)
    path = repository.place.repo_path
    if form.run(lambda data: student_repositories.give_repository(request.user, enrolment, repo_path=path, **data)):
        messages.success(request, _("The repository is saved. The result of reading it appears here."))
        return redirect(request.get_full_path())
    return show_repository(request, repository, form, SecretForm(auto_id="token-%s"))


def show_repository(
    request: PersonRequest, repository: ExpectedRepository, form: StudentRepositoryForm, token_form: SecretForm
) -> HttpResponse:
    """Show the page of a repository with these forms: of its address, and of a token that reads it."""
    check = check_repository(repository, timezone.now())
    context = {
        "course": repository.enrolment.course,
        "enrolment": repository.enrolment,
        "check": check,
        "form": form,
        "of_team": has_team_repository(repository.enrolment, repository.place.repo_path),
        "token_form": token_form,
        "private": private_repository(check),
        "hook": git_module.hook_address(repository.enrolment.course),
        "query": request.GET.urlencode(),
    }
    status = 422 if form.errors or token_form.errors else 200
    return render(request, "courses/repository.html", context, status=status)


def address_form(repository: ExpectedRepository, data: QueryDict | None = None) -> StudentRepositoryForm:
    current = repository.student_repository
    return StudentRepositoryForm(data, initial={"url": current.url if current else ""})


def repository_fragment(request: PersonRequest, pk: int, username: str) -> HttpResponse:
    """Show again how the repository is read."""
    enrolment = get_own_enrolment(request, pk, username)
    repository = find_repository(request, enrolment)
    if repository is None:  # a teacher deleted the task while the page was open
        return HttpResponse(_("No repository is asked for at this place."))
    context = {
        "course": enrolment.course,
        "enrolment": enrolment,
        "check": check_repository(repository, timezone.now()),
    }
    return render(request, "courses/_check.html", context)


@require_POST
def repository_remove(request: PersonRequest, pk: int, username: str, repository_pk: int) -> HttpResponse:
    enrolment = get_own_enrolment(request, pk, username)
    repository = get_object_or_404(enrolment.student_repositories, pk=repository_pk)
    repository.enrolment = enrolment
    try:
        student_repositories.remove_repository(request.user, repository)
    except Conflict as refusal:
        messages.warning(request, refusal.message)
    else:
        messages.success(request, _("The repository was removed, with what was read from it."))
    return redirect("course-student", pk, username)


def find_repository(request: PersonRequest, enrolment: Enrolment) -> ExpectedRepository | None:
    """Return the repository that the course asks for at the path `?at=`, given or not; None when there is none."""
    path = request.GET.get("at", "/")
    repositories = overview_of(enrolment, timezone.now()).repositories
    return next((repository for repository in repositories if repository.place.repo_path == path), None)


def get_own_enrolment(request: PersonRequest, pk: int, username: str) -> Enrolment:
    enrolment = get_enrolment(request, pk, username)
    if not permissions.may_give_repository(request.user, enrolment):
        raise PermissionDenied
    return enrolment
