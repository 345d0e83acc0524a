"""The page that makes the first account of an empty installation. Only the machine's console shows its address."""

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts import signing_in
from accounts.domain import first_account as accounts
from accounts.forms.links import FirstAccountForm
from kernel.errors import Conflict


@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
def first_account(request: HttpRequest, secret: str) -> HttpResponse:
    """Ask who the first staff member is; on POST make the account and sign them in."""
    if not accounts.is_valid(secret):
        return render(request, "accounts/first_account_ended.html", {"is_open": accounts.is_open()}, status=410)
    form = FirstAccountForm(request.POST or None)
    if not form.is_valid():
        return render(request, "accounts/first_account.html", {"form": form}, status=422 if form.errors else 200)
    try:
        person = accounts.make(form.cleaned_data.pop("password"), **form.cleaned_data)
    except Conflict:
        return render(request, "accounts/first_account_ended.html", {"is_open": False}, status=410)
    response = redirect("home")
    signing_in.sign_in(request, response, person)
    messages.success(request, _("Your account is made, and you are signed in."))
    return response
