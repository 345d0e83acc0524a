"""The page of a one-time link: a GET shows it and uses nothing up, a button (POST) does.

`do` names the button: "password" and "confirm" use the link, "not-me" ends it, "again" asks for a new one.
"""

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts import guess_limits, signing_in
from accounts.domain import address_check, invitations, one_time_links, password_reset, passwords
from accounts.domain.one_time_links import LinkState
from accounts.forms.links import NewPasswordForm
from accounts.models import OneTimeLink
from kernel.errors import Conflict
from kernel.web.safe_redirect import is_safe_redirect

PURPOSES = (OneTimeLink.Purpose.INVITE, OneTimeLink.Purpose.RESET, OneTimeLink.Purpose.EMAIL)
GONE = 410


@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
def one_time_link(request: HttpRequest, secret: str) -> HttpResponse:
    """Show the page of a link; on POST do what its button says."""
    link = one_time_links.find(secret, PURPOSES)
    if link is None:
        return render(request, "accounts/link_unknown.html", status=404)
    if request.method == "POST":
        return _on_button(request, link, request.POST.get("do", ""))
    if one_time_links.state_of(link) == LinkState.USABLE and _is_seen(request):
        one_time_links.mark_opened(link)
    return _page(request, link)


def _is_seen(request: HttpRequest) -> bool:
    """Whether the answer may be shown to somebody: not that to a HEAD, nor what a browser or mail app loads ahead."""
    purposes = (request.headers.get(name, "") for name in ("Sec-Purpose", "Purpose", "X-Moz"))
    return request.method == "GET" and not any(purpose.startswith(("prefetch", "preview")) for purpose in purposes)


def _on_button(request: HttpRequest, link: OneTimeLink, button: str) -> HttpResponse:
    is_usable = one_time_links.state_of(link) == LinkState.USABLE
    if button == "again" and _may_ask_again(link):
        return _send_again(request, link)
    if is_usable and button == "not-me" and link.purpose == OneTimeLink.Purpose.INVITE:
        invitations.decline(link)
        return redirect(request.path)
    if is_usable and button == "confirm" and link.purpose == OneTimeLink.Purpose.EMAIL:
        return _confirm_address(request, link)
    if is_usable and button == "password" and link.purpose in one_time_links.SIGN_IN:
        return _set_password(request, link)
    return _page(request, link)


def _page(request: HttpRequest, link: OneTimeLink, form: NewPasswordForm | None = None) -> HttpResponse:
    """Show the link as it is now: its form, or why it does not work any more and what to do."""
    link.refresh_from_db(fields=["opened_at", "used_at", "ended_as"])
    state = one_time_links.state_of(link)
    context = {"link": link, "state": state, "owner": link.person}
    if state != LinkState.USABLE:
        context["may_ask"] = _may_ask_again(link)
        return render(request, "accounts/link_ended.html", context, status=GONE)
    if link.purpose == OneTimeLink.Purpose.EMAIL:
        return render(request, "accounts/link_email.html", context)
    context["form"] = form or NewPasswordForm(link.person)
    return render(request, "accounts/welcome.html", context, status=422 if form else 200)


def _may_ask_again(link: OneTimeLink) -> bool:
    """Whether the page of a link that has ended offers a new one: not for a used one, nor for a closed account."""
    states = (LinkState.EXPIRED, LinkState.REPLACED, LinkState.DECLINED)
    return link.purpose != OneTimeLink.Purpose.EMAIL and one_time_links.state_of(link) in states


def _set_password(request: HttpRequest, link: OneTimeLink) -> HttpResponse:
    form = NewPasswordForm(link.person, request.POST)
    if not form.is_valid():
        return _page(request, link, form)
    try:
        person = passwords.set_password(link, form.cleaned_data["password"])
    except Conflict:
        return _page(request, link)
    response = redirect(link.path if is_safe_redirect(request, link.path) else "home")
    signing_in.sign_in(request, response, person)
    messages.success(request, _("Your password is set, and you are signed in."))
    return response


def _confirm_address(request: HttpRequest, link: OneTimeLink) -> HttpResponse:
    try:
        address_check.confirm(link)
    except Conflict:
        return _page(request, link)
    messages.success(request, _("%(address)s is the address of your account now.") % {"address": link.address})
    return redirect("profile")


def _send_again(request: HttpRequest, link: OneTimeLink) -> HttpResponse:
    """Send a new link to the present address of the person. The page says the same whether or not one was sent."""
    limit = guess_limits.limit("link-again", str(link.person_id), guesses=settings.LINKS_AGAIN_PER_PERSON)
    if guess_limits.take(limit):
        password_reset.send_to(link.person)
    return render(request, "accounts/link_sent.html")
