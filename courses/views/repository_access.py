"""The buttons with which a student has a private repository read, or proves that it is theirs."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.person_request import PersonRequest
from courses.domain import credentials
from courses.models import Enrolment
from courses.views.student_repositories import address_form, find_repository, get_own_enrolment, show_repository
from gitsync.forms.credentials import SecretForm
from kernel.errors import Refused
from kernel.web.query_string import ids_among


@require_POST
def repository_access(request: PersonRequest, pk: int, username: str) -> HttpResponse:
    """Do what the pressed button (`do`) says for the repository at `?at=`."""
    enrolment = get_own_enrolment(request, pk, username)
    repository = find_repository(request, enrolment)
    if repository is None:
        return redirect("course-student", pk, username)
    path, button = repository.place.repo_path, request.POST.get("do", "")
    if button == "token":
        form = SecretForm(request.POST, auto_id="token-%s")
        if not form.run(lambda _data: credentials.add_own_token(request.user, enrolment, path, **form.values())):
            return show_repository(request, repository, address_form(repository), form)
        messages.success(request, _("The token is saved, and the repository is read with it now."))
    else:
        try:
            _do(request, button, enrolment, path)
        except Refused as refusal:
            messages.warning(request, refusal.message)
    page = reverse("course-repository", args=[pk, username])
    return redirect(f"{page}?{urlencode({'at': path})}#private")


def _do(request: PersonRequest, button: str, enrolment: Enrolment, path: str) -> None:
    """Run the command of a button without fields. Another name does nothing."""
    if button == "key":
        credentials.make_own_key(request.user, enrolment, path)
        messages.success(request, _("The key is made. Add its public half at the forge, then have it read again."))
    elif button == "proof":
        credentials.begin_proof(request.user, enrolment, path)
    elif button == "look":
        credentials.look_for_proof(request.user, enrolment, path)
        messages.success(request, _("The repository is read now. The result appears here."))
    elif button == "revoke":
        for pk in ids_among([request.POST.get("credential", "")]):
            credentials.revoke_own(request.user, enrolment, path, pk)
            messages.success(request, _("The credential was revoked, and its secret is deleted here."))
