"""The page for people who forgot their password: it takes an address and sends a link."""

import math

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from accounts import guess_limits
from accounts.domain import password_reset as resets
from accounts.forms.links import ForgottenPasswordForm
from kernel.web.client_address import client_address, network_of


@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
def password_reset(request: HttpRequest) -> HttpResponse:
    """Ask for an address. The answer says nothing about whether somebody has it. Requests are limited."""
    form = ForgottenPasswordForm(request.POST or None)
    if not form.is_valid():
        return render(request, "accounts/password_reset.html", {"form": form}, status=422 if form.errors else 200)
    address = form.cleaned_data["email"]
    used_up = resets.count_request(address, network_of(client_address(request) or ""))
    if used_up:
        seconds = guess_limits.seconds_left(used_up)
        context = {"minutes": math.ceil(seconds / 60)}
        response = render(request, "errors/too_many_mails.html", context, status=429)
        response["Retry-After"] = str(seconds)
        return response
    resets.request_reset(address)
    return redirect("password-reset-sent")


@login_not_required
@require_safe
def password_reset_sent(request: HttpRequest) -> HttpResponse:
    return render(request, "accounts/link_sent.html")
