"""The pages of the credentials of servers, for staff. No page ever shows a secret again."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.person_request import PersonRequest
from gitsync.domain import credentials, host_keys
from gitsync.forms.credentials import HostDeployKeyForm, HostTokenForm, NewTokenForm, forms_of, status_of
from gitsync.models import Credential
from gitsync.queries.credential_list import Health, listed, of_hosts
from gitsync.values import CourseIds
from kernel.errors import Refused

LARGEST_KEY = 2**63 - 1


@require_http_methods(["GET", "HEAD", "POST"])
def host_credentials(request: PersonRequest) -> HttpResponse:
    """List the credentials. POST adds a token, or makes a key."""
    _check_staff(request)
    token_form, key_form = forms_of(request.POST, HostTokenForm, HostDeployKeyForm)
    if token_form.run(lambda _data: credentials.save_token(request.user, None, **_ids(token_form.values()))):
        messages.success(request, _("The token is saved. Repositories that could not be read are tried again now."))
        return redirect("host-credentials")
    if key_form and (key := key_form.run(lambda d: credentials.make_deploy_key(request.user, None, **_ids(d)))):
        messages.success(request, _("The key is made. Add its public half at the forge."))
        return redirect("host-credential", key.pk)
    context = _context() | {"token_form": token_form, "key_form": key_form}
    return render(request, "gitsync/host_credentials.html", context, status=status_of(token_form, key_form))


@require_safe
def host_credentials_fragment(request: PersonRequest) -> HttpResponse:
    """The list again, while a credential is tested."""
    _check_staff(request)
    return render(request, "gitsync/_credentials.html", _context())


@require_http_methods(["GET", "HEAD", "POST"])
def host_credential(request: PersonRequest, pk: int) -> HttpResponse:
    """Show one credential. POST replaces its secret."""
    row = _get(request, pk)
    form = NewTokenForm(request.POST or None, initial={"expires_on": row.expires_on})
    if row.kind == Credential.Kind.SSH:
        if request.method == "POST":
            credentials.replace(request.user, pk)
            messages.success(request, _("A new pair of keys is made. Replace the public key at the forge."))
            return redirect("host-credential", pk)
    elif form.run(lambda data: credentials.replace(request.user, pk, **data)):
        messages.success(request, _("The token was replaced."))
        return redirect("host-credentials")
    context = {
        "credential": listed([row], with_courses=True)[0],
        "form": None if row.kind == Credential.Kind.SSH else form,
        "back": reverse("host-credentials"),
        "revoke": reverse("host-credential-revoke", args=[pk]),
        "accept": reverse("host-credential-accept", args=[pk]),
    }
    return render(request, "gitsync/host_credential.html", context, status=422 if form.errors else 200)


@require_POST
def host_credential_test(request: PersonRequest, pk: int) -> HttpResponse:
    """Have the server asked; the list shows the answer."""
    _get(request, pk)
    try:
        credentials.request_test(pk)
    except Refused as refusal:
        messages.warning(request, refusal.message)
    return redirect("host-credentials")


@require_POST
def host_credential_accept(request: PersonRequest, pk: int) -> HttpResponse:
    """Accept the key of the credential's SSH server, whose fingerprint the page showed."""
    row = _get(request, pk)
    try:
        host_keys.accept(request.user, row.host, row.ssh_port, request.POST.get("fingerprint", ""))
        credentials.request_test(pk)
    except Refused as refusal:
        messages.warning(request, refusal.message)
    else:
        messages.success(request, _("The key of the server is accepted. Access is being tested."))
    return redirect("host-credentials")


@require_POST
def host_credential_revoke(request: PersonRequest, pk: int) -> HttpResponse:
    _get(request, pk)
    credentials.revoke(request.user, pk)
    messages.success(request, _("The credential was revoked, and its secret is deleted here."))
    return redirect("host-credentials")


def _context() -> dict[str, object]:
    shown = listed(of_hosts(), with_courses=True)
    return {"credentials": shown, "is_tested": any(row.health == Health.TESTED for row in shown)}


def _ids(data: dict[str, Any]) -> dict[str, Any]:
    courses = [CourseIds(key.teacher_id, key.semester_id, key.course_id) for key in data["courses"]]
    return data | {"courses": courses}


def _get(request: PersonRequest, pk: int) -> Credential:
    _check_staff(request)
    row = of_hosts().filter(pk=pk).first() if pk <= LARGEST_KEY else None
    if row is None:
        raise Http404
    return row


def _check_staff(request: PersonRequest) -> None:
    if not request.user.is_staff:
        raise PermissionDenied
