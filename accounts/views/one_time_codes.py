"""Printed codes: the page with which people use one, and the page with which staff print them."""

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from accounts import guess_limits, sign_in_lockout, signing_in
from accounts.domain import one_time_codes, passwords
from accounts.forms.links import CodeForm, NewPasswordForm
from accounts.forms.people import CodesForm
from accounts.models import OneTimeLink, User
from accounts.person_request import PersonRequest
from kernel.errors import Conflict, Refused


@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
def one_time_code(request: HttpRequest) -> HttpResponse:
    """Ask for a user name and a code; on POST set the password and sign in. Guesses are counted before the check."""
    form = CodeForm(request.POST or None)
    if not form.is_bound:
        return render(request, "accounts/code.html", {"form": form})
    link = _checked_code(request, form)
    if sign_in_lockout.is_locked_out(request):
        return sign_in_lockout.lockout_response(request)
    if link is None:
        return render(request, "accounts/code.html", {"form": form}, status=422)
    try:
        person = passwords.set_password(link, form.cleaned_data["password"])
    except Conflict as refusal:
        form.add_error(None, refusal.message)
        return render(request, "accounts/code.html", {"form": form}, status=422)
    return _signed_in(request, person)


def _checked_code(request: HttpRequest, form: CodeForm) -> OneTimeLink | None:
    """Return the code of the form when it is right and the password is good; else add the errors to the form."""
    if not form.is_valid():
        return None
    username = form.cleaned_data["username"]
    if not sign_in_lockout.take_guess(request, username):
        return None
    link = one_time_codes.find(username, form.cleaned_data["code"])
    if link is None:
        sign_in_lockout.guess_was_wrong(request, username)
        form.add_error("code", _wrong_code(request))
        return None
    sign_in_lockout.password_was_right(request, username)
    with_person = NewPasswordForm(link.person, request.POST)
    for error in with_person.errors.get("password", []):
        form.add_error("password", error)
    return None if with_person.errors else link


def _wrong_code(request: HttpRequest) -> str:
    left = max(settings.GUESSES_PER_NAME - request.axes_failures_since_start, 0)  # type: ignore[attr-defined]
    sentence = ngettext(
        "Wrong user name or code, or the code was used or has expired. %(left)s try is left before a pause of "
        "%(minutes)s minutes.",
        "Wrong user name or code, or the code was used or has expired. %(left)s tries are left before a pause of "
        "%(minutes)s minutes.",
        left,
    )
    return sentence % {"left": left, "minutes": int(guess_limits.WINDOW.total_seconds() // 60)}


def _signed_in(request: HttpRequest, person: User) -> HttpResponse:
    response = redirect("home")
    signing_in.sign_in(request, response, person)
    messages.success(request, _("Your password is set, and you are signed in."))
    return response


@require_http_methods(["GET", "HEAD", "POST"])
def print_codes(request: PersonRequest) -> HttpResponse:
    """Ask for user names; on POST make a code for each, and show them once, on pages that fit A4."""
    if not one_time_codes.may_print(request.user):
        raise PermissionDenied
    form = CodesForm(request.POST or None, initial={"names": request.GET.get("names", "").replace(",", "\n")})
    if not form.is_valid():
        return render(request, "accounts/codes.html", {"form": form}, status=422 if form.errors else 200)
    try:
        codes = one_time_codes.issue(request.user, one_time_codes.people_with_names(form.cleaned_data["names"]))
    except Refused as refusal:
        form.add_error("names", refusal.message)
        return render(request, "accounts/codes.html", {"form": form}, status=422)
    address = f"{settings.PUBLIC_URL}{reverse('one-time-code')}"
    return render(request, "accounts/codes_print.html", {"codes": codes, "address": address})
