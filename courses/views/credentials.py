"""The pages of the credentials of a course, for its teachers. No page ever shows a secret again."""

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.person_request import PersonRequest
from courses.domain import credentials
from courses.git import credentials as course_credentials
from courses.git import git_module
from courses.models import Course
from courses.views.lookups import LARGEST_KEY, get_changeable_course
from gitsync.forms.credentials import DeployKeyForm, NewTokenForm, TokenForm, forms_of, status_of
from gitsync.models import Credential
from gitsync.queries.credential_list import Health, listed
from kernel.errors import Refused


@require_http_methods(["GET", "HEAD", "POST"])
def course_credentials_page(request: PersonRequest, pk: int) -> HttpResponse:
    """List the credentials of the course. POST adds a token, or makes a key."""
    course = _get_course(request, pk)
    forms = forms_of(request.POST, TokenForm, DeployKeyForm, host=course_credentials.usual_host(course))
    token_form, key_form = forms
    if token_form.run(lambda _data: credentials.add_token(request.user, course, **token_form.values())):
        messages.success(request, _("The token is saved. Repositories that could not be read are tried again now."))
        return redirect("course-credentials", pk)
    if key_form and (key := key_form.run(lambda data: credentials.make_key(request.user, course, **data))):
        messages.success(request, _("The key is made. Add its public half at the forge."))
        return redirect("course-credential", pk, key.pk)
    context = _context(course) | {"token_form": token_form, "key_form": key_form}
    return render(request, "courses/credentials.html", context, status=status_of(*forms))


@require_safe
def course_credentials_fragment(request: PersonRequest, pk: int) -> HttpResponse:
    """The list again, while a credential is tested."""
    return render(request, "gitsync/_credentials.html", _context(_get_course(request, pk)))


@require_http_methods(["GET", "HEAD", "POST"])
def course_credential(request: PersonRequest, pk: int, credential_pk: int) -> HttpResponse:
    """Show one credential. POST replaces its secret."""
    course, row = _get(request, pk, credential_pk)
    form = NewTokenForm(request.POST or None, initial={"expires_on": row.expires_on})
    if row.kind == Credential.Kind.SSH:
        if request.method == "POST":
            credentials.replace(request.user, course, credential_pk)
            messages.success(request, _("A new pair of keys is made. Replace the public key at the forge."))
            return redirect("course-credential", pk, credential_pk)
    elif form.run(lambda data: credentials.replace(request.user, course, credential_pk, **data)):
        messages.success(request, _("The token was replaced."))
        return redirect("course-credentials", pk)
    context = {
        "course": course,
        "credential": listed([row])[0],
        "form": None if row.kind == Credential.Kind.SSH else form,
        "back": reverse("course-credentials", args=[pk]),
        "revoke": reverse("course-credential-revoke", args=[pk, credential_pk]),
        "accept": reverse("course-credential-accept", args=[pk, credential_pk]),
    }
    return render(request, "courses/credential.html", context, status=422 if form.errors else 200)


@require_POST
def course_credential_test(request: PersonRequest, pk: int, credential_pk: int) -> HttpResponse:
    """Have the server asked; the list shows the answer."""
    course, _row = _get(request, pk, credential_pk)
    try:
        credentials.request_test(request.user, course, credential_pk)
    except Refused as refusal:
        messages.warning(request, refusal.message)
    return redirect("course-credentials", pk)


@require_POST
def course_credential_accept(request: PersonRequest, pk: int, credential_pk: int) -> HttpResponse:
    """Accept the key of the credential's SSH server, whose fingerprint the page showed."""
    course, _row = _get(request, pk, credential_pk)
    try:
        credentials.accept_host_key(request.user, course, credential_pk, request.POST.get("fingerprint", ""))
    except Refused as refusal:
        messages.warning(request, refusal.message)
    else:
        messages.success(request, _("The key of the server is accepted. Access is being tested."))
    return redirect("course-credentials", pk)


@require_POST
def course_credential_revoke(request: PersonRequest, pk: int, credential_pk: int) -> HttpResponse:
    course, _row = _get(request, pk, credential_pk)
    credentials.revoke(request.user, course, credential_pk)
    messages.success(request, _("The credential was revoked, and its secret is deleted here."))
    return redirect("course-credentials", pk)


def _context(course: Course) -> dict[str, object]:
    shown = course_credentials.of_course(course)
    return {
        "course": course,
        "tab": "repositories",
        "may_change": True,
        "credentials": shown,
        "is_tested": any(row.health == Health.TESTED for row in shown),
    }


def _get_course(request: PersonRequest, pk: int) -> Course:
    course = get_changeable_course(request, pk)
    if git_module.is_remote():  # it keeps its own credentials
        raise Http404
    return course


def _get(request: PersonRequest, pk: int, credential_pk: int) -> tuple[Course, Credential]:
    course = _get_course(request, pk)
    row = course_credentials.find_of_course(course, credential_pk) if credential_pk <= LARGEST_KEY else None
    if row is None:
        raise Http404
    return course, row
