"""The buttons that accept a repository's new address and choose the branch that counts."""

from collections.abc import Callable

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.person_request import PersonRequest
from courses.domain import remote_changes
from courses.models import Enrolment
from courses.views.lookups import get_enrolment
from kernel.errors import NotAllowed, Refused


@require_POST
def repository_move(request: PersonRequest, pk: int, username: str) -> HttpResponse:
    """Accept the address `url` for the repository at `at`."""
    enrolment = get_enrolment(request, pk, username)
    at, url = request.POST.get("at", ""), request.POST.get("url", "")
    return _run(
        request,
        enrolment,
        lambda: remote_changes.accept_move(request.user, enrolment, repo_path=at, new_url=url),
        _("The new address is saved, and nothing that was read before is lost."),
    )


@require_POST
def repository_branch(request: PersonRequest, pk: int, username: str) -> HttpResponse:
    """Choose the branch that counts of the repository at `at`; an empty `branch` is its default branch."""
    enrolment = get_enrolment(request, pk, username)
    at, branch = request.POST.get("at", ""), request.POST.get("branch", "")
    return _run(
        request,
        enrolment,
        lambda: remote_changes.choose_branch(request.user, enrolment, repo_path=at, branch=branch),
        _("The branch is saved. Its work appears within seconds."),
    )


def _run(request: PersonRequest, enrolment: Enrolment, command: Callable[[], object], done: str) -> HttpResponse:
    """Call the command, and lead back to the page with `done` or with the reason of a refusal.

    The page is the student's, or that of the course's repositories when the form says so in `back`.
    """
    try:
        command()
    except NotAllowed:
        raise PermissionDenied
    except Refused as refusal:
        messages.warning(request, refusal.message)
    else:
        messages.success(request, done)
    if request.POST.get("back") == "repositories":
        return redirect("course-repositories", enrolment.course_id)
    return redirect("course-student", enrolment.course_id, enrolment.person.username)
